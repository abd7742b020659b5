"""Reads of the past."""

from datetime import datetime

from django.db import connection

from parvis.kernel.sql import statement
from parvis.telemetry.history.rules import thinned

_MOST_ROWS = 200_000  # some 140 days of a reading a minute


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
