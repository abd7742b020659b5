"""The table of what becomes of an instance, and RFC 7396 inside values (CIM 009 V1.8.1, 5.5.8, 5.5.12)."""

from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData, LdError, ResourceNotFound
from parvis.telemetry.context.ngsild.attribute_operations import PartialUpdate, ReplaceAttribute
from parvis.telemetry.context.ngsild.merging import ACTS, How, merged_value
from parvis.telemetry.context.ngsild.operations import AppendAttributes, BatchUpdate, Merge, UpdateAttributes
from parvis.telemetry.context.ngsild.reading import Mode
from parvis.telemetry.context.store.values import Effect, Operation
from parvis.telemetry.context.tests.modelling import (
    BORN_TEXT,
    NOW,
    NOW_TEXT,
    NULL,
    NULL_MAP,
    ONE,
    POINT,
    TWO,
    URN,
    bare,
    fragment,
    kept,
    prop,
    stored_alpha,
    thing,
    touched,
)


def test_the_table_is_whole() -> None:
    cases = {(null, there) for null in (False, True) for there in (False, True)}
    assert set(ACTS) == set(How)
    assert all(set(row) == cases for row in ACTS.values())


def operation(how: How, given: Any) -> Operation:
    """That which writes `alpha` in this manner."""
    match how:
        case How.APPEND | How.APPEND_NEW:
            return AppendAttributes(urn=URN, fragment=fragment(Mode.APPEND, alpha=given), overwrite=how is How.APPEND)
        case How.UPDATE:
            return UpdateAttributes(urn=URN, fragment=fragment(Mode.UPDATE, alpha=given))
        case How.BATCH | How.BATCH_NEW:
            return BatchUpdate(urn=URN, fragment=fragment(Mode.UPDATE, alpha=given), overwrite=how is How.BATCH)
        case How.MERGE:
            return Merge(urn=URN, fragment=fragment(Mode.MERGE, alpha=given))
        case How.PARTIAL:
            return PartialUpdate(urn=URN, name="alpha", instances=[stored_alpha(given, Mode.PARTIAL)])
        case How.REPLACE:
            return ReplaceAttribute(urn=URN, name="alpha", instances=[stored_alpha(given, Mode.REPLACE)])


OLD = prop(1, unitCode="C62", note=prop("kept", deeper=prop(1)))
OTHER = prop(9, datasetId=TWO)
NEW = prop(2)
WHOLE = prop(2)
MIXED = prop(2, unitCode="C62", note=prop("kept", deeper=prop(1)))

# The manner; a value for what is there; for what is not; a null for what is there; for what is not. Each: what then stands there,
# "-" for nothing, "=" for what stood there, an exception for a refusal; and a "!" where the answer says that it was not done.
OUTCOMES: list[tuple[How, Any, Any, Any, Any]] = [
    (How.APPEND, WHOLE, WHOLE, BadRequestData, BadRequestData),
    (How.APPEND_NEW, "=!", WHOLE, BadRequestData, BadRequestData),
    (How.UPDATE, WHOLE, WHOLE, "-", "-!"),
    (How.BATCH, WHOLE, WHOLE, "-", "-!"),
    (How.BATCH_NEW, "=!", WHOLE, "=!", "-!"),
    (How.PARTIAL, MIXED, ResourceNotFound, "-", ResourceNotFound),
    (How.REPLACE, WHOLE, ResourceNotFound, BadRequestData, BadRequestData),
    (How.MERGE, MIXED, WHOLE, "-", "-"),
]
CASES = [
    (how, there, null, outcome)
    for how, *outcomes in OUTCOMES
    for (null, there), outcome in zip(
        ((False, True), (False, False), (True, True), (True, False)), outcomes, strict=True
    )
]


