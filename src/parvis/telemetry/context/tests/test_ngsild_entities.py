"""What a client may write of an entity, where null may stand, parts, temporal documents, Features (CIM 009 V1.8.1, 4.5, 5.5.4)."""

import json
from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import CORE
from parvis.telemetry.context.ngsild.reading import Mode, read_attribute, read_entity
from parvis.telemetry.context.tests.modelling import (
    DEFAULT,
    NULL,
    NULL_MAP,
    ONE,
    POINT,
    TWO,
    URN,
    USER,
    document,
    fragment,
    prop,
    refusal,
    stored_alpha,
)


def relationship(**more: Any) -> dict[str, Any]:
    return {"type": "Relationship", "object": "urn:a:b", **more}


# --- entities


def test_names_are_expanded_and_shortened() -> None:
    found = fragment(context=USER, alpha=1, beta=prop(2, alpha=3), **{"ex:gamma": 4})
    assert found.types == ["https://example.org/ns#Thing"]
    assert list(found.attributes) == ["https://example.org/ns#alpha", "beta", "https://example.org/ns#gamma"]
    assert found.attributes["beta"] == [prop(2, **{"https://example.org/ns#alpha": prop(3)})]


def test_a_context_cannot_redefine_the_core() -> None:
    assert stored_alpha(prop(1), context=USER) == prop(1)


def test_keywords_stand_for_id_and_type() -> None:
    found = read_entity({"@id": URN, "@type": "Thing", "@context": "x"}, CORE, mode=Mode.CREATE)
    assert (found.urn, found.types) == (URN, ["Thing"])


def test_types_are_a_set() -> None:
    assert read_entity({"id": URN, "type": ["B", "A", "B"]}, CORE, mode=Mode.CREATE).types == ["B", "A"]


@pytest.mark.parametrize(
    "given",
    [
        [],
        "a",
        None,
        {"type": "Thing"},
        {"id": URN},
        {"id": "x", "type": "Thing"},
        {"id": NULL, "type": "Thing"},
        {"id": None, "type": "Thing"},
        {"id": URN, "type": []},
        {"id": URN, "type": None},
        {"id": URN, "type": 3},
        {"id": URN, "type": ["A", 3]},
        {"id": URN, "type": NULL},
        {"id": URN, "type": "9Thing"},
        {"id": URN, "type": "type"},
        {"id": URN, "type": "T" * 2000},
        {"id": URN, "type": "Thing", "a" * 2000: 1},
        {"id": URN, "type": "Thing", "my attr": 1},
        {"id": URN, "type": "Thing", "observedAt": "2026-01-05T08:00:00Z"},
        {"id": URN, "type": "Thing", "datasetId": ONE},
        {"id": URN, "type": "Thing", "alpha": 1, DEFAULT + "alpha": 2},
        {"id": URN, "type": "Thing", "alpha": prop(1, beta=1, **{DEFAULT + "beta": 2})},
        {"id": URN, "type": "Thing", "scope": NULL},
        {"id": URN, "type": "Thing", "scope": None},
        {"id": URN, "type": "Thing", "scope": []},
        {"id": URN, "type": "Thing", "scope": "/a b"},
        {"id": URN, "type": "Thing", "expiresAt": NULL},
        {"id": URN, "type": "Thing", "expiresAt": "soon"},
    ],
    ids=lambda one: ascii(one)[:70],
)
def test_entities_that_are_none(given: Any) -> None:
    with pytest.raises(BadRequestData):
        read_entity(given, CORE, mode=Mode.CREATE)


def test_unicode_names() -> None:
    found = read_entity({"id": URN, "type": "Škola", "výška_1": 7}, CORE, mode=Mode.CREATE)
    assert found.types == ["Škola"]
    assert found.attributes == {"výška_1": [prop(7)]}


def test_what_we_write_ourselves_is_ignored() -> None:
    assert fragment(createdAt="x", modifiedAt="y", deletedAt="z").attributes == {}


@pytest.mark.parametrize(("mode", "needed"), [(mode, mode is Mode.CREATE) for mode in Mode])
def test_only_a_creation_needs_an_id_and_a_type(mode: Mode, needed: bool) -> None:
    for given in ({"type": "Thing"}, {"id": URN}):
        if needed:
            with pytest.raises(BadRequestData):
                read_entity(given, CORE, mode=mode)
        else:
            read_entity(given, CORE, mode=mode)
    with pytest.raises(BadRequestData):
        read_entity({"type": "Thing"}, CORE, mode=mode, needs_id=True)


