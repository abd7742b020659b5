"""What a client may write of each kind of attribute (CIM 009 V1.8.1, 4.5, 4.6.5, 5.5.4)."""

import json
from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.instances import LANG_STRING
from parvis.telemetry.context.tests.modelling import (
    DEFAULT,
    NULL,
    NULL_MAP,
    ONE,
    POINT,
    TWO,
    URN,
    USER,
    fragment,
    prop,
    refusal,
    stored_alpha,
)

RIGHT: list[tuple[Any, Any]] = [
    # what is written; what is stored
    (prop(12), prop(12)),
    (prop(0), prop(0)),
    (prop(False), prop(False)),
    (prop(""), prop("")),
    (prop([]), prop([])),
    (prop({}), prop({})),
    (prop([1, "a", None]), prop([1, "a", None])),
    (prop({"a": None}), prop({"a": None})),
    (prop(12, unitCode="C62"), prop(12, unitCode="C62")),
    (prop(12, observedAt="2026-01-05T08:00:00.250Z"), prop(12, observedAt="2026-01-05T08:00:00.250Z")),
    (prop(12, datasetId=ONE), prop(12, datasetId=ONE)),
    (prop(12, datasetId="@none"), prop(12)),
    (prop(12, valueType="xsd:double"), prop(12, valueType="xsd:double")),
    (prop(12, createdAt="nonsense", modifiedAt=3, instanceId="x", lang="fr", deletedAt=1), prop(12)),
    (prop(12, expiresAt="2027-01-01T00:00:00.000Z"), prop(12, expiresAt="2027-01-01T00:00:00Z")),
    ({"@type": "Property", "value": 12}, prop(12)),
    ({"type": "https://uri.etsi.org/ngsi-ld/Property", "value": 12}, prop(12)),
    ({"type": ["Property"], "value": 12}, prop(12)),
    (
        prop({"@type": "DateTime", "@value": "2026-01-05T08:00:00Z"}),
        prop({"@type": "DateTime", "@value": "2026-01-05T08:00:00Z"}),
    ),
    # sub-attributes, deep and of several instances
    (prop(12, accuracy=prop(0.9)), prop(12, accuracy=prop(0.9))),
    (prop(12, accuracy=0.9), prop(12, accuracy=prop(0.9))),
    (
        prop(12, by={"type": "Relationship", "object": "urn:a:b", "since": prop(1, how={"vocab": "good"})}),
        prop(
            12,
            by={
                "type": "Relationship",
                "object": "urn:a:b",
                "since": prop(1, how={"type": "VocabProperty", "vocab": DEFAULT + "good"}),
            },
        ),
    ),
    (prop(12, accuracy=[prop(1, datasetId=ONE), prop(2)]), prop(12, accuracy=[prop(2), prop(1, datasetId=ONE)])),
    (prop(12, description="what", name="who"), prop(12, description=prop("what"), **{DEFAULT + "name": prop("who")})),
    # several instances
    ([prop(1, datasetId=ONE), prop(2)], [prop(2), prop(1, datasetId=ONE)]),
    ([prop(1, datasetId=ONE), prop(2, datasetId=TWO)], [prop(1, datasetId=ONE), prop(2, datasetId=TWO)]),
    (
        [{"value": 1}, {"object": "urn:a:b", "datasetId": ONE}],
        [prop(1), {"type": "Relationship", "object": "urn:a:b", "datasetId": ONE}],
    ),
    ([prop(1)], prop(1)),
    # concise
    (12, prop(12)),
    ("urn:ngsi-ld:Other:1", prop("urn:ngsi-ld:Other:1")),
    ([1, 2], prop([1, 2])),
    ([], prop([])),
    ([{"a": 1}, {"b": 2}], prop([{"a": 1}, {"b": 2}])),
    ([POINT], prop([POINT])),
    ({"a": 1}, prop({"a": 1})),
    ({}, prop({})),
    ({"type": "PostalAddress", "street": "Rue"}, prop({"type": "PostalAddress", "street": "Rue"})),
    ({"unitCode": "C62"}, prop({"unitCode": "C62"})),
    (
        {"@type": "DateTime", "@value": "2026-01-05T08:00:00Z"},
        prop({"@type": "DateTime", "@value": "2026-01-05T08:00:00Z"}),
    ),
    ({"value": 12, "unitCode": "C62"}, prop(12, unitCode="C62")),
    (POINT, {"type": "GeoProperty", "value": POINT}),
    ({"value": POINT}, {"type": "GeoProperty", "value": POINT}),
    ({"object": "urn:a:b"}, {"type": "Relationship", "object": "urn:a:b"}),
    ({"languageMap": {"fr": "Gare"}}, {"type": "LanguageProperty", "languageMap": {"fr": "Gare"}}),
    ({"json": {"a": 1}}, {"type": "JsonProperty", "json": {"a": 1}}),
    ({"valueList": [1]}, {"type": "ListProperty", "valueList": [1]}),
    ({"objectList": ["urn:a:b"]}, {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]}),
    # a Property keeps a geometry when it says that it is one
    (prop(POINT), prop(POINT)),
    # GeoProperty
    ({"type": "GeoProperty", "value": json.dumps(POINT)}, {"type": "GeoProperty", "value": POINT}),
    (
        {"type": "GeoProperty", "value": POINT | {"bbox": [1, 2, 3, 4]}},
        {"type": "GeoProperty", "value": POINT | {"bbox": [1, 2, 3, 4]}},
    ),
    # Relationship
    (
        {"type": "Relationship", "object": "urn:a:b", "observedAt": "2026-01-05T08:00:00Z"},
        {"type": "Relationship", "object": "urn:a:b", "observedAt": "2026-01-05T08:00:00Z"},
    ),
    (
        {"type": "Relationship", "object": "urn:a:b", "objectType": "Owner"},
        {"type": "Relationship", "object": "urn:a:b", "objectType": DEFAULT + "Owner"},
    ),
    (
        {"type": "Relationship", "object": "urn:a:b", "objectType": ["Owner", "Person"]},
        {"type": "Relationship", "object": "urn:a:b", "objectType": [DEFAULT + "Owner", DEFAULT + "Person"]},
    ),
    # LanguageProperty
    (
        {"type": "LanguageProperty", "languageMap": {"fr-CH": ["a", "b"], "@none": "c"}},
        {"type": "LanguageProperty", "languageMap": {"fr-CH": ["a", "b"], "@none": "c"}},
    ),
    (
        {"type": "LanguageProperty", "languageMap": {"fr": ""}, "valueType": "langString"},
        {"type": "LanguageProperty", "languageMap": {"fr": ""}, "valueType": LANG_STRING},
    ),
    # VocabProperty
    ({"type": "VocabProperty", "vocab": "good"}, {"type": "VocabProperty", "vocab": DEFAULT + "good"}),
    (
        {"type": "VocabProperty", "vocab": ["good", "https://a.example/bad"]},
        {"type": "VocabProperty", "vocab": [DEFAULT + "good", "https://a.example/bad"]},
    ),
    # JsonProperty: whatever it holds is its own
    (
        {
            "type": "JsonProperty",
            "json": {"id": 1, "type": "Property", "null": None, "@context": 3, "value": {"@id": "x"}},
        },
        {
            "type": "JsonProperty",
            "json": {"id": 1, "type": "Property", "null": None, "@context": 3, "value": {"@id": "x"}},
        },
    ),
    ({"type": "JsonProperty", "json": [{"a": 1}, {}]}, {"type": "JsonProperty", "json": [{"a": 1}, {}]}),
    # lists
    (
        {"type": "ListProperty", "valueList": [1, [2], {"a": 3}], "unitCode": "MTR"},
        {"type": "ListProperty", "valueList": [1, [2], {"a": 3}], "unitCode": "MTR"},
    ),
    ({"type": "ListProperty", "valueList": []}, {"type": "ListProperty", "valueList": []}),
    (
        {"type": "ListRelationship", "objectList": ["urn:a:b", {"object": "urn:a:c"}]},
        {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}, {"object": "urn:a:c"}]},
    ),
]