@pytest.mark.parametrize("dataset", ["", ONE])
@pytest.mark.parametrize(("how", "there", "null", "outcome"), CASES)
def test_the_table(how: How, there: bool, null: bool, outcome: Any, dataset: str) -> None:
    named = {"datasetId": dataset} if dataset else {}
    before = thing(alpha=[OLD | named, OTHER] if there else [OTHER], beta=1)
    given = prop(NULL if null else 2, **named)
    if isinstance(outcome, type) and issubclass(outcome, LdError):
        with pytest.raises(outcome):
            operation(how, given).apply(before, NOW)
        return
    effect = operation(how, given).apply(before, NOW)
    after = kept(effect)
    left = [one for one in bare(_listed(after.attributes["alpha"])) if one != OTHER]
    expected = {"-": [], "=": [OLD | named] if there else []}.get(str(outcome)[0])
    assert left == (expected if expected is not None else [outcome | named])
    # the other instance and the other attribute are the very same objects
    assert OTHER in bare(_listed(after.attributes["alpha"]))
    assert after.attributes["beta"] is before.attributes["beta"]
    unchanged = outcome == "=!" or (null and not there)
    assert touched(effect) == ([] if unchanged else [("alpha", dataset, there, not null)])
    assert (after is before) == unchanged
    assert effect.answer.complete == (not str(outcome).endswith("!"))


def _listed(attribute: Any) -> list[Any]:
    return attribute if isinstance(attribute, list) else [attribute]


@pytest.mark.parametrize("how", [How.APPEND, How.UPDATE, How.BATCH, How.REPLACE, How.PARTIAL, How.MERGE])
def test_times_of_what_is_written_again(how: How) -> None:
    before = thing(alpha=prop(1, note=prop("a"), other=prop(1)))
    after = kept(operation(how, prop(2, note=prop("b"), more=prop(1))).apply(before, NOW))
    alpha = after.attributes["alpha"]
    assert (after.created_at, after.modified_at) == (before.created_at, NOW)
    assert (alpha["createdAt"], alpha["modifiedAt"]) == (BORN_TEXT, NOW_TEXT)
    assert (alpha["note"]["createdAt"], alpha["note"]["modifiedAt"]) == (BORN_TEXT, NOW_TEXT)
    assert (alpha["more"]["createdAt"], alpha["more"]["modifiedAt"]) == (NOW_TEXT, NOW_TEXT)
    if how in (How.PARTIAL, How.MERGE):
        assert alpha["other"] is before.attributes["alpha"]["other"]
    else:
        assert "other" not in alpha


def test_an_inventory_that_tells_no_times_is_as_old_as_the_thing() -> None:
    before = thing()
    before.attributes["alpha"] = prop(1, note=prop("a"))
    for how in (How.APPEND, How.MERGE):
        alpha = kept(operation(how, prop(2, note=prop("b"))).apply(before, NOW)).attributes["alpha"]
        assert alpha["createdAt"] == alpha["note"]["createdAt"] == BORN_TEXT


def written(how: How, before: Any, given: Any) -> Any:
    """What stands in `alpha` then, without system attributes."""
    return bare(kept(operation(how, given).apply(thing(alpha=before), NOW)).attributes.get("alpha"))


def relationship(uri: str = "urn:a:b", **more: Any) -> dict[str, Any]:
    return {"type": "Relationship", "object": uri, **more}


def words(**by_tag: Any) -> dict[str, Any]:
    return {"type": "LanguageProperty", "languageMap": by_tag}


