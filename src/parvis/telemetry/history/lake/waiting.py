"""Which tables of PostgreSQL wait for the lake."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from parvis.telemetry.history.partitions import PARENT, span_of, table_of_span
from parvis.telemetry.history.rules import Span

_SIZES = """
SELECT inhrelid::regclass::text, pg_relation_size(inhrelid) FROM pg_inherits WHERE inhparent = %s::regclass
"""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Rows of days that are in the lake already: late ones, corrections, orders to erase."""

    rows: int
    since: datetime | None


def tables_with_rows(before: date) -> list[Span]:
    """Those of days before this one that are not empty (they may hold only dead rows), oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [PARENT])
        found = [span for name, size in cursor.fetchall() if size and (span := span_of(name))]
    return sorted(span for span in found if last_day(span) < before)


def last_day(table: Span) -> date:
    return date.max if table.end is None else table.end - timedelta(days=1)


def waiting(table: Span) -> Waiting:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), min(written_at) FROM ONLY {table_of_span(table)}")
        rows, since = cursor.fetchone()
    return Waiting(rows=rows, since=since)
