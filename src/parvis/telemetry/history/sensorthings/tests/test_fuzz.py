"""Whatever is asked is answered or refused, never a failure; and an expression is worth what it says."""

import operator
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parvis.telemetry.history.sensorthings.parsing import parse_filter
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.serving import Asked, answer
from parvis.telemetry.history.sensorthings.tests.factories import BASE, NOW, make_thing, observe, values

pytestmark = pytest.mark.django_db

RELAXED = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)

PATHS = [
    "id",
    "result",
    "phenomenonTime",
    "Datastream/id",
    "Datastream/name",
    "Datastream/phenomenonTime",
    "Datastream/unitOfMeasurement",
    "Datastream/unitOfMeasurement/symbol",
    "Datastream/observedArea",
    "Datastream/Observations/result",
    "Datastream/Sensor/id",
    "Datastream/Sensor/Datastreams/name",
    "Datastream/ObservedProperty/definition",
    "Datastream/Thing/properties/powerRating",
    "Datastream/Thing/Locations/location",
    "Datastream/Thing/HistoricalLocations/time",
    "FeatureOfInterest/feature",
    "FeatureOfInterest/Observations/id",
    "nothing",
]
CONSTANTS = [
    "1",
    "-2.5",
    "0",
    "1e308",
    "'on'",
    "''",
    "'Robert''); DROP TABLE context_entity;--'",
    "'%s %% {} {0}'",
    "true",
    "null",
    "2026-11-22T12:00:00Z",
    "2026-11-22T12:00:00Z/2026-11-23T12:00:00Z",
    "2026-11-22",
    "12:00:00",
    "duration'P1Y2M3DT4H5M6.5S'",
    "duration'-P400000D'",
    "geography'POINT(5 47)'",
    "geography'POLYGON((0 0, 90 0, 90 90, 0 90, 0 0))'",
    "geography'LINESTRING(0 0, 1e200 1e200)'",
    "now()",
    "maxdatetime()",
]
FUNCTIONS = [
    "substringof", "contains", "endswith", "startswith", "substring", "length", "indexof", "tolower", "toupper", "trim", "concat",
    "round", "floor", "ceiling", "year", "month", "day", "hour", "minute", "second", "fractionalseconds", "date", "time",
    "totaloffsetminutes", "geo.distance", "geo.length", "geo.intersects", "st_within", "st_disjoint", "st_relate", "nothing",
]  # fmt: skip
OPERATORS = ["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "add", "sub", "mul", "div", "mod"]


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda text: f"not ({text})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(st.sampled_from(FUNCTIONS), st.lists(inner, max_size=3)).map(
            lambda parts: f"{parts[0]}({', '.join(parts[1])})"
        ),
        st.tuples(inner, st.lists(inner, min_size=1, max_size=3)).map(
            lambda parts: f"({parts[0]} in ({', '.join(parts[1])}))"
        ),
        inner.map(lambda text: f"Datastream/Observations/any(x: {text} or x/result gt 1)"),
    )


EXPRESSIONS = st.recursive(st.sampled_from([*PATHS, *CONSTANTS]), larger, max_leaves=8)


@pytest.fixture
def stream() -> int:
    thing = make_thing(name="Darcy", powerRating=12, longitude=5, latitude=47)
    observe(thing, "powerState", "on", unit_code="")
    return observe(thing, "powerConsumption", 0, -3, 7.5, True)


def status(path: str, query: str) -> int:
    return answer(Asked(method="GET", path=path, query=query, base=BASE, now=NOW)).status


@RELAXED
@given(expression=EXPRESSIONS)
def test_any_expression_is_answered_or_refused(stream: int, expression: str) -> None:
    for option in ("filter", "orderby"):
        assert status("Observations", f"$top=3&${option}={quote(expression)}") in (200, 400)


@RELAXED
@given(
    words=st.lists(
        st.sampled_from([*PATHS, *CONSTANTS, *FUNCTIONS, *OPERATORS, "(", ")", ",", "/", "'", "not", "in", "any("]),
        max_size=8,
    )
)
def test_any_words_are_answered_or_refused(stream: int, words: list[str]) -> None:
    assert status("Observations", "$filter=" + quote(" ".join(words))) in (200, 400)


@RELAXED
@given(text=st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except BadRequest as error:
        assert str(error)


@RELAXED
@given(path=st.text(max_size=40), query=st.text(max_size=40))
def test_any_address_is_answered_or_refused(path: str, query: str) -> None:
    assert status(path, query) in (200, 204, 400, 404, 501)
    assert status("Things", query) in (200, 400, 501)
    assert status(f"Things({path})", query) in (200, 400, 404, 501)
    assert status("Things", f"$expand={query}") in (200, 400, 501)
    assert status("Things", f"$select={query}") in (200, 400, 501)


NUMBERS = [-3.0, 0.0, 0.5, 7.5, 10.0]
COMPARED = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
CALCULATED = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def numbers() -> st.SearchStrategy[Any]:
    """Pairs of text and what it is worth for a result."""
    leaves: st.SearchStrategy[Any] = st.one_of(
        st.just(("result", lambda result: result)),
        st.sampled_from(NUMBERS).map(lambda number: (str(number), lambda result: number)),
    )

    def sum_of(parts: Any) -> Any:
        (one, left), name, (other, right) = parts
        return f"({one} {name} {other})", lambda result: CALCULATED[name](left(result), right(result))

    return st.recursive(
        leaves, lambda inner: st.tuples(inner, st.sampled_from(sorted(CALCULATED)), inner).map(sum_of), max_leaves=4
    )


def conditions() -> st.SearchStrategy[Any]:
    def comparison(parts: Any) -> Any:
        (one, left), name, (other, right) = parts
        return f"{one} {name} {other}", lambda result: COMPARED[name](left(result), right(result))

    def both(parts: Any) -> Any:
        (one, left), name, (other, right) = parts
        joined = (
            (lambda result: left(result) and right(result))
            if name == "and"
            else (lambda result: left(result) or right(result))
        )
        return f"({one}) {name} ({other})", joined

    def negated(inner: Any) -> Any:
        return f"not ({inner[0]})", lambda result: not inner[1](result)

    leaves = st.tuples(numbers(), st.sampled_from(sorted(COMPARED)), numbers()).map(comparison)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(both), inner.map(negated)),
        max_leaves=5,
    )


@pytest.fixture
def measured() -> Iterator[int]:
    yield observe(make_thing(), "powerConsumption", *NUMBERS)


@RELAXED
@given(condition=conditions())
def test_a_condition_is_worth_what_python_says(measured: int, condition: Any) -> None:
    text, holds = condition
    found = [line["result"] for line in values(f"Datastreams({measured})/Observations", filter=text)]
    assert found == [number for number in NUMBERS if holds(number)], text
