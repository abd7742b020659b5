"""Reads of the past."""

from datetime import datetime

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.history.lake import reading as lake
from parvis.telemetry.history.models import Attribute
from parvis.telemetry.history.rules import thinned

_MOST_ROWS = 200_000  # some 140 days of a reading a minute


def series(
    entity_id: int, attribute: str, start: datetime, end: datetime, *, points: int | None = None
) -> list[tuple[datetime, float]]:
    """The numbers observed in [start, end[, from PostgreSQL and from the lake, oldest first; booleans are 0 and 1; thinned to about `points`, extremes kept."""
    number = Attribute.objects.filter(name=attribute, dataset_id="").values_list("pk", flat=True).first()
    if number is None:
        return []
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "series"),
            {"entity": entity_id, "attribute": number, "start": start, "end": end, "limit": _MOST_ROWS},
            binary=True,  # else each instant is read by Python
        )
        rows: dict[datetime, float | None] = dict(cursor.fetchall())
    lines = lake.read([entity_id], [number], start, end)
    united = {line[3]: line[5] for line in lines} | rows  # a row of PostgreSQL wins, also one without a number
    found = [(at, value) for at, value in united.items() if value is not None]
    if lines:
        found.sort()
    return found if points is None else thinned(found, points)
