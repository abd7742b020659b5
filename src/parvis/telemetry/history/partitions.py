"""The tables of observations, one a day (UTC): made when a day is first met, dropped when it is past its term.

They are made on a connection of their own, committed at once: a lock on the parent table is then held for milliseconds, never
for the length of a batch, and no batch can wait for another that waits for it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import psycopg
from django.db import connection
from psycopg import sql

from parvis.kernel.sql import connection_parameters
from parvis.telemetry.history.rules import day_of

PARENT = "history_observation"
_DAYS_AHEAD = 3  # the Job that makes them may fail for a week-end


def table_of(day: date) -> str:
    return f"{PARENT}_{day:%Y%m%d}"


@contextmanager
def own_connection() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A second connection to the same database, in its own transaction. Waits at most 10 s for a lock."""
    with psycopg.connect(**connection_parameters()) as own:
        own.execute("SET LOCAL lock_timeout = '10s'")
        yield own


def make_partitions(days: Collection[date]) -> None:
    """Makes the tables of these days, if they do not exist."""
    with own_connection() as own:
        own.execute("SELECT pg_advisory_xact_lock(hashtext('parvis.history.partitions'))")
        for day in sorted(days):
            if not _exists(own, day):
                _make(own, day)


def _exists(own: psycopg.Connection[tuple[object, ...]], day: date) -> bool:
    row = own.execute("SELECT to_regclass(%s) IS NOT NULL", [table_of(day)]).fetchone()
    return bool(row and row[0])


def _make(own: psycopg.Connection[tuple[object, ...]], day: date) -> None:
    """Built apart, then attached: `CREATE … PARTITION OF` would stop every reader and writer of the parent."""
    table, parent = sql.Identifier(table_of(day)), sql.Identifier(PARENT)
    own.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(table, parent))
    bounds = [f"{day} 00:00+00", f"{day + timedelta(days=1)} 00:00+00"]
    attach = sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
    own.execute(attach.format(parent, table, *map(sql.Literal, bounds)))


def partition_days() -> list[date]:
    """The days that have a table, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", [PARENT]
        )
        return [datetime.strptime(name.rpartition("_")[2], "%Y%m%d").date() for (name,) in cursor.fetchall()]  # noqa: DTZ007


def make_coming(now: datetime) -> None:
    """The tables of the coming days, so that no batch waits for one at midnight."""
    make_partitions([day_of(now + timedelta(days=ahead)) for ahead in range(_DAYS_AHEAD + 1)])


def drop_before(day: date) -> int:
    """Drops the tables of the days before this one; answers how many. Raises LockNotAvailable behind a long reader."""
    past = [one for one in partition_days() if one < day]
    for one in past:
        with own_connection() as own:
            own.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table_of(one))))
    return len(past)
