"""Queries against the database answer what a naive reading of the standard answers, thing by thing: with values kept in order, and without."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.broker.rights import EVERYTHING
from parvis.telemetry.context.models import AskedPath
from parvis.telemetry.context.query import planning, q
from parvis.telemetry.context.query.asked import Key, Wish, forget, keep, key_of, wishes
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.finding import Caller, found
from parvis.telemetry.context.query.scopes import scope_selection
from parvis.telemetry.context.query.types import type_selection
from parvis.telemetry.context.tests.querying import NOW, PlainNames

pytestmark = pytest.mark.django_db

NAMES = PlainNames()
CALLER = Caller(tenant_id=0, rights=EVERYTHING, now=NOW)
ATTRIBUTES = "ab"
TEXTS = [
    "",
    "x",
    "y",
    "xy",
    "é",
    "2026-01-05T08:00:00Z",
    "2026-01-05T08:00:00.25Z",
    "2026-01-06",
    "urn:t:1",
    "12",
    "true",
    'q"\\',
]
NUMBERS = [-1, 0, 1, 1.5, 12, 1e12]
EVERY_KIND = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

scalars = st.sampled_from([*TEXTS, *NUMBERS, True, False])
properties = st.builds(
    lambda value: {"type": "Property", "value": value},
    scalars | st.lists(scalars, max_size=3) | st.fixed_dictionaries({"k": scalars}) | st.just({}),
)
relationships = st.builds(lambda urn: {"type": "Relationship", "object": urn}, st.sampled_from(["urn:t:1", "urn:t:2"]))
lists = st.builds(
    lambda urns: {"type": "ListRelationship", "objectList": [{"object": urn} for urn in urns]},
    st.lists(st.sampled_from(["urn:t:1", "urn:t:2"]), max_size=2),
)
languages = st.builds(
    lambda texts: {"type": "LanguageProperty", "languageMap": texts},
    st.dictionaries(st.sampled_from(["fr", "en"]), st.sampled_from(TEXTS[:4]), min_size=1),
)
instances = properties | properties | relationships | lists | languages
attributes = instances | st.lists(instances, min_size=2, max_size=2).map(
    lambda two: [two[0], two[1] | {"datasetId": "urn:d:1"}]
)
things = st.builds(
    lambda types, scopes, values: (types, scopes, values),
    st.sampled_from([["T"], ["U"], ["T", "U"], ["V"]]),
    st.lists(st.sampled_from(["/A", "/A/B", "/A/C/D", "/B"]), max_size=2, unique=True),
    st.fixed_dictionaries({}, optional=dict.fromkeys(ATTRIBUTES, attributes)),
)
paths = st.tuples(st.sampled_from(ATTRIBUTES), st.sampled_from(["", "", "", "k", "fr", "*"]))
literals = st.sampled_from([*TEXTS, *NUMBERS, True, False])
tests = st.one_of(
    st.tuples(st.just("has"), paths),
    st.tuples(st.just("lacks"), paths),
    st.tuples(st.sampled_from(["==", "!="]), paths, st.lists(literals, min_size=1, max_size=2)),
    st.tuples(st.sampled_from([">", ">=", "<", "<="]), paths, literals),
    st.tuples(st.just("between"), paths, st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)),
    st.tuples(st.just("since"), paths, st.sampled_from(TEXTS[5:7])),
)
conditions = st.recursive(tests, lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner), max_leaves=4)


def written(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def text_of(condition: Any) -> str:
    match condition:
        case ("and", one, other):
            return f"({text_of(one)};{text_of(other)})"
        case ("or", one, other):
            return f"({text_of(one)}|{text_of(other)})"
    kind, (name, key), *rest = condition
    path = f"{name}[{key}]" if key else name
    match kind:
        case "has":
            return path
        case "lacks":
            return f"!{path}"
        case "between":
            return f"{path}=={rest[0]!r}..{rest[1]!r}"
        case "since":
            return f"{path}>={rest[0]}"
        case "==" | "!=":
            return f"{path}{kind}{','.join(map(written, rest[0]))}"
    return f"{path}{kind}{written(rest[0])}"


# The naive reading: one instance at a time, no code of the product.


def says(condition: Any, values: dict[str, Any]) -> bool:
    match condition:
        case ("and", one, other):
            return says(one, values) and says(other, values)
        case ("or", one, other):
            return says(one, values) or says(other, values)
    kind, (name, key), *rest = condition
    told = values.get(name, [])
    every = [told] if isinstance(told, dict) else told
    if kind in ("has", "lacks"):
        there = any(True for one in every for _ in seen(one, key)) if key else bool(every)
        return there is (kind == "has")
    return any(instance_says(kind, rest, value, one["type"]) for one in every for value in seen(one, key))


def seen(instance: dict[str, Any], key: str) -> Iterator[Any]:
    match instance["type"]:
        case "Property":
            value = instance["value"]
            if not key:
                yield value
            elif isinstance(value, dict) and key in value:
                yield value[key]
        case "Relationship" | "ListRelationship":
            if not key:
                yield (
                    [instance["object"]] if "object" in instance else [one["object"] for one in instance["objectList"]]
                )
        case "LanguageProperty":
            if key == "*":
                yield list(instance["languageMap"].values())
            yield from (text for language, text in instance["languageMap"].items() if key == language)


def instance_says(kind: str, rest: Any, value: Any, type_name: str) -> bool:
    elements = value if isinstance(value, list) else [value]
    link = type_name.endswith("Relationship")
    match kind:
        case "==":
            return any(same(one, wanted) for one in elements for wanted in rest[0])
        case "!=":
            return not any(same(one, wanted) for one in elements for wanted in rest[0])
        case "between":
            return any(is_number(one) and rest[0] <= one <= rest[1] for one in elements)
        case "since":
            instant = rest[0].replace(":00Z", ":00.00Z")
            return not link and any(
                isinstance(one, str) and one.startswith("2026-01-05T") and one.replace(":00Z", ":00.00Z") >= instant
                for one in elements
            )
    (wanted,) = rest
    if link or isinstance(wanted, bool):
        return False
    comparable = [
        one
        for one in elements
        if (is_number(one) and is_number(wanted)) or (isinstance(one, str) and isinstance(wanted, str))
    ]
    return any(
        {">": one > wanted, ">=": one >= wanted, "<": one < wanted, "<=": one <= wanted}[kind] for one in comparable
    )


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return (is_number(value) and is_number(wanted) and value == wanted) or (
        isinstance(value, str) and isinstance(wanted, str) and value == wanted
    )


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three things and more, the plan goes on in their order."""
    monkeypatch.setattr(planning, "FEW", 2)
    monkeypatch.setattr(wishes, "enabled", False)


