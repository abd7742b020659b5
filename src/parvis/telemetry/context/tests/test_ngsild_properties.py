"""What holds of any entity: written is read back the same, merging is RFC 7396, nothing unnamed is lost."""

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.telemetry.context.attributes import NULL
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.jsonld.context import CORE
from parvis.telemetry.context.ngsild.attribute_operations import DeleteAttribute, PartialUpdate, ReplaceAttribute
from parvis.telemetry.context.ngsild.merging import merged_value
from parvis.telemetry.context.ngsild.operations import (
    AppendAttributes,
    BatchUpdate,
    Create,
    Merge,
    Replace,
    UpdateAttributes,
    Upsert,
)
from parvis.telemetry.context.ngsild.reading import Mode, read_attribute, read_entity
from parvis.telemetry.context.ngsild.rendering import Kind, Representation, feature, render
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.tests.modelling import BORN, NOW, ONE, TWO, URN, USER, bare, kept

Json = Any
few = settings(max_examples=int(os.environ.get("PARVIS_TEST_EXAMPLES", "40")), deadline=None)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
scalars = st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | texts
keys = st.sampled_from(["a", "b", "type", "value", "object", "coordinates", "@value", "id"]) | texts
jsons: st.SearchStrategy[Json] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
uris = st.sampled_from(["urn:a:b", "https://é.example/ü", "urn:ngsi-ld:Thing:2"])
instants = st.datetimes().map(lambda one: one.isoformat() + "Z")
numbers = st.floats(-90, 90)
points = st.tuples(numbers, numbers).map(lambda one: {"type": "Point", "coordinates": list(one)})
lines = st.lists(st.tuples(numbers, numbers).map(list), min_size=2, max_size=4).map(
    lambda one: {"type": "LineString", "coordinates": one}
)
languages = st.dictionaries(st.sampled_from(["fr", "en-GB", "@none"]), texts | st.lists(texts, max_size=2), min_size=1)
terms = st.sampled_from(["good", "https://other.example/bad"])

values: dict[str, tuple[str, st.SearchStrategy[Json]]] = {
    "Property": ("value", jsons),
    "GeoProperty": ("value", points | lines),
    "Relationship": ("object", uris),
    "LanguageProperty": ("languageMap", languages),
    "VocabProperty": ("vocab", terms | st.lists(terms, min_size=1, max_size=2)),
    "JsonProperty": ("json", st.dictionaries(keys, jsons | st.none(), max_size=3)),
    "ListProperty": ("valueList", st.lists(jsons, max_size=3)),
    "ListRelationship": ("objectList", st.lists(uris.map(lambda one: {"object": one}), max_size=2)),
}
NAMES = ["alpha", "beta", "https://other.example/gamma"]


@st.composite
def instances(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(values)))
    member, value = values[kind]
    made = {"type": kind, member: draw(value)}
    if draw(st.booleans()):
        made["observedAt"] = draw(instants)
    if kind in ("Property", "ListProperty") and draw(st.booleans()):
        made["unitCode"] = draw(st.sampled_from(["C62", "MTR"]))
    if depth < 2 and draw(st.integers(0, 3)) == 0:
        made[draw(st.sampled_from(NAMES))] = draw(attributes(depth + 1))
    return made


@st.composite
def attributes(draw: st.DrawFn, depth: int = 0) -> Any:
    datasets = draw(st.lists(st.sampled_from(["", ONE, TWO]), min_size=1, max_size=3, unique=True))
    made = [draw(instances(depth)) | ({"datasetId": one} if one else {}) for one in sorted(datasets)]
    return made[0] if len(made) == 1 else made


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = draw(st.dictionaries(st.sampled_from(NAMES), attributes(), max_size=3))
    if draw(st.booleans()):
        made["scope"] = draw(st.sampled_from(["/A", ["/A", "/B/c"]]))
    kind = draw(st.sampled_from(["Thing", ["Thing", "https://other.example/Kind"]]))
    return {"id": URN, "type": kind} | made


