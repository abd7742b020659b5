"""How a process knows that what it remembers of the subscriptions is no longer so.

The token of a subject changes in the transaction that changes the subject: whoever reads it afterwards, in any process or in that very
transaction, sees another one than he remembers. It costs a look at one row, and no message can be lost.
"""

from functools import cached_property
from uuid import UUID

from parvis.kernel.sql import hot_cursor

SUBSCRIPTIONS = "subscriptions"


class Token:
    """Asked for at once, and waited for when `value` is looked at."""

    def __init__(self, subject: str) -> None:
        self._asked = hot_cursor().execute(
            "SELECT token FROM context_revision WHERE subject = %s", [subject], prepare=True
        )

    @cached_property
    def value(self) -> UUID | None:
        row = self._asked.fetchone()
        return row[0] if row else None


def touch(subject: str) -> None:
    """In the transaction that changes the subject; others that do wait until it ends."""
    with hot_cursor() as cursor:
        cursor.execute(
            "INSERT INTO context_revision (subject, token) VALUES (%s, gen_random_uuid())"
            " ON CONFLICT (subject) DO UPDATE SET token = excluded.token",
            [subject],
        )