MERGES: list[tuple[Any, Any, Any]] = [
    # before; given; after
    (prop(1, unitCode="C62"), prop(2), prop(2, unitCode="C62")),
    (prop(1, unitCode="C62"), {"unitCode": "MTR"}, prop(1, unitCode="MTR")),
    (prop(1, unitCode="C62"), {"unitCode": NULL}, prop(1)),
    (prop(1, observedAt="2026-01-05T08:00:00Z"), {"observedAt": NULL}, prop(1)),
    (prop(1), {"observedAt": "2026-01-05T08:00:00Z"}, prop(1, observedAt="2026-01-05T08:00:00Z")),
    (
        prop({"a": 1, "b": {"c": 2, "d": 3}}),
        prop({"b": {"c": NULL, "e": 4}, "f": 5}),
        prop({"a": 1, "b": {"d": 3, "e": 4}, "f": 5}),
    ),
    (prop({"a": 1}), {"a": NULL, "b": 2}, prop({"b": 2})),
    (prop({"a": 1}), prop([1]), prop([1])),
    (prop([1, 2]), prop({"a": {"b": NULL, "c": 1}}), prop({"a": {"c": 1}})),
    (prop({"a": 1}), prop({"a": None}), prop({"a": None})),  # a JSON null is a value
    (prop(1, note=prop("a", deeper=prop(1))), prop(1, note={"value": "b"}), prop(1, note=prop("b", deeper=prop(1)))),
    (
        prop(1, note=prop("a", deeper=prop(1))),
        prop(1, note={"type": "Property", "deeper": NULL}),
        prop(1, note=prop("a")),
    ),
    (prop(1, note=prop("a")), prop(1, note=NULL), prop(1)),
    (prop(1, note=prop("a")), prop(1, note=relationship()), prop(1, note=relationship())),
    (
        prop(1, note=[prop("a"), prop("b", datasetId=ONE)]),
        prop(1, note=prop(NULL, datasetId=ONE)),
        prop(1, note=prop("a")),
    ),
    (
        prop(1, note=prop("a")),
        prop(1, note=prop("b", datasetId=ONE)),
        prop(1, note=[prop("a"), prop("b", datasetId=ONE)]),
    ),
    (prop(1), relationship(), relationship()),
    (prop(1, unitCode="C62", note=prop(1)), {"object": "urn:a:b"}, relationship()),
    (prop({"a": 1}), relationship(), relationship()),
    (relationship(note=prop(1)), relationship("urn:a:c"), relationship("urn:a:c", note=prop(1))),
    (words(fr="a", en="b"), words(fr="c"), words(fr="c", en="b")),
    (words(fr="a", en="b"), words(fr=NULL), words(en="b")),
    (words(fr="a"), words(fr=NULL), BadRequestData),
    (
        {"type": "JsonProperty", "json": {"a": {"b": 1}, "c": 2}},
        {"json": {"a": {"b": NULL}}},
        {"type": "JsonProperty", "json": {"a": {}, "c": 2}},
    ),
    ({"type": "JsonProperty", "json": [{"a": 1}]}, {"json": {"a": 1}}, {"type": "JsonProperty", "json": {"a": 1}}),
    ({"type": "ListProperty", "valueList": [1, 2]}, {"valueList": [3]}, {"type": "ListProperty", "valueList": [3]}),
    (
        {"type": "GeoProperty", "value": POINT},
        {"type": "GeoProperty", "value": {"coordinates": [1, 2]}},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
    ),
    (
        {"type": "GeoProperty", "value": POINT},
        {"type": "GeoProperty", "value": {"coordinates": [[1, 2], [3, 4]]}},
        BadRequestData,
    ),
    (
        {"type": "GeoProperty", "value": POINT},
        {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}},
        {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}},
    ),
    (relationship(), {"unitCode": "C62"}, BadRequestData),
    (prop(1), [prop(2), prop(3, datasetId=ONE)], [prop(2), prop(3, datasetId=ONE)]),
    ([prop(1), prop(2, datasetId=ONE)], prop(NULL), prop(2, datasetId=ONE)),
    (prop(1), NULL, None),
]


@pytest.mark.parametrize(("before", "given", "after"), MERGES, ids=lambda one: ascii(one)[:50])
def test_merges(before: Any, given: Any, after: Any) -> None:
    if after is BadRequestData:
        with pytest.raises(BadRequestData):
            written(How.MERGE, before, given)
    else:
        assert written(How.MERGE, before, given) == after


