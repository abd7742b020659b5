"""Hot statements live in `.sql` files of their package, so that they can be read, explained and measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction


@cache
def statement(package: str, name: str) -> str:
    """The text of `sql/<name>.sql` in that package (`"parvis.telemetry.context"`)."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def hot_cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """A plain psycopg cursor (parameters bound by the server) on Django's connection, for arrays of thousands.

    It raises psycopg's errors, not Django's, and is not in `connection.queries`. Use it inside `transaction.atomic`.
    """
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


@contextmanager
def pipelined() -> Iterator[None]:
    """Inside, statements are sent without waiting for each other; reading a result waits for all that were sent before it.

    An error may come at a later statement than the one at fault, and at the end.
    """
    # Django looks whether an old connection still lives when a transaction begins: inside, the answer would not be read.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.connection.pipeline():
        yield


@contextmanager
def pipelined_transaction() -> Iterator[None]:
    """`transaction.atomic` whose statements, the commit among them, wait for each other only where a result is read.

    Errors of the database are psycopg's. Within another transaction, it is a savepoint.
    """
    alone = not connection.in_atomic_block
    try:
        if alone:
            with pipelined(), transaction.atomic():
                yield
        else:  # where an aborted pipeline could not go back to a savepoint
            with transaction.atomic(), pipelined():
                yield
    except (DatabaseError, psycopg.Error) as error:
        if alone and _is_spoilt():
            connection.close()
            raise psycopg.OperationalError(f"the connection was lost: {error}") from error
        if isinstance(error.__cause__, psycopg.Error):
            raise error.__cause__ from error
        raise


def _is_spoilt() -> bool:
    """Whether a transaction has left the connection in a state that none can begin in: the server went away in the middle."""
    raw = connection.connection
    return raw is None or raw.closed or raw.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE


_DJANGO_ONLY = frozenset(("context", "cursor_factory", "prepare_threshold"))


def connection_parameters() -> dict[str, Any]:
    """What libpq needs to reach Django's database by a connection of one's own (LISTEN, a commit apart)."""
    return {key: value for key, value in connection.get_connection_params().items() if key not in _DJANGO_ONLY}
