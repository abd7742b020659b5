"""A question as one `ibis` expression over the lines of the lake. Integer arithmetic on microseconds only: engines agree on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import ibis
from ibis.expr.types import BooleanColumn, IntegerColumn, Table

from parvis.telemetry.context.models import CITY
from parvis.telemetry.history.lake.times import DAY_US, HOUR_US
from parvis.telemetry.history.observatory.localtime import midnight_us, offsets
from parvis.telemetry.history.observatory.questions import Group, Kind, Period, Question, Step

SCHEMA = {
    "tenant_id": "int32",
    "type": "string",
    "area_code": "string",
    "entity_id": "int64",
    "attribute_id": "int32",
    "attribute": "string",
    "dataset_id": "string",
    "observed_us": "int64",
    "written_us": "int64",
    "value": "float64",
}
"""Of the view `observation` that each engine makes of the files."""

PERCENTS = (5, 25, 50, 75, 95)

HOLDS_AT_MOST = timedelta(hours=2)
"""A value is believed until the next one, and no longer than this: a sensor that fell silent says nothing."""

_HOLDS_US = int(HOLDS_AT_MOST / timedelta(microseconds=1))


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """Lines that are to be forgotten and are still in the files; None: all things, or all attributes."""

    entity_id: int | None
    attribute_id: int | None
    until_us: int


def expression(
    question: Question,
    *,
    table: str,
    types: Sequence[str],
    zone: ZoneInfo,
    hidden: Sequence[Hidden] = (),
) -> Table:
    """Columns: `at` (unless WHOLE; microseconds, or the hour of the day), `type` and `commune` as grouped, then the figures.

    `types` are those of which this attribute may be shown.
    """
    lines: Any = ibis.table(SCHEMA, name=table)
    said = [
        lines.tenant_id == CITY,
        lines.type.isin(list(types)),
        lines.attribute == question.attribute,
        lines.dataset_id == "",
        lines.value.notnull(),
    ]
    if question.commune:
        said.append(lines.area_code == question.commune)
    if question.within is not None:
        said.append(lines.area_code.isin(sorted(question.within)))
    said += [~_is_hidden(lines, one) for one in hidden]
    lines = lines.filter(*said)
    match question.kind:
        case Kind.MEAN:
            return _mean(question, lines, zone)
        case Kind.PERCENTILES:
            return _percentiles(question, lines, zone)
        case Kind.ABOVE:
            return _above(question, lines, zone)
        case Kind.COMPARE:
            return _compare(question, lines, zone)


def _mean(question: Question, lines: Any, zone: ZoneInfo) -> Table:
    lines = lines.filter(_within(lines, question.period, zone))
    return _grouped(
        question,
        lines,
        zone,
        mean=lines.value.mean(),
        low=lines.value.min(),
        high=lines.value.max(),
        observations=lines.value.count(),
    )


def _percentiles(question: Question, lines: Any, zone: ZoneInfo) -> Table:
    lines = lines.filter(_within(lines, question.period, zone))
    figures = {f"p{percent}": lines.value.quantile(percent / 100) for percent in PERCENTS}
    return _grouped(question, lines, zone, **figures, observations=lines.value.count())


def _above(question: Question, lines: Any, zone: ZoneInfo) -> Table:
    """Weighed by how long each value held. The last of each thing in the period holds to its end, two hours at most."""
    lines = lines.filter(_within(lines, question.period, zone))
    end = midnight_us(question.period.last_day + timedelta(days=1), zone)
    window = ibis.window(group_by=["entity_id", "attribute_id"], order_by="observed_us")
    following = ibis.coalesce(lines.observed_us.lead().over(window), end)
    lines = lines.mutate(held_us=ibis.least(following - lines.observed_us, _HOLDS_US))
    above = lines.value > question.threshold
    answer = _grouped(
        question,
        lines,
        zone,
        above_us=ibis.cases((above, lines.held_us), else_=0).sum(),
        held_us=lines.held_us.sum(),
        observations=lines.value.count(),
    )
    share = answer.above_us.cast("float64") / answer.held_us.cast("float64").nullif(0.0)
    return answer.mutate(share=share, hours_above=answer.above_us.cast("float64") / HOUR_US).drop("above_us", "held_us")


def _compare(question: Question, lines: Any, zone: ZoneInfo) -> Table:
    assert question.other is not None
    now, then = _within(lines, question.period, zone), _within(lines, question.other, zone)
    lines = lines.filter(now | then)
    now, then = _within(lines, question.period, zone), _within(lines, question.other, zone)
    answer = _grouped(
        question,
        lines,
        zone,
        mean=lines.value.mean(where=now),
        other_mean=lines.value.mean(where=then),
        observations=lines.value.count(where=now),
        other_observations=lines.value.count(where=then),
    )
    difference = answer.mean - answer.other_mean
    return answer.mutate(difference=difference, change=difference / answer.other_mean.abs().nullif(0.0))


def _grouped(question: Question, lines: Any, zone: ZoneInfo, **figures: Any) -> Any:
    keys: dict[str, Any] = {}
    if question.step is not Step.WHOLE:
        keys["at"] = _bucket(question, lines.observed_us, zone)
    if Group.TYPE in question.groups:
        keys["type"] = lines.type
    if Group.COMMUNE in question.groups:
        keys["commune"] = lines.area_code
    if not keys:
        return lines.aggregate(**figures)
    return lines.group_by(**keys).agg(**figures).order_by(*keys)


def _bucket(question: Question, us: IntegerColumn, zone: ZoneInfo) -> Any:
    """HOUR: the start of the hour, an instant. DAY, MONTH: the clock's reading at its start. HOUR_OF_DAY: 0 to 23."""
    if question.step is Step.HOUR:
        return us - us % HOUR_US
    local = us + _offset(question, us, zone)
    match question.step:
        case Step.DAY:
            return local - local % DAY_US
        case Step.MONTH:
            return _month(question, local)
        case _:
            return local % DAY_US // HOUR_US


def _month(question: Question, local: Any) -> Any:
    """By comparison with the first days: months have no length that engines could agree upon."""
    starts = [midnight_us(day, UTC) for day in _first_days(question.period)]
    until = [(local < end, start) for start, end in pairwise(starts)]
    return ibis.cases(*until, else_=starts[-1]) if until else ibis.literal(starts[-1])


def _first_days(period: Period) -> list[date]:
    found = [period.first_day.replace(day=1)]
    while (following := (found[-1] + timedelta(days=31)).replace(day=1)) <= period.last_day:
        found.append(following)
    return found


def _offset(question: Question, us: Any, zone: ZoneInfo) -> Any:
    periods = [question.period, *([question.other] if question.other else [])]
    first, last = min(one.first_day for one in periods), max(one.last_day for one in periods)
    *changes, (_, lasting) = offsets(first, last, zone)
    return ibis.cases(*((us < until, offset) for until, offset in changes), else_=lasting) if changes else lasting


def _within(lines: Any, period: Period, zone: ZoneInfo) -> BooleanColumn:
    start, end = midnight_us(period.first_day, zone), midnight_us(period.last_day + timedelta(days=1), zone)
    found: BooleanColumn = (lines.observed_us >= start) & (lines.observed_us < end)
    return found


def _is_hidden(lines: Any, order: Hidden) -> BooleanColumn:
    found: BooleanColumn = lines.written_us < order.until_us
    if order.entity_id is not None:
        found &= lines.entity_id == order.entity_id
    if order.attribute_id is not None:
        found &= lines.attribute_id == order.attribute_id
    return found
