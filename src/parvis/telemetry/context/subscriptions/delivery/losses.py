"""Whether the database is away, so that nothing is known to have failed, or whether one statement has."""

import django.db
import psycopg
from psycopg.errors import QueryCanceled

LOST = (psycopg.OperationalError, psycopg.InterfaceError, django.db.OperationalError, django.db.InterfaceError)


def is_lost(error: BaseException) -> bool:
    """A statement stopped for taking too long is an operational error too, and no loss."""
    return isinstance(error, LOST) and not any(isinstance(one, QueryCanceled) for one in (error, error.__cause__))