# --- nulls by mode: a value; the attribute itself; a member of the attribute; inside a value; the scope

NULLS: dict[Mode, str] = {
    Mode.CREATE: "-----",
    Mode.REPLACE: "-----",
    Mode.APPEND: "-----",
    Mode.UPDATE: "vad-s",
    Mode.PARTIAL: "vam-s",
    Mode.MERGE: "vamis",
    Mode.TEMPORAL: "v----",
}


@pytest.mark.parametrize(("mode", "allowed"), NULLS.items())
def test_where_null_may_stand(mode: Mode, allowed: str) -> None:
    cases = {"v": {"alpha": prop(NULL)}, "a": {"alpha": NULL}, "i": {"alpha": prop({"a": NULL})}, "s": {"scope": NULL}}
    for letter, given in cases.items():
        if letter in allowed:
            fragment(mode, **given)
        else:
            with pytest.raises(BadRequestData):
                fragment(mode, **given)
    member = prop(1, unitCode=NULL, accuracy=NULL)
    if "m" in allowed:  # they are kept, to be deleted
        assert stored_alpha(member, mode) == prop(1, unitCode=NULL, accuracy=prop(NULL))
    elif "d" in allowed:  # the whole is replaced: what is null is not there
        assert stored_alpha(member, mode) == prop(1)
    else:
        assert refusal(member, mode)
    assert refusal(prop(1, datasetId=NULL), mode)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (NULL, prop(NULL)),
        (prop(NULL), prop(NULL)),
        ({"value": NULL}, prop(NULL)),
        (prop(NULL, datasetId=ONE), prop(NULL, datasetId=ONE)),
        (relationship(object=NULL), relationship(object=NULL)),
        ({"object": NULL}, relationship(object=NULL)),
        ({"type": "GeoProperty", "value": NULL}, {"type": "GeoProperty", "value": NULL}),
        ({"type": "LanguageProperty", "languageMap": NULL_MAP}, {"type": "LanguageProperty", "languageMap": NULL_MAP}),
        ({"languageMap": NULL}, {"type": "LanguageProperty", "languageMap": NULL_MAP}),
        ({"vocab": NULL}, {"type": "VocabProperty", "vocab": NULL}),
        ({"json": NULL}, {"type": "JsonProperty", "json": NULL}),
        ({"valueList": [NULL]}, {"type": "ListProperty", "valueList": NULL}),
        ({"objectList": [{"object": NULL}]}, {"type": "ListRelationship", "objectList": NULL}),
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("mode", [Mode.UPDATE, Mode.MERGE, Mode.PARTIAL, Mode.TEMPORAL])
def test_the_null_of_each_kind(given: Any, stored: Any, mode: Mode) -> None:
    if mode is Mode.TEMPORAL and given == NULL:
        assert refusal(given, mode)
    else:
        assert stored_alpha(given, mode) == stored


def test_the_scope_is_removed_by_null() -> None:
    assert fragment(Mode.MERGE, scope=NULL).scopes == []
    assert fragment(Mode.MERGE).scopes is None


# --- parts of attributes

PARTS: list[tuple[Any, Any]] = [
    ({"value": 12}, {"value": 12}),
    (prop(12), prop(12)),
    ({"type": "Property", "unitCode": "C62"}, {"type": "Property", "unitCode": "C62"}),
    ({"unitCode": "C62"}, {"unitCode": "C62"}),
    ({"observedAt": "2026-01-05T08:00:00Z"}, {"observedAt": "2026-01-05T08:00:00Z"}),
    ({"objectType": "Owner"}, {"objectType": DEFAULT + "Owner"}),
    ({"accuracy": prop(1)}, {"accuracy": prop(1)}),
    ({"accuracy": NULL}, {"accuracy": prop(NULL)}),
    ({"object": "urn:a:b"}, {"object": "urn:a:b"}),
    ({"datasetId": ONE, "value": 3}, {"datasetId": ONE, "value": 3}),
    ({"value": POINT}, {"value": POINT}),
    (POINT, {"type": "GeoProperty", "value": POINT}),
    ({"value": 3, "@context": "x"}, {"value": 3}),
]


