"""What a client asks of the past: over which time, how much of it, in which form (ETSI GS CIM 009 V1.8.1, 4.11, 6.18.3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from parvis.telemetry.context.broker.asking import Query
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.history.reading import Interval, TimeProperty
from parvis.telemetry.history.temporal.aggregating import METHODS
from parvis.telemetry.history.temporal.periods import Period, period


class Relation(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"


class Form(StrEnum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    VALUES = "temporalValues"
    AGGREGATED = "aggregatedValues"


FORMS = tuple(form.value for form in Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`last`: the most recent instances of each attribute, None: all. `period` None: one bucket."""

    interval: Interval
    relation: Relation | None = None
    last: int | None = None
    form: Form = Form.NORMALIZED
    sys_attrs: bool = False
    methods: tuple[str, ...] = ()
    period: Period | None = None


_GIVEN = ("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration")


def wish_of_address(query: Query) -> Wish:
    """Raises BadRequestData."""
    given: dict[str, Any] = {name: text for name in _GIVEN if (text := query.get(name))}
    if "lastN" in given:
        given["lastN"] = query.number("lastN", least=1, default=1)
    if "aggrMethods" in given:
        given["aggrMethods"] = query.listed("aggrMethods")
    return _wish(given, query.options)


def wish_of_document(document: Mapping[str, Any], query: Query) -> Wish:
    """Of a Query document, and of the representation in its address. Raises BadRequestData."""
    temporal = document.get("temporalQ", {})
    aggregation = document.get("aggrParams", {})
    if not isinstance(temporal, dict) or not isinstance(aggregation, dict):
        raise BadRequestData("temporalQ and aggrParams are objects.")
    known = temporal | aggregation
    given: dict[str, Any] = {name: known[name] for name in _GIVEN if name in known}
    for name in ("timerel", "timeAt", "endTimeAt", "timeproperty", "aggrPeriodDuration"):
        if not isinstance(given.get(name, ""), str):
            raise BadRequestData(f"{name} is a text.")
    last = given.get("lastN", 1)
    if not isinstance(last, int) or isinstance(last, bool) or last < 1:
        raise BadRequestData("lastN: a whole number of at least 1 is expected.")
    methods = given.get("aggrMethods", [])
    if isinstance(methods, str):
        methods = [one.strip() for one in methods.split(",")]
    if not isinstance(methods, list):
        raise BadRequestData("aggrMethods is an array of names.")
    if "aggrMethods" in given:
        given["aggrMethods"] = methods
    return _wish(given, query.options)


def _wish(given: Mapping[str, Any], options: frozenset[str]) -> Wish:
    form = next((form for form in (Form.AGGREGATED, Form.VALUES, Form.CONCISE) if form in options), Form.NORMALIZED)
    relation, start, end = _span(given)
    methods = tuple(dict.fromkeys(given.get("aggrMethods", ())))
    for method in methods:
        if method not in METHODS:
            raise BadRequestData(f"aggrMethods: expected {', '.join(METHODS)}.")
    if form is Form.AGGREGATED and not methods:
        raise BadRequestData("aggregatedValues takes aggrMethods.")
    duration = given.get("aggrPeriodDuration")
    return Wish(
        interval=Interval(of=_property(given, relation, form), start=start, end=end),
        relation=relation,
        last=given.get("lastN"),
        form=form,
        sys_attrs="sysAttrs" in options,
        methods=methods if form is Form.AGGREGATED else (),
        period=None if duration is None else period(duration),
    )


def _property(given: Mapping[str, Any], relation: Relation | None, form: Form) -> TimeProperty:
    """Without any word on time, the whole history: also the instances that were never observed."""
    if "timeproperty" in given:
        if given["timeproperty"] not in _PROPERTIES:
            raise BadRequestData("timeproperty is observedAt, createdAt, modifiedAt or deletedAt.")
        return TimeProperty(given["timeproperty"])
    if relation is None and form in (Form.NORMALIZED, Form.CONCISE):
        return TimeProperty.STORED
    return TimeProperty.OBSERVED


_PROPERTIES = frozenset(one.value for one in TimeProperty if one is not TimeProperty.STORED)


def _span(given: Mapping[str, Any]) -> tuple[Relation | None, datetime | None, datetime | None]:
    if "timerel" not in given:
        if "timeAt" in given or "endTimeAt" in given:
            raise BadRequestData("timeAt and endTimeAt take timerel.")
        return None, None, None
    try:
        relation = Relation(given["timerel"])
    except ValueError as error:
        raise BadRequestData("timerel is before, after or between.") from error
    if "timeAt" not in given:
        raise BadRequestData("timerel takes timeAt.")
    at = parse_datetime(given["timeAt"], "timeAt")
    if relation is not Relation.BETWEEN:
        if "endTimeAt" in given:
            parse_datetime(given["endTimeAt"], "endTimeAt")
        return (relation, None, at) if relation is Relation.BEFORE else (relation, at, None)
    if "endTimeAt" not in given:
        raise BadRequestData("timerel=between takes endTimeAt.")
    return relation, at, parse_datetime(given["endTimeAt"], "endTimeAt")