def stored(document: dict[str, Any]) -> Stored:
    written = read_entity(document, USER, mode=Mode.CREATE)
    return kept(Create(urn=URN, fragment=written).apply(None, BORN))


@few
@given(documents())
def test_what_is_written_normalized_is_read_back(document: dict[str, Any]) -> None:
    assert render(stored(document), USER) == document


@few
@given(documents())
def test_what_is_shown_in_any_lossless_form_is_written_back(document: dict[str, Any]) -> None:
    before = stored(document)
    assert stored(render(before, USER, Representation(kind=Kind.CONCISE))) == before
    assert stored(render(before, CORE)) == before
    shown = json.loads(json.dumps(render(before, USER, Representation(sys_attrs=True))))
    assert stored(shown) == before
    assert stored(feature(before, USER)) == before


@few
@given(st.dictionaries(st.sampled_from(NAMES), scalars, max_size=3))
def test_plain_values_survive_being_simplified(told: dict[str, Any]) -> None:
    simplified = {"id": URN, "type": "Thing"} | told
    assert render(stored(simplified), USER, Representation(kind=Kind.SIMPLIFIED)) == simplified


# --- merging


def rfc_7396(target: Json, patch: Json) -> Json:
    """As the RFC writes it, with our null."""
    if not isinstance(patch, dict):
        return patch
    result = target if isinstance(target, dict) else {}
    result = dict(result)
    for name, value in patch.items():
        if value == NULL:
            result.pop(name, None)
        else:
            result[name] = rfc_7396(result.get(name), value)
    return result


