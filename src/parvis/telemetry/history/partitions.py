"""The tables of observations, one a day (UTC): made when a day is first met, dropped when it is past its term.

Far from the present, where devices do not write, a table may be that of a month or of a year (`rules.span_for`).

They are made on a connection of their own, committed at once: a lock on the parent table is then held for milliseconds, never
for the length of a batch, and no batch can wait for another that waits for it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import psycopg
from django.db import connection
from psycopg import sql

from parvis.kernel.sql import connection_parameters
from parvis.telemetry.history.rules import Span, day_of, span_for

PARENT = "history_observation"
_DAYS_AHEAD = 3  # the Job that makes them may fail for a week-end
_SURE = timedelta(days=3)
"""A table is not dropped so soon: that it exists may be remembered."""

_NAME = re.compile(rf"{PARENT}_(\d{{4}})(\d\d)?(\d\d)?\Z")

_seen: set[date] = set()


def forget(**_: object) -> None:
    """The tables this process knows of; when they may have been dropped."""
    global _seen  # noqa: PLW0603
    _seen = set()


def table_of(day: date) -> str:
    return f"{PARENT}_{_text(day)}"


def _text(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"  # strftime does not fill years with zeros


def _tables_of(day: date) -> tuple[str, str, str]:
    """Those that may cover it: its own, that of its month, that of its year."""
    return table_of(day), table_of(day)[:-2], table_of(day)[:-4]


@contextmanager
def own_connection() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A second connection to the same database, in its own transaction. Waits at most 10 s for a lock."""
    with psycopg.connect(**connection_parameters()) as own:
        own.execute("SET LOCAL lock_timeout = '10s'")
        yield own


def make_missing(days: Collection[date], *, now: datetime) -> None:
    """Makes the tables of these days that do not exist; costs nothing when they are recent and known."""
    global _seen  # noqa: PLW0603
    if doubtful := [day for day in days if day not in _seen]:
        make_partitions(doubtful, today=day_of(now))
        sure = day_of(now - _SURE)
        _seen = {day for day in (*_seen, *doubtful) if day >= sure}


def make_partitions(days: Collection[date], *, today: date | None = None) -> None:
    """Makes the tables of these days, if they do not exist; all of a single day when `today` is not given."""
    tables = _tables(days)
    missing = [day for day, table in tables.items() if table is None]
    table = _made(missing, today) if missing else next(iter(tables.values()), None)
    if table is not None:
        _look_at(table)


def _made(missing: Sequence[date], today: date | None) -> str:
    """The table of the first of these days, once all have one."""
    with own_connection() as own:
        own.execute("SELECT pg_advisory_xact_lock(hashtext('parvis.history.partitions'))")
        spans = _spans(own)
        for day in sorted(missing):
            if not any(span.overlaps(Span.of_day(day)) for span in spans):
                spans.append(Span.of_day(day) if today is None else span_for(day, spans, today=today))
                _make(own, spans[-1])
    return next(table_of_span(span) for span in spans if span.overlaps(Span.of_day(missing[0])))


def _tables(days: Collection[date]) -> dict[date, str | None]:
    """By day; None: it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, coalesce(to_regclass(a), to_regclass(b), to_regclass(c))::text"
            " FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[]) AS t(day, a, b, c)",
            [list(days), *map(list, zip(*map(_tables_of, days), strict=True))],
        )
        return dict(cursor.fetchall())


def _look_at(table: str) -> None:
    """A transaction that has written observations already does not see tables made since, until it meets a table for the first time."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT FROM {} LIMIT 0").format(sql.Identifier(table)))


def _make(own: psycopg.Connection[tuple[object, ...]], span: Span) -> None:
    """Built apart, then attached: `CREATE … PARTITION OF` would stop every reader and writer of the parent."""
    table, parent = sql.Identifier(table_of_span(span)), sql.Identifier(PARENT)
    own.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(table, parent))
    first = sql.Literal(f"{span.first.isoformat()} 00:00+00")
    end = sql.SQL("MAXVALUE") if span.end is None else sql.Literal(f"{span.end.isoformat()} 00:00+00")
    attach = sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
    own.execute(attach.format(parent, table, first, end))


def table_of_span(span: Span) -> str:
    day, month, year = _tables_of(span.first)
    return {Span.of_year(span.first): year, Span.of_month(span.first): month}.get(span, day)


def _spans(own: psycopg.Connection[tuple[object, ...]]) -> list[Span]:
    rows = own.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [PARENT])
    return [span for (name,) in rows.fetchall() if (span := span_of(str(name)))]


def span_of(table: str) -> Span | None:
    match = _NAME.match(table)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    first = date(year or 1, month or 1, day or 1)
    return Span.of_day(first) if day else Span.of_month(first) if month else Span.of_year(first)


def partition_days() -> list[date]:
    """The days that have a table of their own, oldest first."""
    with own_connection() as own:
        return sorted(span.first for span in _spans(own) if span == Span.of_day(span.first))


def make_coming(now: datetime) -> None:
    """The tables of the coming days, so that no batch waits for one at midnight."""
    make_partitions([day_of(now + timedelta(days=ahead)) for ahead in range(_DAYS_AHEAD + 1)])


def drop_before(day: date) -> int:
    """Drops the tables that hold only days before this one; answers how many. Raises LockNotAvailable behind a long reader."""
    with own_connection() as own:
        past = [span for span in sorted(_spans(own)) if span.end is not None and span.end <= day]
    for span in past:
        with own_connection() as own:
            own.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table_of_span(span))))
    forget()
    return len(past)
