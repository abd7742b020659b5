"""Aggregates of the past of things, bucket by bucket (ETSI GS CIM 009 V1.8.1, 4.5.19)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from parvis.telemetry.context.attributes import VALUE_MEMBERS, instant_text
from parvis.telemetry.context.broker.problems import TooManyResults
from parvis.telemetry.history.identities import Subject
from parvis.telemetry.history.names import AttributeKey, shapes_of
from parvis.telemetry.history.reading import Series, aggregates, observations
from parvis.telemetry.history.temporal.aggregating import COUNTS, aggregated, finite
from parvis.telemetry.history.temporal.asking import Wish
from parvis.telemetry.history.temporal.drawing import stored_instance
from parvis.telemetry.history.temporal.evolutions import Sight, plan

MOST_BUCKETS = 20_000
MOST_VALUES = 2_000_000

Said = dict[str, list[list[Any]]]
"""By method, `[value, start, end]` of each bucket that has one."""


def summed(subjects: Sequence[Subject], wish: Wish, sight: Sight) -> dict[int, dict[AttributeKey, tuple[str, Said]]]:
    """Of each thing, of each of its attributes that has observations: its type and what is said of it."""
    planned = plan(subjects, wish.interval, sight)
    found: dict[int, dict[AttributeKey, tuple[str, Said]]] = {}
    for entity_id, series in planned.by_subject.items():
        found[entity_id] = _of_thing(series, wish) if series else {}
    return found


def _of_thing(series: Mapping[Series, AttributeKey], wish: Wish) -> dict[AttributeKey, tuple[str, Said]]:
    first = observations(series, wish.interval, most=1)
    if not first:
        return {}
    last = observations(series, wish.interval, newest=True, most=1)
    calendar = _Calendar(wish, min(rows[0].at for rows in first.values()), max(rows[0].at for rows in last.values()))
    numbers = aggregates(list(first), wish.interval, calendar.starts) or {}
    shapes = shapes_of({rows[0].shape_id for rows in last.values()})
    found: dict[AttributeKey, tuple[str, Said]] = {}
    for one in first:
        if one in numbers:
            kind = shapes[last[one][0].shape_id].kind
            said = {at: _of_numbers(known, wish.methods) for at, known in numbers[one].items()}
        else:
            kind, said = _of_values(one, series[one], wish, calendar)
        if said:
            found[series[one]] = kind, calendar.told(said, wish.methods)
    return found


def _of_numbers(known: Mapping[str, float], methods: Sequence[str]) -> dict[str, Any]:
    return {method: int(known[method]) if method in COUNTS else finite(known[method]) for method in methods}


class _Calendar:
    """Buckets begin at the start of the interval, else at the first instance; those before the first instance are not there."""

    def __init__(self, wish: Wish, first: datetime, last: datetime) -> None:
        origin = wish.interval.start or first
        self.interval, self.period, self.last = wish.interval, wish.period, last
        if wish.period is None:
            self.starts = [origin]
            return
        low, high = wish.period.count(origin, first), wish.period.count(origin, last)
        if high - low >= MOST_BUCKETS:
            raise TooManyResults(f"The periods are too short for the time asked for: at most {MOST_BUCKETS}.")
        self.starts = [wish.period.after(origin, number) for number in range(low, high + 1)]
        self.following = wish.period.after(origin, high + 1)

    def end(self, place: int) -> datetime:
        if self.period is None:
            return self.interval.end or self.last
        return self.starts[place + 1] if place + 1 < len(self.starts) else self.following

    def told(self, said: Mapping[int, Mapping[str, Any]], methods: Sequence[str]) -> Said:
        made: Said = {}
        for method in methods:
            rows = [
                [known[method], instant_text(self.starts[place]), instant_text(self.end(place))]
                for place, known in sorted(said.items())
                if known[method] is not None
            ]
            if rows:
                made[method] = rows
        return made


def _of_values(
    one: Series, key: AttributeKey, wish: Wish, calendar: _Calendar
) -> tuple[str, dict[int, dict[str, Any]]]:
    """What PostgreSQL does not sum: texts, objects, relationships, and whatever the lake holds."""
    rows = observations([one], wish.interval, most=MOST_VALUES).get(one, [])
    shapes = shapes_of({row.shape_id for row in rows})
    buckets: dict[int, list[Any]] = {}
    kind, place = "Property", 0
    for row in rows:
        shape = shapes[row.shape_id]
        if shape.deleted:
            continue
        kind = shape.kind
        while place + 1 < len(calendar.starts) and calendar.starts[place + 1] <= row.at:
            place += 1
        instance = stored_instance(key, shape, row, row.rest)
        value = instance.get(VALUE_MEMBERS[kind])
        buckets.setdefault(place, []).append(value if kind == "Property" else {"": value})
    return kind, {place: aggregated(values, wish.methods) for place, values in buckets.items()}
