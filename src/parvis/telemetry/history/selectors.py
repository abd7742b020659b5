"""Reads of the past."""

from datetime import datetime

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.history.rules import thinned

_MOST_ROWS = 200_000  # some 140 days of a reading a minute


def series(
    entity_id: int, attribute: str, start: datetime, end: datetime, *, points: int | None = None
) -> list[tuple[datetime, float]]:
    """The numbers observed in [start, end[, oldest first; booleans are 0 and 1; thinned to about `points`, extremes kept."""
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "series"),
            {"entity": entity_id, "attribute": attribute, "start": start, "end": end, "limit": _MOST_ROWS},
            binary=True,  # else each instant is read by Python
        )
        rows: list[tuple[datetime, float]] = cursor.fetchall()
    return rows if points is None else thinned(rows, points)