@pytest.mark.parametrize(("given", "stored"), PARTS, ids=json.dumps)
def test_parts_of_an_attribute(given: Any, stored: Any) -> None:
    assert read_attribute(given, CORE, mode=Mode.PARTIAL, name="alpha") == [stored]


@pytest.mark.parametrize(
    "given", [{}, {"@context": "x"}, [], {"datasetId": NULL}, {"type": "Unknown", "a": 1}, {"value": {"a": NULL}}]
)
def test_parts_that_are_none(given: Any) -> None:
    with pytest.raises(BadRequestData):
        read_attribute(given, CORE, mode=Mode.PARTIAL, name="alpha")


def test_parts_in_a_merge() -> None:
    assert stored_alpha({"unitCode": "C62"}, Mode.MERGE) == {"unitCode": "C62"}
    assert stored_alpha({"value": 3}, Mode.MERGE) == prop(3)
    assert stored_alpha({"city": "Lille"}, Mode.MERGE) == prop({"city": "Lille"})
    assert stored_alpha({"type": "Property", "accuracy": prop(1)}, Mode.MERGE) == {
        "type": "Property",
        "accuracy": prop(1),
    }


# --- temporal documents


def test_temporal_documents_repeat_instances_and_tell_deletions() -> None:
    instances = [
        prop(1, observedAt="2026-01-05T08:00:00Z"),
        prop(2, observedAt="2026-01-05T09:00:00Z"),
        prop(NULL, deletedAt="2026-01-05T10:00:00Z"),
    ]
    assert stored_alpha(instances, Mode.TEMPORAL) == instances
    assert stored_alpha(prop(3), Mode.TEMPORAL) == prop(3)


def test_the_scope_in_temporal_documents() -> None:
    given = [
        prop("/A", observedAt="2026-01-05T08:00:00Z"),
        prop(["/A", "B"], observedAt="2026-01-05T09:00:00Z"),
        prop([], deletedAt="2026-01-05T10:00:00Z"),
    ]
    found = fragment(Mode.TEMPORAL, scope=given)
    assert [one["value"] for one in found.attributes["scope"]] == [["/A"], ["/A", "/B"], []]
    assert fragment(Mode.TEMPORAL, scope="/A").scopes == ["/A"]
    with pytest.raises(BadRequestData):
        fragment(Mode.TEMPORAL, scope=["/A", prop("/B")])


# --- GeoJSON


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"id": URN, "type": "Feature", "geometry": geometry, "properties": {"type": "Thing", **properties}}


def test_features() -> None:
    found = read_entity(feature(POINT, alpha=3), CORE, mode=Mode.CREATE)
    assert (found.urn, found.types) == (URN, ["Thing"])
    assert found.attributes == {"alpha": [prop(3)], "location": [{"type": "GeoProperty", "value": POINT}]}
    assert read_entity(feature(None), CORE, mode=Mode.CREATE).attributes == {}
    # the geometry is that of an attribute already told
    assert list(read_entity(feature(POINT, place={"value": POINT}), CORE, mode=Mode.CREATE).attributes) == ["place"]
    with pytest.raises(BadRequestData):
        read_entity(feature({"type": "Point", "coordinates": [1]}), CORE, mode=Mode.CREATE)


def test_a_thing_of_type_feature_is_no_feature() -> None:
    found = read_entity({"id": URN, "type": "Feature", "alpha": 1}, CORE, mode=Mode.CREATE)
    assert found.types == ["Feature"]


# --- simplified


def test_several_instances_simplified() -> None:
    given = document(alpha={"dataset": {"@none": 1, ONE: 2, TWO: {"vocab": "good"}}})
    found = read_entity(given, CORE, mode=Mode.MERGE, simplified=True).attributes["alpha"]
    assert found == [
        prop(1),
        prop(2, datasetId=ONE),
        {"type": "VocabProperty", "vocab": DEFAULT + "good", "datasetId": TWO},
    ]
    with pytest.raises(BadRequestData):
        read_entity(document(alpha={"dataset": 3}), CORE, mode=Mode.MERGE, simplified=True)
    assert fragment(alpha={"dataset": {"a": 1}}).attributes["alpha"] == [prop({"dataset": {"a": 1}})]
