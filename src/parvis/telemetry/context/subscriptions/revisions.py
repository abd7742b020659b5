"""How a process knows that what it remembers of the subscriptions is no longer so.

The token of a subject changes in the transaction that changes the subject: whoever reads it afterwards, in any process or in that very
transaction, sees another one than he remembers. It costs a look at one row, and no message can be lost.
"""

from uuid import UUID

from parvis.kernel.sql import hot_cursor

SUBSCRIPTIONS = "subscriptions"


def token_of(subject: str) -> UUID | None:
    with hot_cursor() as cursor:
        cursor.execute("SELECT token FROM context_revision WHERE subject = %s", [subject], prepare=True)
        row = cursor.fetchone()
    return row[0] if row else None


def touch(subject: str) -> None:
    """In the transaction that changes the subject; others that do wait until it ends."""
    with hot_cursor() as cursor:
        cursor.execute(
            "INSERT INTO context_revision (subject, token) VALUES (%s, gen_random_uuid())"
            " ON CONFLICT (subject) DO UPDATE SET token = excluded.token",
            [subject],
        )
