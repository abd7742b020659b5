from django.db import connection, models


class NumberSeries(models.Model):
    """The last rank given in a year, so that numbers have no gap and start again each January."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.year)

    @classmethod
    def next_rank(cls, year: int) -> int:
        """Locks the row of the year until the caller's transaction ends: call it late in the transaction."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO requests_numberseries (year, last) VALUES (%s, 1)"
                " ON CONFLICT (year) DO UPDATE SET last = requests_numberseries.last + 1 RETURNING last",
                [year],
            )
            return int(cursor.fetchone()[0])