def fill(population: list[Any]) -> list[tuple[str, Any]]:
    with hot_cursor() as cursor:
        cursor.execute("DELETE FROM context_entity")
        for number, (types, scopes, values) in enumerate(population):
            cursor.execute(
                "INSERT INTO context_entity (tenant_id, urn, type, more_types, scopes, attributes, area_code, state, search, synthetic,"
                " source, created_at, modified_at) VALUES (0, %s, %s, %s, %s, %s, '', 0, '', true, '', %s, %s)",
                [f"urn:n:{number}", types[0], types[1:], scopes, json.dumps(values), NOW, NOW],
            )
    return [(f"urn:n:{number}", thing) for number, thing in enumerate(population)]


def keep_all(query: EntityQuery) -> None:
    forget(list(AskedPath.objects.values_list("pk", flat=True)))
    plan = planning.planned(query, 0, now=NOW)
    for wish in plan.wishes:
        keep(wish, now=NOW)


@pytest.mark.slow
@EVERY_KIND
@given(st.lists(things, min_size=4, max_size=12), conditions, st.sampled_from(["T", "T,U", "T;U", "*"]), st.booleans())
def test_q_answers_as_a_naive_reading_does(population: list[Any], condition: Any, types: str, again: bool) -> None:
    known = fill(population)
    query = EntityQuery(
        q=q.parsed(text_of(condition), NAMES),
        selectors=() if types == "*" else (Selector(types=type_selection(types, str)),),
    )
    selected = {"T": {"T"}, "T,U": {"T", "U"}, "T;U": {"T", "U"}, "*": {"T", "U", "V"}}[types]

    def chosen(of: list[str]) -> bool:
        return selected <= set(of) if types == "T;U" else bool(selected & set(of))

    expected = [urn for urn, (of, _, values) in known if chosen(of) and says(condition, values)]
    answers(query, expected)
    keep_all(query)
    answers(query, expected)
    if again:  # the triggers keep up
        with hot_cursor() as cursor:
            cursor.execute("UPDATE context_entity SET attributes = '{}', more_types = '{V}' WHERE urn = 'urn:n:0'")
            cursor.execute("DELETE FROM context_entity WHERE urn = 'urn:n:1'")
        changed = [
            (urn, ([thing[0][0], "V"], thing[1], {}) if urn == "urn:n:0" else thing)
            for urn, thing in known
            if urn != "urn:n:1"
        ]
        answers(query, [urn for urn, (of, _, values) in changed if chosen(of) and says(condition, values)])


