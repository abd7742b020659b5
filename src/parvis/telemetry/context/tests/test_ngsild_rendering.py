"""One entity in every representation (CIM 009 V1.8.1, 4.5.3, 4.5.4, 4.5.16, 4.5.17, 4.15)."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from parvis.telemetry.context.jsonld.context import CORE, Context
from parvis.telemetry.context.jsonld.definitions import terms_of
from parvis.telemetry.context.ngsild.languages import best_tag
from parvis.telemetry.context.ngsild.rendering import (
    Kind,
    Representation,
    feature,
    feature_collection,
    render,
    render_attribute,
    render_instance,
)
from parvis.telemetry.context.ngsild.versions import is_altered
from parvis.telemetry.context.tests.modelling import (
    BORN_TEXT,
    DEFAULT,
    NULL,
    NULL_MAP,
    ONE,
    POINT,
    TWO,
    URN,
    USER,
    no_loading,
    prop,
    thing,
)

CONCISE = Representation(kind=Kind.CONCISE)
SIMPLIFIED = Representation(kind=Kind.SIMPLIFIED)
WORDS = {"type": "LanguageProperty", "languageMap": {"fr": "Gare", "en": "Station"}}

FORMS: list[tuple[Any, Any, Any, Any]] = [
    # written; normalized; concise; simplified
    (12, prop(12), 12, 12),
    (prop(0), prop(0), 0, 0),
    (prop(12, unitCode="C62"), prop(12, unitCode="C62"), {"value": 12, "unitCode": "C62"}, 12),
    (
        prop(12, accuracy=prop(0.9, by={"object": "urn:a:b"})),
        prop(12, accuracy=prop(0.9, by={"type": "Relationship", "object": "urn:a:b"})),
        {"value": 12, "accuracy": {"value": 0.9, "by": {"object": "urn:a:b"}}},
        12,
    ),
    (prop(12, accuracy=0.9), prop(12, accuracy=prop(0.9)), {"value": 12, "accuracy": 0.9}, 12),
    (
        prop(12, accuracy=[prop(1), prop(2, datasetId=ONE)]),
        prop(12, accuracy=[prop(1), prop(2, datasetId=ONE)]),
        {"value": 12, "accuracy": [{"value": 1}, {"value": 2, "datasetId": ONE}]},
        12,
    ),
    ({"object": "urn:a:b"}, {"type": "Relationship", "object": "urn:a:b"}, {"object": "urn:a:b"}, "urn:a:b"),
    (
        {"object": "urn:a:b", "objectType": "Owner"},
        {"type": "Relationship", "object": "urn:a:b", "objectType": "Owner"},
        {"object": "urn:a:b", "objectType": "Owner"},
        "urn:a:b",
    ),
    (POINT, {"type": "GeoProperty", "value": POINT}, POINT, POINT),
    (
        {"type": "GeoProperty", "value": POINT, "observedAt": BORN_TEXT},
        {"type": "GeoProperty", "value": POINT, "observedAt": BORN_TEXT},
        {"value": POINT, "observedAt": BORN_TEXT},
        POINT,
    ),
    (WORDS, WORDS, {"languageMap": WORDS["languageMap"]}, {"languageMap": WORDS["languageMap"]}),
    ({"vocab": "good"}, {"type": "VocabProperty", "vocab": "good"}, {"vocab": "good"}, {"vocab": "good"}),
    (
        {"vocab": ["good", "bad"]},
        {"type": "VocabProperty", "vocab": ["good", "bad"]},
        {"vocab": ["good", "bad"]},
        {"vocab": ["good", "bad"]},
    ),
    (
        {"json": {"id": 1, "type": "Property", "null": None}},
        {"type": "JsonProperty", "json": {"id": 1, "type": "Property", "null": None}},
        {"json": {"id": 1, "type": "Property", "null": None}},
        {"json": {"id": 1, "type": "Property", "null": None}},
    ),
    ({"valueList": [1, 2]}, {"type": "ListProperty", "valueList": [1, 2]}, {"valueList": [1, 2]}, [1, 2]),
    (
        {"objectList": ["urn:a:b"]},
        {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]},
        {"objectList": ["urn:a:b"]},
        ["urn:a:b"],
    ),
    (
        [prop(1), prop(2, datasetId=ONE)],
        [prop(1), prop(2, datasetId=ONE)],
        [{"value": 1}, {"value": 2, "datasetId": ONE}],
        {"dataset": {"@none": 1, ONE: 2}},
    ),
    (prop(1, datasetId=ONE), prop(1, datasetId=ONE), {"value": 1, "datasetId": ONE}, 1),
    (prop("<a>'\"&;="), prop("<a>'\"&;="), "<a>'\"&;=", "<a>'\"&;="),
    # a value that would be read as something else does not stand alone
    (prop(POINT), prop(POINT), prop(POINT), POINT),
    (prop(POINT, unitCode="C62"), prop(POINT, unitCode="C62"), prop(POINT, unitCode="C62"), POINT),
    (prop({"value": 1}), prop({"value": 1}), {"value": {"value": 1}}, {"value": 1}),
    (prop({"type": "Property"}), prop({"type": "Property"}), {"value": {"type": "Property"}}, {"type": "Property"}),
    (prop([{"object": "x"}]), prop([{"object": "x"}]), {"value": [{"object": "x"}]}, [{"object": "x"}]),
    (prop({"type": "Address"}), prop({"type": "Address"}), {"type": "Address"}, {"type": "Address"}),
]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("forms", FORMS, ids=lambda one: json.dumps(one[0])[:60])
def test_forms(forms: tuple[Any, Any, Any, Any], which: int) -> None:
    how = Representation(kind=list(Kind)[which])
    stored = thing(context=USER, alpha=forms[0])
    assert render(stored, USER, how) == {"id": URN, "type": "Thing", "alpha": forms[which + 1]}


def test_an_entity_shows_its_types_and_scopes() -> None:
    stored = thing(type=["Thing", "Other"], scope=["/A", "/B"])
    assert render(stored, CORE) == {"id": URN, "type": ["Thing", "Other"], "scope": ["/A", "/B"]}
    assert render(thing(scope=["/A"]), CORE) == {"id": URN, "type": "Thing", "scope": "/A"}


def test_names_are_those_of_the_reader() -> None:
    stored = thing(
        context=USER, alpha=prop(1, alpha={"vocab": "good"}, by={"object": "urn:a:b", "objectType": "Owner"}), beta=2
    )
    ns = "https://example.org/ns#"
    assert render(stored, CORE) == {
        "id": URN,
        "type": ns + "Thing",
        ns + "alpha": prop(
            1,
            **{ns + "alpha": {"type": "VocabProperty", "vocab": ns + "good"}},
            by={"type": "Relationship", "object": "urn:a:b", "objectType": ns + "Owner"},
        ),
        "beta": prop(2),
    }
    other = Context(link="", value=None, terms=terms_of({"beta": "https://other.example/beta"}, no_loading))
    assert "ngsi-ld:default-context/beta" in render(thing(beta=1), other)


# --- system attributes


def test_system_attributes() -> None:
    times = {"createdAt": BORN_TEXT, "modifiedAt": BORN_TEXT}
    soon = "2027-01-01T00:00:00Z"
    stored = thing(alpha=prop(1, note=2, expiresAt=soon), expiresAt=soon)
    plain = render(stored, CORE)
    assert plain == {"id": URN, "type": "Thing", "alpha": prop(1, note=prop(2))}
    whole = {"id": URN, "type": "Thing", "expiresAt": soon} | times
    assert render(stored, CORE, Representation(sys_attrs=True)) == whole | {
        "alpha": prop(1, note=prop(2) | times, expiresAt=soon) | times
    }
    concise = render(stored, CORE, Representation(kind=Kind.CONCISE, sys_attrs=True))
    assert concise == whole | {"alpha": {"value": 1, "note": {"value": 2} | times, "expiresAt": soon} | times}
    assert render(stored, CORE, Representation(kind=Kind.SIMPLIFIED, sys_attrs=True)) == whole | {"alpha": 1}


def test_an_inventory_that_tells_no_times_shows_those_of_the_thing() -> None:
    stored = thing()
    stored.attributes["alpha"] = prop(1)
    assert render(stored, CORE, Representation(sys_attrs=True))["alpha"] == prop(
        1, createdAt=BORN_TEXT, modifiedAt=BORN_TEXT
    )
    assert "createdAt" not in stored.attributes["alpha"]


# --- datasets and projections

MANY = [prop(1), prop(2, datasetId=ONE), prop(3, datasetId=TWO)]


@pytest.mark.parametrize(
    ("wanted", "alpha", "simplified"),
    [
        (["@none"], prop(1), 1),
        ([ONE], prop(2, datasetId=ONE), 2),
        (["@none", TWO], [prop(1), prop(3, datasetId=TWO)], {"dataset": {"@none": 1, TWO: 3}}),
        (["urn:a:b"], None, None),
        ([], None, None),
    ],
)
def test_datasets(wanted: list[str], alpha: Any, simplified: Any) -> None:
    stored = thing(alpha=MANY, beta=5)
    found = render(stored, CORE, Representation(dataset_ids=frozenset(wanted)))
    assert found.get("alpha") == alpha
    assert ("beta" in found) == ("@none" in wanted)
    how = Representation(kind=Kind.SIMPLIFIED, dataset_ids=frozenset(wanted))
    assert render(stored, CORE, how).get("alpha") == simplified
    assert render_attribute(stored.attributes["alpha"], CORE, Representation(dataset_ids=frozenset(wanted))) == alpha


@dataclass(frozen=True)
class Only:
    names: tuple[str, ...]

    def keeps(self, member: str) -> bool:
        return member in self.names


def test_projections() -> None:
    stored = thing(alpha=1, beta=2, scope="/A")
    assert render(stored, CORE, Representation(projection=Only(("alpha",)))) == {"alpha": prop(1)}
    assert render(stored, CORE, Representation(projection=Only(("id", "scope")))) == {"id": URN, "scope": "/A"}


# --- languages

TAGS = ["en", "fr-CH", "nl", "@none"]


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("fr", "fr-CH"),
        ("fr-CH", "fr-CH"),
        ("nl-BE", "nl"),
        ("nl-BE-x, en;q=0.5", "nl"),
        ("en-GB", "en"),
        ("de, en;q=0.3", "en"),
        ("en;q=0.3, nl;q=0.9", "nl"),
        ("en;q=0, nl;q=0.1", "nl"),
        ("en;q=x", "en"),
        ("de", "@none"),
        ("*", "@none"),
        ("de, *;q=0.5", "@none"),
        ("", "@none"),
        (",,;", "@none"),
    ],
)
def test_the_language_that_suits(accepted: str, tag: str) -> None:
    assert best_tag(TAGS, accepted) == tag


def test_any_language_where_none_suits() -> None:
    assert best_tag(["en", "fr"], "de") == "en"
    assert best_tag([], "de") is None


def test_the_language_filter() -> None:
    stored = thing(alpha=WORDS | {"observedAt": BORN_TEXT, "note": WORDS}, beta={"languageMap": {"@none": ["a", "b"]}})
    french = {"type": "Property", "value": "Gare", "lang": "fr"}
    assert render(stored, CORE, Representation(lang="fr")) == {
        "id": URN,
        "type": "Thing",
        "alpha": french | {"observedAt": BORN_TEXT, "note": french},
        "beta": {"type": "Property", "value": ["a", "b"]},
    }
    simplified = render(stored, CORE, Representation(kind=Kind.SIMPLIFIED, lang="en"))
    assert (simplified["alpha"], simplified["beta"]) == ("Station", ["a", "b"])
    concise = render(thing(alpha=WORDS), CORE, Representation(kind=Kind.CONCISE, lang="en"))
    assert concise["alpha"] == {"value": "Station", "lang": "en"}


# --- GeoJSON


def test_features() -> None:
    stored = thing(alpha=1, location=POINT, scope="/A", operationSpace=[POINT | {"coordinates": [1, 2]}][0])
    place = {"type": "GeoProperty", "value": POINT}
    made = feature(stored, CORE)
    other = made["properties"].pop("operationSpace")
    assert made == {
        "id": URN,
        "type": "Feature",
        "geometry": POINT,
        "properties": {"type": "Thing", "scope": "/A", "alpha": prop(1), "location": place},
    }
    assert feature(stored, CORE, geometry_property="operationSpace")["geometry"] == other["value"]
    assert feature(stored, CORE, geometry_property="observationSpace")["geometry"] is None
    assert feature(stored, CORE, geometry_property="alpha")["geometry"] is None
    assert feature(stored, CORE, SIMPLIFIED)["properties"]["alpha"] == 1
    assert "id" not in feature(stored, CORE, Representation(projection=Only(("alpha",))))


def test_the_geometry_is_that_of_the_default_instance() -> None:
    named = {"type": "GeoProperty", "value": POINT, "datasetId": ONE}
    there = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}}
    assert feature(thing(location=[named, there]), CORE)["geometry"] == there["value"]
    assert feature(thing(location=named), CORE)["geometry"] is None
    assert feature(thing(location=named), CORE, Representation(dataset_ids=frozenset([ONE])))["geometry"] == POINT
    assert feature(thing(), CORE)["geometry"] is None


def test_collections() -> None:
    assert feature_collection([]) == {"type": "FeatureCollection", "features": []}
    assert feature_collection([feature(thing(), CORE)])["features"][0]["id"] == URN


# --- deletions


@pytest.mark.parametrize(
    "deleted",
    [
        prop(NULL),
        {"type": "Relationship", "object": NULL},
        {"type": "LanguageProperty", "languageMap": NULL_MAP},
        {"type": "VocabProperty", "vocab": NULL},
        {"type": "JsonProperty", "json": NULL},
        {"type": "ListProperty", "valueList": NULL},
        {"type": "ListRelationship", "objectList": NULL},
        {"type": "GeoProperty", "value": NULL},
    ],
    ids=lambda one: one["type"],
)
def test_deletions_are_rendered_as_such(deleted: dict[str, Any]) -> None:
    assert render_instance(deleted | {"deletedAt": BORN_TEXT}, CORE, Representation(sys_attrs=True, lang="fr")) == (
        deleted | {"deletedAt": BORN_TEXT}
    )
    assert render_instance(deleted, CORE, CONCISE) is not None
    assert render_instance(deleted, CORE, SIMPLIFIED) is not None


# --- earlier versions


@pytest.mark.parametrize(
    ("given", "version", "shown"),
    [
        ({"vocab": "good"}, (1, 5), prop("good")),
        ({"vocab": "good"}, (1, 7), {"type": "VocabProperty", "vocab": "good"}),
        (WORDS, (1, 3), prop(WORDS["languageMap"])),
        (WORDS, (1, 5), WORDS),
        ({"json": {"a": 1}}, (1, 7), prop({"a": 1})),
        ({"valueList": [1], "note": {"json": {}}}, (1, 7), prop([1], note=prop({}))),
        ({"objectList": ["urn:a:b"], "objectType": "Owner"}, (1, 7), prop(["urn:a:b"])),
        ({"objectList": ["urn:a:b"]}, (1, 8), {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]}),
        (12, (1, 3), prop(12)),
    ],
    ids=str,
)
def test_earlier_versions(given: Any, version: tuple[int, int], shown: Any) -> None:
    stored = thing(context=USER, alpha=given)
    assert render(stored, USER, Representation(version=version))["alpha"] == shown
    present = render(stored, USER)["alpha"]
    assert is_altered(stored.attributes, version) == (present["type"] != shown["type"])


def test_rendering_changes_nothing_that_is_stored() -> None:
    stored = thing(alpha=MANY, beta=WORDS, gamma={"objectList": ["urn:a:b"]}, location=POINT, delta={"vocab": "good"})
    image = repr(stored)
    for kind in Kind:
        for how in (Representation(kind=kind), Representation(kind=kind, sys_attrs=True, lang="fr", version=(1, 3))):
            render(stored, CORE, how)
            feature(stored, CORE, how)
    assert repr(stored) == image


def test_the_default_vocabulary_is_not_shown() -> None:
    assert DEFAULT not in json.dumps(render(thing(alpha=1), CORE))