def test_a_merge_adds_no_null() -> None:
    before = thing()
    for given, after in [
        (prop({"a": {"b": NULL}, "c": 1}), prop({"a": {}, "c": 1})),
        (prop(1, note=NULL, unitCode=NULL), prop(1)),
        (words(fr="a", en=NULL), words(fr="a")),
    ]:
        assert bare(kept(operation(How.MERGE, given).apply(before, NOW)).attributes["alpha"]) == after
    for wrong in ({"unitCode": "C62"}, words(fr=NULL), {"type": "Property", "note": 1}):
        with pytest.raises(BadRequestData):
            operation(How.MERGE, wrong).apply(before, NOW)


PARTIALS: list[tuple[Any, Any, Any]] = [
    (prop(1, unitCode="C62"), {"value": 2}, prop(2, unitCode="C62")),
    (
        prop(1, unitCode="C62"),
        {"unitCode": NULL, "observedAt": "2026-01-05T08:00:00Z"},
        prop(1, observedAt="2026-01-05T08:00:00Z"),
    ),
    (prop({"a": 1, "b": 2}), {"value": {"a": 3}}, prop({"a": 3})),
    (words(fr="a", en="b"), words(fr="c"), words(fr="c")),
    (words(fr="a", en="b"), {"languageMap": {"fr": "c"}}, words(fr="c")),
    ({"type": "JsonProperty", "json": {"a": 1}}, {"json": {"b": 1}}, {"type": "JsonProperty", "json": {"b": 1}}),
    (prop(1, note=prop("a", deeper=prop(1))), {"note": prop("b")}, prop(1, note=prop("b"))),
    (prop(1, note=prop("a"), other=prop(1)), {"note": NULL}, prop(1, other=prop(1))),
    (
        {"type": "GeoProperty", "value": POINT},
        {"value": {"type": "Point", "coordinates": [1, 2]}},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
    ),
    (prop(1), POINT, BadRequestData),
    ({"type": "GeoProperty", "value": POINT}, {"value": 3}, BadRequestData),
    (prop(1), {"object": "urn:a:b"}, BadRequestData),
    (prop(1), relationship(), BadRequestData),
    (relationship(), {"value": 1}, BadRequestData),
    (relationship(), {"unitCode": "C62"}, BadRequestData),
    (relationship(), {"valueType": "a"}, BadRequestData),
    (prop(1), {"objectType": "a"}, BadRequestData),
    (relationship(), {"objectType": "https://a.example/b"}, relationship(objectType="https://a.example/b")),
    (prop(1), {"note": {"type": "Property", "unitCode": "C62"}}, BadRequestData),
    (words(fr="a"), {"languageMap": NULL_MAP}, None),
    (relationship(), {"object": NULL}, None),
    (prop([1, 2]), {"value": [3]}, prop([3])),
]


@pytest.mark.parametrize(("before", "given", "after"), PARTIALS, ids=lambda one: ascii(one)[:50])
def test_partial_updates(before: Any, given: Any, after: Any) -> None:
    if after is BadRequestData:
        with pytest.raises(BadRequestData):
            written(How.PARTIAL, before, given)
    else:
        assert written(How.PARTIAL, before, given) == after


@pytest.mark.parametrize(
    ("how", "after"),
    [
        (How.APPEND, relationship()),
        (How.UPDATE, relationship()),
        (How.REPLACE, relationship()),
        (How.MERGE, relationship()),
    ],
)
def test_the_kind_may_change(how: How, after: Any) -> None:
    before = thing(alpha=prop(1, unitCode="C62", note=prop(1)))
    effect: Effect = operation(how, relationship()).apply(before, NOW)
    alpha = kept(effect).attributes["alpha"]
    assert bare(alpha) == after
    assert alpha["createdAt"] == BORN_TEXT


# RFC 7396, appendix A, with our null. JSON nulls of it that mean no deletion are left out.
RFC_7396: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": NULL}, {}),
    ({"a": "b", "b": "c"}, {"a": NULL}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": NULL}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ([1, 2], {"a": "b", "c": NULL}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": NULL}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("before", "given", "after"), RFC_7396)
def test_rfc_7396(before: Any, given: Any, after: Any) -> None:
    assert merged_value(before, given) == after
