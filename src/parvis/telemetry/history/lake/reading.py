"""Lines of the lake, for those who read the past of things.

**Read PostgreSQL first, then this**, and let PostgreSQL win. A day that goes to the lake between the two is then met twice, never
missed. A row of PostgreSQL of which the shape says `erased` hides the line of the same key.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from parvis.kernel.sql import statement
from parvis.telemetry.history.lake.engine import listed, literal, reader
from parvis.telemetry.history.lake.paths import root
from parvis.telemetry.history.lake.times import EPOCH, micros

Line = tuple[int, int, int, datetime, datetime, float | None, str | None]
"""Thing, attribute, shape, when observed, when written (UTC), number, JSON of the rest."""

_LINES = "SELECT entity_id, attribute_id, shape_id, epoch_us(observed_at), lag_us, value, document"


def read(
    entity_ids: Collection[int],
    attribute_ids: Collection[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    when_written: bool = False,
) -> list[Line]:
    """What was observed of these things in [start, end[, by thing, attribute and time; None: all attributes, no bound.

    `when_written`: the bounds are of the instant of writing instead.
    """
    source = _source(entity_ids, attribute_ids, start, end, when_written)
    if source is None:
        return []
    rows = reader().execute(f"{_LINES} {source} ORDER BY entity_id, attribute_id, observed_at").fetchall()
    return [
        (entity, attribute, shape, at := EPOCH + timedelta(0, 0, us), at + timedelta(0, 0, lag), value, document)
        for entity, attribute, shape, us, lag, value, document in rows
    ]


def series(
    entity_ids: Collection[int], start: datetime | None = None, end: datetime | None = None
) -> list[tuple[int, int]]:
    """Things and attributes of which the lake holds something observed in [start, end[."""
    source = _source(entity_ids, None, start, end, False)
    return [] if source is None else reader().execute(f"SELECT DISTINCT entity_id, attribute_id {source}").fetchall()


def spans(
    entity_ids: Collection[int], attribute_ids: Collection[int]
) -> dict[tuple[int, int], tuple[datetime, datetime]]:
    """When the first and the last line of each thing and attribute were observed."""
    source = _source(entity_ids, attribute_ids, None, None, False)
    if source is None:
        return {}
    ends = "epoch_us(min(observed_at)), epoch_us(max(observed_at))"
    rows = reader().execute(f"SELECT entity_id, attribute_id, {ends} {source} GROUP BY ALL").fetchall()
    return {
        (entity, attribute): (EPOCH + timedelta(0, 0, first), EPOCH + timedelta(0, 0, last))
        for entity, attribute, first, last in rows
    }


def _source(
    entity_ids: Collection[int],
    attribute_ids: Collection[int] | None,
    start: datetime | None,
    end: datetime | None,
    when_written: bool,
) -> str | None:
    """FROM … WHERE …, in the SQL of DuckDB; None: no file is concerned."""
    if not entity_ids or (attribute_ids is not None and not attribute_ids):
        return None
    files, conditions = _listed(entity_ids, start, end, when_written)
    if not files:
        return None
    conditions.append(f"entity_id IN ({listed(sorted(entity_ids))})")
    if attribute_ids is not None:
        conditions.append(f"attribute_id IN ({listed(sorted(attribute_ids))})")
    time = "make_timestamptz(epoch_us(observed_at) + lag_us)" if when_written else "observed_at"
    conditions += [f"{time} >= {_instant(start)}"] if start else []
    conditions += [f"{time} < {_instant(end)}"] if end else []
    paths = listed(str(root() / path) for path in files)
    return f"FROM read_parquet([{paths}]) WHERE {' AND '.join(conditions)}"


def _listed(
    entity_ids: Collection[int], start: datetime | None, end: datetime | None, when_written: bool
) -> tuple[list[str], list[str]]:
    """The files concerned, and the conditions that hide what is forgotten, of one instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "lake_files"),
            {
                "low": min(entity_ids),
                "high": max(entity_ids),
                "entities": sorted(entity_ids),
                "start": start,
                "end": end,
                "when_written": when_written,
            },
        )
        paths, orders = cursor.fetchone()
    return paths or [], [_not_hidden(*order) for order in json.loads(orders or "[]")]


def _not_hidden(entity_id: int | None, attribute_id: int | None, until_us: int) -> str:
    said: list[Any] = [f"epoch_us(observed_at) + lag_us < {literal(until_us)}"]
    said += [] if entity_id is None else [f"entity_id = {literal(entity_id)}"]
    said += [] if attribute_id is None else [f"attribute_id = {literal(attribute_id)}"]
    return f"NOT ({' AND '.join(said)})"


def _instant(instant: datetime) -> str:
    return f"make_timestamptz({micros(instant)})"
