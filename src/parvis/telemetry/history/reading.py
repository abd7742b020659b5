"""Observations of things over a span of time, from PostgreSQL and from the lake as if they were one table.

A row of PostgreSQL stands for the row of the lake with the same key; an erased one hides it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import parse_instant
from parvis.telemetry.history.lake import reading as lake
from parvis.telemetry.history.names import ShapeKey, shapes_of

_INSTANT = timedelta(microseconds=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class TimeProperty(StrEnum):
    """Which instant of an instance is looked at. STORED: every instance has it, whatever it is: it orders a whole history."""

    OBSERVED = "observedAt"
    CREATED = "createdAt"
    MODIFIED = "modifiedAt"
    DELETED = "deletedAt"
    STORED = ""


_PAIR = itemgetter(0, 1)


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

    @classmethod
    def of_instants(cls, first: datetime, last: datetime) -> "Interval":
        """Those of the key, both included."""
        return cls(start=first, end=None if last == _END_OF_TIME else last + _INSTANT)

    @property
    def is_by_key(self) -> bool:
        """Whether its instants are those of the key, by which tables are divided and rows ordered."""
        return self.of in (TimeProperty.OBSERVED, TimeProperty.STORED)


_ERASED = '%%"erased":true%%'
_DELETED = '%%"deleted":true%%'
_UNOBSERVED = '%%"unobserved":true%%'


def _shapes(*likes: str) -> str:
    return "(SELECT id FROM history_shape WHERE " + " OR ".join(f"document LIKE '{like}'" for like in likes) + ")"  # noqa: S608


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
    return sorted(found | _cold_series(entity_ids, interval))


def observations(
    series: Collection[Series], interval: Interval, *, newest: bool = False, most: int
) -> dict[Series, list[Observed]]:
    """At most `most` of each series, the oldest first; or, with `newest`, the most recent ones, most recent first.

    A series without any is not in the answer.
    """
    if not series:
        return {}
    found = _hot(series, interval, newest, most)
    cold = _cold(series, _still_open(found, series, interval, most) if newest else interval)
    if cold:
        _unite(found, cold, set(series), interval)
        for rows in found.values():
            rows.sort(key=_at, reverse=newest)
            del rows[most:]
    return found


def _still_open(
    found: Mapping[Series, Sequence[Observed]], series: Collection[Series], interval: Interval, most: int
) -> Interval:
    """Where more recent rows than those found may be: what is in the lake is mostly older."""
    if not interval.is_by_key or any(len(found.get(one, ())) < most for one in series):
        return interval
    return replace(interval, start=min(rows[-1].at for rows in found.values()))


def alive(series: Collection[Series], interval: Interval) -> set[Series]:
    """Those that have an observation in the interval. Of the lake, any observation counts, also one without observedAt."""
    found = set(_hot(series, interval, False, 1))
    if interval.is_by_key:
        found |= set(series) & _cold_series({one.entity_id for one in series}, interval)
    else:
        found |= observations(series, interval, most=1).keys()
    return found


def alive_things(entity_ids: Sequence[int], interval: Interval) -> set[int]:
    """Those that have any observation in the interval; of the lake, as `alive`."""
    text = statement("parvis.telemetry.history", "living_things").format(
        interval=_bounds(interval), kinds=_KINDS[interval.of]
    )
    with hot_cursor() as cursor:
        cursor.execute(text, _parameters(interval) | {"entities": list(entity_ids)})
        found = {id_ for (id_,) in cursor}
    rest = set(entity_ids) - found
    cold = _cold_series(rest, interval) if rest else set()
    if not interval.is_by_key:
        cold = set(observations(cold, interval, most=1))
    return found | {one.entity_id for one in cold}


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
        cursor.execute(text, parameters | _parameters(interval), binary=True)
        # In binary: the instants of thousands of rows are read by C code, those in text by Python.
        for pair, rows in groupby(cursor.fetchall(), _PAIR):
            found[Series(*pair)] = [Observed._make(row[2:]) for row in rows]
    return found


def _bounds(interval: Interval) -> str:
    at = _AT[interval.of]
    lower = f" AND {at} >= %(start)s" if interval.start is not None else ""
    return lower + (f" AND {at} < %(end)s" if interval.end is not None else "")


def _parameters(interval: Interval) -> dict[str, Any]:
    given = {"start": interval.start, "end": interval.end}
    return {name: at for name, at in given.items() if at is not None}


# --- The lake


def _cold_series(entity_ids: Collection[int], interval: Interval) -> set[Series]:
    bounds = (interval.start, interval.end) if interval.is_by_key else (None, None)
    return {Series(*pair) for pair in lake.series(entity_ids, *bounds)}


def _cold(series: Collection[Series], interval: Interval) -> Sequence[lake.Line]:
    entities, attributes = {one.entity_id for one in series}, {one.attribute_id for one in series}
    if interval.of is TimeProperty.MODIFIED:
        return lake.read(entities, attributes, interval.start, interval.end, when_written=True)
    if interval.is_by_key:
        return lake.read(entities, attributes, interval.start, interval.end)
    return lake.read(entities, attributes)


def _unite(
    found: dict[Series, list[Observed]], cold: Iterable[lake.Line], wanted: set[Series], interval: Interval
) -> None:
    """Adds the rows of the lake that PostgreSQL neither replaces nor erases. Every row of PostgreSQL of these days counts, whatever it is."""
    rows = [row for row in cold if Series(row[0], row[1]) in wanted]
    if not rows:
        return
    instants = [row[3] for row in rows]
    days = Interval.of_instants(min(instants), max(instants))
    touched = _hot(wanted, days, False, None, kinds="true")
    seen = (found, touched)  # a day that went to the lake meanwhile was found, and is not touched any more
    known = {(series, row.observed_at) for rows in seen for series, several in rows.items() for row in several}
    shapes = shapes_of({row[2] for row in rows})
    for entity_id, attribute_id, shape_id, observed_at, written_at, value, document in rows:
        series = Series(entity_id, attribute_id)
        if (series, observed_at) in known:
            continue
        at = instant_at(interval.of, shapes[shape_id], observed_at, written_at, document)
        if at is not None and interval.holds(at):
            found.setdefault(series, []).append(Observed(shape_id, observed_at, written_at, value, document, at))


def named(series: Collection[Series], instance_id: str) -> tuple[Series, datetime] | None:
    """Where the instance of these series is that was given this name, not the one its place says."""
    with hot_cursor() as cursor:
        cursor.execute(
            "SELECT o.entity_id, o.attribute_id, o.observed_at FROM history_observation o"
            " JOIN unnest(%s::bigint[], %s::integer[]) AS s(entity_id, attribute_id) USING (entity_id, attribute_id)"
            " WHERE o.document ->> 'instanceId' = %s LIMIT 1",
            [[one.entity_id for one in series], [one.attribute_id for one in series], instance_id],
        )
        for entity_id, attribute_id, observed_at in cursor:
            return Series(entity_id, attribute_id), observed_at
    for entity_id, attribute_id, _, observed_at, _, _, document in _cold(series, Interval()):
        if document and instance_id in document and _decode(document).get("instanceId") == instance_id:
            return Series(entity_id, attribute_id), observed_at
    return None


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


def _at(row: Observed) -> tuple[datetime, datetime]:
    return row.at, row.observed_at


# --- Sums of many observations, where PostgreSQL can make them

NUMBERS = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")
"""What `aggregates` says of a bucket."""


def aggregates(
    series: Collection[Series], interval: Interval, bounds: Sequence[datetime]
) -> dict[Series, dict[int, dict[str, float]]] | None:
    """Of each series, of each bucket by the place of its start in `bounds`: `NUMBERS` by name. A series that holds anything but
    numbers is left out, all of it. None when not all is in PostgreSQL, or not in the order of the key.
    """
    if not interval.is_by_key or _cold_series({one.entity_id for one in series}, interval):
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
        cursor.execute(text, parameters | _parameters(interval), binary=True)
        for entity_id, attribute_id, bucket, others, *numbers in cursor:
            one = Series(entity_id, attribute_id)
            if others:
                mixed.add(one)
            found.setdefault(one, {})[bucket - 1] = dict(zip(NUMBERS, numbers, strict=True))
    return {one: buckets for one, buckets in found.items() if one not in mixed}
