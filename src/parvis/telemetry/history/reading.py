"""Observations of things over a span of time, from PostgreSQL and from the lake as if they were one table.

A row of PostgreSQL stands for the row of the lake with the same key; an erased one hides it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import parse_instant
from parvis.telemetry.history import cold as lake
from parvis.telemetry.history.names import ShapeKey, shapes_of

_decode = msgspec.json.Decoder(dict[str, Any]).decode



class TimeProperty(StrEnum):
    """Which instant of an instance is looked at. STORED: every instance has it, whatever it is: it orders a whole history."""

    OBSERVED = "observedAt"
    CREATED = "createdAt"
    MODIFIED = "modifiedAt"
    DELETED = "deletedAt"
    STORED = ""


class Series(NamedTuple):
    entity_id: int
    attribute_id: int


class Observed(NamedTuple):
    """A row. `document` is JSON, `at` the instant asked for."""

    shape_id: int
    observed_at: datetime
    written_at: datetime
    value: float | None
    document: str | None
    at: datetime

    @property
    def rest(self) -> dict[str, Any]:
        return _decode(self.document) if self.document else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[start, end[ of the instants `of`; None: from, or to, the end of time."""

    of: TimeProperty = TimeProperty.STORED
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    @property
    def is_by_key(self) -> bool:
        """Whether its instants are those of the key, by which tables are divided and rows ordered."""
        return self.of in (TimeProperty.OBSERVED, TimeProperty.STORED)


_ERASED = '%%"erased":true%%'
_DELETED = '%%"deleted":true%%'
_UNOBSERVED = '%%"unobserved":true%%'


def _shapes(*likes: str) -> str:
    return "(SELECT id FROM history_shape WHERE " + " OR ".join(f"document LIKE '{like}'" for like in likes) + ")"


_AT: Mapping[TimeProperty, str] = {
    TimeProperty.OBSERVED: "o.observed_at",
    TimeProperty.STORED: "o.observed_at",
    TimeProperty.CREATED: "coalesce((o.document ->> 'createdAt')::timestamptz, o.written_at)",
    TimeProperty.MODIFIED: "o.written_at",
    TimeProperty.DELETED: "coalesce((o.document ->> 'deletedAt')::timestamptz, o.written_at)",
}

_KINDS: Mapping[TimeProperty, str] = {
    TimeProperty.OBSERVED: f"o.shape_id NOT IN {_shapes(_ERASED, _UNOBSERVED)}",
    TimeProperty.STORED: f"o.shape_id NOT IN {_shapes(_ERASED)}",
    TimeProperty.CREATED: f"o.shape_id NOT IN {_shapes(_ERASED, _DELETED)}",
    TimeProperty.MODIFIED: f"o.shape_id NOT IN {_shapes(_ERASED, _DELETED)}",
    TimeProperty.DELETED: f"o.shape_id IN {_shapes(_DELETED)}",
}


def series_of(entity_ids: Sequence[int], interval: Interval) -> list[Series]:
    """The attributes of these things that have rows, which may be of another kind than those the interval is about."""
    bounds = _bounds(interval) if interval.is_by_key else ""
    text = statement("parvis.telemetry.history", "series_of_things").format(interval=bounds)
    with hot_cursor() as cursor:
        cursor.execute(text, _parameters(interval) | {"entities": list(entity_ids)})
        found = {Series(*row) for row in cursor}
    found.update(Series(*pair) for pair in lake.series(entity_ids, *_lake_bounds(interval)))
    return sorted(found)


def observations(
    series: Collection[Series], interval: Interval, *, newest: bool = False, most: int
) -> dict[Series, list[Observed]]:
    """At most `most` of each series, the oldest first; or, with `newest`, the most recent ones, most recent first.

    A series without any is not in the answer.
    """
    if not series:
        return {}
    found = _hot(series, interval, newest, most)
    cold = lake.read(
        sorted({one.entity_id for one in series}),
        sorted({one.attribute_id for one in series}),
        *_lake_bounds(interval),
    )
    if cold:
        _unite(found, cold, set(series), interval)
        for rows in found.values():
            rows.sort(key=_at, reverse=newest)
            del rows[most:]
    return found


def _hot(
    series: Collection[Series], interval: Interval, newest: bool, most: int | None, kinds: str = ""
) -> dict[Series, list[Observed]]:
    text = statement("parvis.telemetry.history", "observations").format(
        at=_AT[interval.of],
        kinds=kinds or _KINDS[interval.of],
        order="DESC" if newest else "ASC",
        interval=_bounds(interval),
    )
    parameters = {
        "entities": [one.entity_id for one in series],
        "attributes": [one.attribute_id for one in series],
        "most": most,
    }
    found: dict[Series, list[Observed]] = {}
    with hot_cursor() as cursor:
        cursor.execute(text, parameters | _parameters(interval))
        for entity_id, attribute_id, *row in cursor.fetchall():
            found.setdefault(Series(entity_id, attribute_id), []).append(Observed(*row))
    return found


