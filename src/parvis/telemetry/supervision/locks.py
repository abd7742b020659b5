"""Rules do not change while a batch is evaluated by them: a rule switched off under it could raise an alarm nothing ends.

Advisory locks, since a shared lock on the rows would write them at each batch. Always taken before any row.
"""

from django.db import connection

_KEY = 0x5355_5045_5256_4953
"""« SUPERVIS »: any constant of our own does."""


def hold_rules() -> None:
    """Until the end of the transaction; any number of evaluations together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_KEY])


def change_rules() -> None:
    """Until the end of the transaction; waits for evaluations under way, and they for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