@pytest.mark.parametrize(("given", "stored"), RIGHT, ids=lambda one: json.dumps(one)[:70])
def test_what_may_be_written(given: Any, stored: Any) -> None:
    assert stored_alpha(given) == stored


def relationship(**more: Any) -> dict[str, Any]:
    return {"type": "Relationship", "object": "urn:a:b", **more}


WRONG: list[Any] = [
    # no value, or null
    None,
    NULL,
    prop(None),
    prop(NULL),
    {"type": "Property"},
    {"type": "GeoProperty"},
    {"type": "Relationship"},
    {"type": "LanguageProperty"},
    {"type": "VocabProperty"},
    {"type": "JsonProperty"},
    {"type": "ListProperty"},
    {"type": "ListRelationship"},
    relationship(object=None),
    relationship(object=NULL),
    {"type": "GeoProperty", "value": NULL},
    {"type": "LanguageProperty", "languageMap": NULL_MAP},
    {"type": "LanguageProperty", "languageMap": NULL},
    {"type": "VocabProperty", "vocab": NULL},
    {"type": "JsonProperty", "json": NULL},
    {"type": "ListProperty", "valueList": NULL},
    {"type": "ListProperty", "valueList": [NULL]},
    {"type": "ListRelationship", "objectList": NULL},
    {"type": "ListRelationship", "objectList": [{"object": NULL}]},
    # null deeper
    prop({"a": NULL}),
    prop({"a": {"b": [NULL]}}),
    prop([NULL]),
    {"type": "JsonProperty", "json": {"a": NULL}},
    {"type": "LanguageProperty", "languageMap": {"fr": NULL}},
    prop(1, accuracy=prop(NULL)),
    prop(1, accuracy=NULL),
    prop(1, accuracy=None),
    prop(1, unitCode=NULL),
    prop(1, observedAt=NULL),
    prop(1, datasetId=NULL),
    prop(1, datasetId=None),
    prop(1, expiresAt=NULL),
    # the value member of another kind, or two
    {"type": "Property", "object": "urn:a:b"},
    prop(1, object="urn:a:b"),
    prop(1, languageMap={"en": "a"}),
    prop(1, json={}),
    prop(1, vocab="a"),
    prop(1, valueList=[1]),
    prop(1, objectList=["urn:a:b"]),
    relationship(value=1),
    {"type": "ListProperty", "valueList": [1], "value": 3},
    {"type": "JsonProperty", "json": {"a": 1}, "value": 1},
    {"value": 1, "object": "urn:a:b"},
    # what only a broker says
    *(prop(1, **{member: 1}) for member in ("previousValue", "previousObject", "previousLanguageMap", "previousVocab")),
    prop(1, entity={}),
    prop(1, entityList=[]),
    prop(1, entityIdSealed=True),
    prop(1, entityTypeSealed="Thing"),
    {"value": 1, "@context": {}},
    # unitCode and types where they do not belong
    relationship(unitCode="C62"),
    {"type": "JsonProperty", "json": {}, "unitCode": "C62"},
    {"type": "GeoProperty", "value": POINT, "unitCode": "C62"},
    {"type": "LanguageProperty", "languageMap": {"fr": "a"}, "unitCode": "C62"},
    {"type": "VocabProperty", "vocab": "a", "unitCode": "C62"},
    {"type": "ListRelationship", "objectList": [], "unitCode": "C62"},
    prop(1, unitCode=3),
    prop(1, unitCode=""),
    prop(1, objectType="Owner"),
    relationship(valueType="Owner"),
    relationship(objectType=3),
    relationship(objectType=[]),
    {"type": "LanguageProperty", "languageMap": {"fr": "a"}, "valueType": "xsd:string"},
    # values that do not fit
    relationship(object="not a uri"),
    relationship(object=["urn:a:b"]),
    relationship(object={"a": 1}),
    {"type": "LanguageProperty", "languageMap": {}},
    {"type": "LanguageProperty", "languageMap": "a"},
    {"type": "LanguageProperty", "languageMap": {"": "a"}},
    {"type": "LanguageProperty", "languageMap": {"fr_FR": "a"}},
    {"type": "LanguageProperty", "languageMap": {"fr": 5}},
    {"type": "LanguageProperty", "languageMap": {"fr": None}},
    {"type": "LanguageProperty", "languageMap": {"fr": ["a", 5]}},
    {"type": "VocabProperty", "vocab": 3},
    {"type": "VocabProperty", "vocab": []},
    {"type": "VocabProperty", "vocab": ["a", 3]},
    {"type": "VocabProperty", "vocab": ""},
    {"type": "JsonProperty", "json": 5},
    {"type": "JsonProperty", "json": "a"},
    {"type": "JsonProperty", "json": [1]},
    {"type": "ListProperty", "valueList": 1},
    {"type": "ListRelationship", "objectList": "urn:a:b"},
    {"type": "ListRelationship", "objectList": ["not a uri"]},
    {"type": "ListRelationship", "objectList": [{"object": "urn:a:b", "x": 1}]},
    {"type": "GeoProperty", "value": "not a geometry"},
    {"type": "GeoProperty", "value": 7},
    {"type": "Unknown", "value": 7},
    # instances of one attribute that cannot be told apart
    [prop(1), prop(2)],
    [prop(1), prop(2, datasetId="@none")],
    [prop(1, datasetId=ONE), prop(2, datasetId=ONE)],
    [prop(1), {"type": "Property"}],
    [prop(1), 5],
    [{"value": 1}, prop(2)],
    prop(1, accuracy=[prop(1), prop(2)]),
    prop(1, datasetId="no uri"),
    # times
    prop(1, observedAt="2026-01-05"),
    prop(1, observedAt=1),
    prop(1, expiresAt="tomorrow"),
    # names
    prop(1, id="urn:a:b"),
    prop(1, scope="/a"),
    {"value": 1, "bad name": 2},
    # what cannot be stored
    prop("a\0b"),
    prop({"a\0": 1}),
    prop("\ud800"),
    prop({"\udfff": 1}),
    prop(1, unitCode="\0"),
    {"type": "LanguageProperty", "languageMap": {"fr": "\0"}},
    {"type": "VocabProperty", "vocab": "a\0"},
    prop(float("nan")),
    prop(float("inf")),
    prop([1, {"a": float("-inf")}]),
    prop(10**400),
]