patches: st.SearchStrategy[Json] = st.recursive(
    scalars | st.just(NULL),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
targets: st.SearchStrategy[Json] = st.recursive(
    scalars, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)


@few
@given(targets, patches.filter(lambda one: one != NULL))
def test_merging_is_rfc_7396(target: Json, patch: Json) -> None:
    image = json.dumps(target)
    merged = merged_value(target, patch)
    assert merged == rfc_7396(target, patch)
    assert NULL not in json.dumps(merged)
    assert json.dumps(target) == image


@few
@given(targets, patches.filter(lambda one: one != NULL))
def test_a_merge_of_an_entity_merges_its_values(target: Json, patch: Json) -> None:
    before = stored({"id": URN, "type": "Thing", "alpha": {"type": "Property", "value": target}})
    told = read_entity({"alpha": {"type": "Property", "value": patch}}, USER, mode=Mode.MERGE)
    after = kept(Merge(urn=URN, fragment=told).apply(before, NOW))
    assert render(after, USER)["alpha"]["value"] == rfc_7396(target, patch)


# --- operations

JOINING = [
    (Mode.APPEND, AppendAttributes),
    (Mode.UPDATE, UpdateAttributes),
    (Mode.UPDATE, BatchUpdate),
    (Mode.MERGE, Merge),
    (Mode.REPLACE, lambda urn, fragment: Upsert(urn=urn, fragment=fragment, update=True)),
    (Mode.APPEND, lambda urn, fragment: AppendAttributes(urn=urn, fragment=fragment, overwrite=False)),
]


@few
@given(documents(), documents(), st.sampled_from(JOINING))
def test_what_an_operation_does_not_name_stays_the_very_same(first: Any, second: Any, joining: Any) -> None:
    mode, kind = joining
    before = stored(first)
    image = repr(before)
    told = read_entity(second, USER, mode=mode)
    effect = kind(urn=URN, fragment=told).apply(before, NOW)
    after = kept(effect)
    assert repr(before) == image
    for name, attribute in before.attributes.items():
        if name not in told.attributes:
            assert after.attributes[name] is attribute
        else:
            said = {one.get("datasetId", "") for one in told.attributes[name]}
            for one in attribute if isinstance(attribute, list) else [attribute]:
                if one.get("datasetId", "") not in said:
                    assert any(other is one for other in _listed(after.attributes[name]))
    assert set(before.types) <= set(after.types)
    check_changes(before, after, effect)


@few
@given(documents(), documents())
def test_a_replacement_holds_what_is_told_and_no_more(first: Any, second: Any) -> None:
    before = stored(first)
    effect = Replace(urn=URN, fragment=read_entity(second, USER, mode=Mode.REPLACE)).apply(before, NOW)
    assert in_order(render(kept(effect), USER)) == in_order(second)
    check_changes(before, kept(effect), effect)


@few
@given(documents(), st.sampled_from(NAMES), st.sampled_from(["", ONE, TWO]), instances())
def test_operations_on_one_attribute_leave_the_others(first: Any, name: str, dataset: str, given_one: Any) -> None:
    before = stored(first)
    named = USER.name(name)
    body = given_one | ({"datasetId": dataset} if dataset else {})
    for operation in (
        DeleteAttribute(urn=URN, name=named, dataset_id=dataset),
        PartialUpdate(urn=URN, name=named, instances=read_attribute(body, USER, mode=Mode.PARTIAL, name=named)),
        ReplaceAttribute(urn=URN, name=named, instances=read_attribute(body, USER, mode=Mode.REPLACE, name=named)),
    ):
        try:
            effect = operation.apply(before, NOW)
        except LdError:
            continue
        check_changes(before, kept(effect), effect)
        assert {(one.attribute, one.dataset_id) for one in effect.instances} == {(named, dataset)}


def check_changes(before: Stored, after: Stored, effect: Any) -> None:
    """The changes told are those that lead from one to the other, each once."""
    held = {
        (name, one.get("datasetId", "")): one for name, given in before.attributes.items() for one in _listed(given)
    }
    said = [(one.attribute, one.dataset_id) for one in effect.instances]
    assert len(said) == len(set(said))
    for change in effect.instances:
        if change.attribute == "scope":
            continue
        key = (change.attribute, change.dataset_id)
        assert held.get(key) is change.before
        if change.after is None:
            del held[key]
        else:
            held[key] = change.after
    now = {(name, one.get("datasetId", "")): one for name, given in after.attributes.items() for one in _listed(given)}
    assert held == now
    assert (("scope", "") in said) == (before.scopes != after.scopes)
    assert bare(held) == bare(now)


def in_order(document: Any) -> Any:
    """With instances in the order of their datasets: it means nothing."""
    return {
        name: sorted(one, key=lambda each: each.get("datasetId", ""))
        if name in NAMES and isinstance(one, list)
        else one
        for name, one in document.items()
    }


def _listed(attribute: Any) -> list[Any]:
    return attribute if isinstance(attribute, list) else [attribute]


# --- nothing a client sends is a crash

MEMBERS = [
    "id",
    "type",
    "@type",
    "alpha",
    "value",
    "object",
    "languageMap",
    "vocab",
    "json",
    "valueList",
    "objectList",
    "datasetId",
    "unitCode",
    "observedAt",
    "scope",
    "expiresAt",
    "objectType",
    "valueType",
    "coordinates",
    "properties",
    "geometry",
    "dataset",
    "ngsildproof",
    "location",
    "@context",
    "@value",
    "lang",
    "deletedAt",
]

anything: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | scalars
    | st.floats()
    | st.sampled_from([NULL, "@none", "urn:a:b", "Property", "GeoProperty"])
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(MEMBERS) | texts,
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@few
@given(
    st.dictionaries(st.sampled_from(["id", "type", "alpha", "location", "scope", "properties", "geometry"]), anything),
    st.sampled_from(list(Mode)),
    st.booleans(),
)
def test_whatever_is_sent_is_read_or_refused(document: Any, mode: Mode, simplified: bool) -> None:
    try:
        told = read_entity(document, USER, mode=mode, simplified=simplified)
    except LdError as error:
        assert error.status == 400
        return
    before = stored({"id": URN, "type": "Thing", "alpha": {"type": "Property", "value": {"a": 1}, "beta": 2}})
    for kind in (AppendAttributes, UpdateAttributes, Merge, Replace, Upsert):
        try:
            effect = kind(urn=URN, fragment=told).apply(before, NOW)
        except LdError as error:
            assert error.status in (400, 404)
            continue
        json.dumps([render(kept(effect), USER, Representation(kind=one)) for one in Kind], allow_nan=False).encode()