def _bounds(interval: Interval) -> str:
    at = _AT[interval.of]
    lower = f" AND {at} >= %(start)s" if interval.start is not None else ""
    return lower + (f" AND {at} < %(end)s" if interval.end is not None else "")


def _parameters(interval: Interval) -> dict[str, Any]:
    given = {"start": interval.start, "end": interval.end}
    return {name: at for name, at in given.items() if at is not None}


# --- The lake


def _lake_bounds(interval: Interval) -> tuple[datetime | None, datetime | None]:
    return (interval.start, interval.end) if interval.is_by_key else (None, None)


def _unite(
    found: dict[Series, list[Observed]], cold: Iterable[Sequence[Any]], wanted: set[Series], interval: Interval
) -> None:
    """Adds the rows of the lake that PostgreSQL neither replaces nor erases. Every row of PostgreSQL of these days counts, whatever it is."""
    rows = [row for row in cold if Series(row[0], row[1]) in wanted]
    if not rows:
        return
    days = Interval(start=min(row[3] for row in rows), end=None)
    touched = _hot(wanted, days, False, None, kinds="true")
    known = {(series, row.observed_at) for series, several in touched.items() for row in several}
    shapes = shapes_of({row[2] for row in rows})
    for entity_id, attribute_id, shape_id, observed_at, written_at, value, document in rows:
        series = Series(entity_id, attribute_id)
        if (series, observed_at) in known:
            continue
        at = instant_at(interval.of, shapes[shape_id], observed_at, written_at, document)
        if at is not None and interval.holds(at):
            found.setdefault(series, []).append(Observed(shape_id, observed_at, written_at, value, document, at))


def instant_at(
    of: TimeProperty, shape: ShapeKey, observed_at: datetime, written_at: datetime, document: str | None
) -> datetime | None:
    """As `_AT` and `_KINDS` have it in SQL; None: the row has no such instant."""
    if shape.erased:
        return None
    match of:
        case TimeProperty.STORED:
            return observed_at
        case TimeProperty.OBSERVED:
            return None if shape.unobserved else observed_at
        case TimeProperty.DELETED:
            return _told(document, "deletedAt", written_at) if shape.deleted else None
        case TimeProperty.MODIFIED:
            return None if shape.deleted else written_at
        case TimeProperty.CREATED:
            return None if shape.deleted else _told(document, "createdAt", written_at)


def _told(document: str | None, name: str, otherwise: datetime) -> datetime:
    told = _decode(document).get(name) if document and name in document else None
    return parse_instant(told) if told else otherwise


def _at(row: Observed) -> datetime:
    return row.at


def instants(rows: Mapping[Series, Sequence[Observed]]) -> Iterator[datetime]:
    for several in rows.values():
        for row in several:
            yield row.at


# --- Sums of many observations, where PostgreSQL can make them

NUMBERS = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")
"""What `aggregates` says of a bucket."""


def aggregates(
    series: Collection[Series], interval: Interval, bounds: Sequence[datetime]
) -> dict[Series, dict[int, dict[str, float]]] | None:
    """Of each series, of each bucket by the place of its start in `bounds`: `NUMBERS` by name. A series that holds anything but
    numbers is left out, all of it. None when not all is in PostgreSQL, or not in the order of the key.
    """
    if not interval.is_by_key or lake.read([one.entity_id for one in series], None, *_lake_bounds(interval)):
        return None
    text = statement("parvis.telemetry.history", "aggregates").format(
        interval=_bounds(interval), kinds=_KINDS[interval.of]
    )
    parameters = {
        "entities": [one.entity_id for one in series],
        "attributes": [one.attribute_id for one in series],
        "bounds": list(bounds),
    }
    found: dict[Series, dict[int, dict[str, float]]] = {}
    mixed: set[Series] = set()
    with hot_cursor() as cursor:
        cursor.execute(text, parameters | _parameters(interval))
        for entity_id, attribute_id, bucket, others, *numbers in cursor:
            one = Series(entity_id, attribute_id)
            if others:
                mixed.add(one)
            found.setdefault(one, {})[bucket - 1] = dict(zip(NUMBERS, numbers, strict=True))
    return {one: buckets for one, buckets in found.items() if one not in mixed}
