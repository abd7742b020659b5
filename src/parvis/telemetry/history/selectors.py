"""Reads of the past."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from parvis.kernel.sql import statement
from parvis.telemetry.history.rules import thinned

_MOST_ROWS = 200_000  # some 140 days of a reading a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanOf:
    """What is known of one attribute over a span of time."""

    attribute: str
    count: int
    first_at: datetime
    last_at: datetime


def series(
    entity_id: int, attribute: str, start: datetime, end: datetime, *, points: int | None = None
) -> list[tuple[datetime, float]]:
    """The numbers observed in [start, end[, oldest first; booleans are 0 and 1; thinned to about `points`, extremes kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "series"),
            {"entity": entity_id, "attribute": attribute, "start": start, "end": end, "limit": _MOST_ROWS},
        )
        rows: list[tuple[datetime, float]] = cursor.fetchall()
    return rows if points is None else thinned(rows, points)


def spans(entity_id: int, start: datetime, end: datetime) -> list[SpanOf]:
    """The attributes that have numbers in [start, end[, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "spans"), {"entity": entity_id, "start": start, "end": end}
        )
        return [
            SpanOf(attribute=name, count=count, first_at=first, last_at=last)
            for name, count, first, last in cursor.fetchall()
        ]