def answers(query: EntityQuery, expected: list[str]) -> None:
    everything = found(query, CALLER, limit=100, count=True)
    assert [one.urn for one in everything.things] == expected
    assert everything.total == len(expected) and not everything.more
    page = found(query, CALLER, limit=2, offset=1)
    assert [one.urn for one in page.things] == expected[1:3] and page.more == (len(expected) > 3)
    counted = found(query, CALLER, limit=0, count=True)
    assert counted.things == [] and counted.total == len(expected)


SCOPES = ["/A", "/A/B", "/A/#", "/B", "/#", "/+", "/+/B", "/A/+/D", "/A;/B", "/A/B,/B", "/A/+/#"]


@pytest.mark.slow
@EVERY_KIND
@given(st.lists(things, max_size=10), st.sampled_from(SCOPES))
def test_scopes_answer_as_a_naive_reading_does(population: list[Any], text: str) -> None:
    def one(pattern: str, scope: str) -> bool:
        levels, told = pattern.strip("/").split("/"), scope.strip("/").split("/")
        below = levels[-1] == "#"
        levels = levels[:-1] if below else levels
        fits = all(level in ("+", word) for level, word in zip(levels, told, strict=False))
        return fits and (len(told) >= len(levels) if below else len(told) == len(levels))

    def holds(scopes: list[str]) -> bool:
        return any(
            all(any(one(part, scope) for scope in scopes) for part in group.split(";")) for group in text.split(",")
        )

    known = fill(population)
    query = EntityQuery(scope=scope_selection(text), selectors=(Selector(types=type_selection("T", str)),))
    expected = [urn for urn, (of, scopes, _) in known if "T" in of and holds(scopes)]
    answers(query, expected)
    keep_all(query)
    answers(query, expected)


def test_values_are_kept_as_documents_change() -> None:
    fill([(["T"], [], {"a": {"type": "Property", "value": number}}) for number in range(5)])
    wish = Wish(0, "T", Key("a", '$."a"[*]'))
    assert keep(wish, now=NOW)
    assert not keep(wish, now=NOW)
    assert key_of(q.parsed_path("a", NAMES)) == wish.key
    assert kept() == [0, 1, 2, 3, 4]
    with hot_cursor() as cursor:
        cursor.execute(
            """UPDATE context_entity SET attributes = jsonb_set(attributes, '{a,value}', '[7, 8]') WHERE urn = 'urn:n:0'"""
        )
        cursor.execute("UPDATE context_entity SET type = 'U' WHERE urn = 'urn:n:1'")
        cursor.execute("DELETE FROM context_entity WHERE urn = 'urn:n:2'")
    assert kept() == [3, 4, 7, 8]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE context_entity SET type = 'T', attributes = '{}' WHERE urn = 'urn:n:1'")
    assert kept() == [3, 4, 7, 8]


def kept() -> list[float]:
    with hot_cursor() as cursor:
        cursor.execute("SELECT number FROM context_value ORDER BY number")
        return [number for (number,) in cursor]


def test_values_of_things_of_any_type_are_not_counted_for_one() -> None:
    value = {"a": {"type": "Property", "value": 1}}
    fill([(["T"], [], value), (["U"], [], value), (["U"], [], value)])
    assert keep(Wish(0, "", Key("a", '$."a"[*]')), now=NOW)
    answers(EntityQuery(q=q.parsed("a==1", NAMES), selectors=(Selector(types=type_selection("T", str)),)), ["urn:n:0"])