@pytest.mark.parametrize("given", WRONG, ids=lambda one: ascii(one)[:70])
def test_what_may_not_be_written(given: Any) -> None:
    assert refusal(given)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def deep(depth: int) -> Any:
    attribute: Any = prop(1)
    for _ in range(depth):
        attribute = prop(1, sub=attribute)
    return attribute


@pytest.mark.parametrize("made", [nested, deep])
def test_depth_is_bounded_and_refused_without_exhausting_the_stack(made: Any) -> None:
    assert refusal(made(40)) == ""
    assert "nested" in refusal(made(70))
    assert "nested" in refusal(made(900))


def test_json_of_a_geometry_may_not_be_endless() -> None:
    assert refusal({"type": "GeoProperty", "value": "[" * 100_000})


@pytest.mark.parametrize("name", ["location", "observationSpace", "operationSpace"])
def test_places_of_the_core_are_geo_properties(name: str) -> None:
    for given in (prop(7), 7, "Lille", relationship(), prop(POINT)):
        with pytest.raises(BadRequestData):
            fragment(**{name: given})
    for given in (POINT, {"value": POINT}, json.dumps(POINT), {"type": "GeoProperty", "value": POINT}):
        assert fragment(**{name: given}).attributes[name] == [{"type": "GeoProperty", "value": POINT}]
    assert fragment(alpha=prop(1, **{name: 7})).attributes["alpha"][0][name] == prop(7)


def test_the_proof_holds_the_sealed_id_and_type_as_bare_texts() -> None:
    proof = {"type": "DataIntegrityProof", "proofValue": "z"}
    written = prop(proof, entityIdSealed=URN, entityTypeSealed="Thing")
    (found,) = fragment(context=USER, ngsildproof=written).attributes["ngsildproof"]
    assert found == written | {"entityTypeSealed": "https://example.org/ns#Thing"}
    wrong: list[Any] = [
        "x",
        prop("x"),
        prop(proof, entityTypeSealed=42),
        prop(proof, entityIdSealed="x"),
        relationship(),
    ]
    for given in wrong:
        with pytest.raises(BadRequestData):
            fragment(ngsildproof=given)
