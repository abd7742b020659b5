"""The provision operations: what they make of an entity, and exactly which instances they touch (CIM 009 V1.8.1, 5.6)."""

from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import AlreadyExists, BadRequestData, LdError, ResourceNotFound
from parvis.telemetry.context.ngsild.attribute_operations import (
    DeleteAttribute,
    PartialUpdate,
    ReplaceAttribute,
)
from parvis.telemetry.context.ngsild.operations import (
    AppendAttributes,
    BatchUpdate,
    Create,
    Delete,
    Merge,
    Replace,
    UpdateAttributes,
    Upsert,
)
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.store.values import Operation
from parvis.telemetry.context.tests.modelling import (
    BORN,
    BORN_TEXT,
    CORE,
    DEFAULT,
    NOW,
    NOW_TEXT,
    NULL,
    ONE,
    URN,
    bare,
    fragment,
    kept,
    prop,
    thing,
    touched,
)


def told(mode: Mode = Mode.APPEND, **members: Any) -> Any:
    """A fragment that tells neither id nor type, but what is given."""
    return read_entity(members, CORE, mode=mode)


ALPHA = [prop(1)]

ALL: list[Operation] = [
    Replace(urn=URN, fragment=told(alpha=1)),
    Merge(urn=URN, fragment=told(alpha=1)),
    AppendAttributes(urn=URN, fragment=told(alpha=1)),
    AppendAttributes(urn=URN, fragment=told(alpha=1), overwrite=False),
    UpdateAttributes(urn=URN, fragment=told(alpha=1)),
    BatchUpdate(urn=URN, fragment=told(alpha=1)),
    Delete(urn=URN),
    PartialUpdate(urn=URN, name="alpha", instances=ALPHA),
    ReplaceAttribute(urn=URN, name="alpha", instances=ALPHA),
    DeleteAttribute(urn=URN, name="alpha"),
]


@pytest.mark.parametrize("operation", ALL, ids=lambda one: type(one).__name__)
def test_what_is_not_there_cannot_be_written(operation: Operation) -> None:
    with pytest.raises(ResourceNotFound):
        operation.apply(None, NOW)


@pytest.mark.parametrize("operation", ALL, ids=lambda one: type(one).__name__)
def test_what_the_request_does_not_mean_is_not_there(operation: Any) -> None:
    before = thing(alpha=1)
    members = {name: getattr(operation, name) for name in operation.__dataclass_fields__}
    guarded = type(operation)(**members | {"only": lambda stored: stored.types == ["Other"]})
    with pytest.raises(ResourceNotFound):
        guarded.apply(before, NOW)
    meant = type(operation)(**members | {"only": lambda stored: stored.types == ["Thing"]})
    assert meant.apply(before, NOW) == operation.apply(before, NOW)


@pytest.mark.parametrize("operation", ALL, ids=lambda one: type(one).__name__)
def test_operations_are_pure(operation: Operation) -> None:
    before = thing(alpha=[prop({"a": [1]}), prop(2, datasetId=ONE, note="b")], beta=3, scope="/A")
    image = repr(before)
    first = operation.apply(before, NOW)
    assert repr(before) == image
    assert operation.apply(before, NOW) == first
    if first.after is not None and "beta" in first.after.attributes:
        assert first.after.attributes["beta"] is before.attributes["beta"]


# --- creation


def test_creation() -> None:
    written = fragment(
        alpha=prop(1, note=2), beta=[prop(1, datasetId=ONE), prop(2)], scope=["/A"], expiresAt="2027-01-01T00:00:00Z"
    )
    effect = Create(urn=URN, fragment=written, source="here").apply(None, NOW)
    after = kept(effect)
    times = {"createdAt": NOW_TEXT, "modifiedAt": NOW_TEXT}
    assert after.attributes == {
        "alpha": prop(1, note=prop(2) | times) | times,
        "beta": [prop(2) | times, prop(1, datasetId=ONE) | times],
    }
    assert (after.urn, after.types, after.scopes, after.source) == (URN, ["Thing"], ["/A"], "here")
    assert (after.created_at, after.modified_at) == (NOW, NOW)
    assert after.expires_at is not None
    assert touched(effect) == [
        ("alpha", "", False, True),
        ("beta", "", False, True),
        ("beta", ONE, False, True),
        ("scope", "", False, True),
    ]
    assert effect.instances[-1].after == prop(["/A"]) | times


def test_creation_of_what_exists() -> None:
    with pytest.raises(AlreadyExists):
        Create(urn=URN, fragment=fragment()).apply(thing(), NOW)


# --- upsert


def test_upsert_of_what_is_new() -> None:
    assert kept(Upsert(urn=URN, fragment=fragment(alpha=1)).apply(None, NOW)).created_at == NOW
    with pytest.raises(BadRequestData):
        Upsert(urn=URN, fragment=told(id=URN, alpha=1)).apply(None, NOW)


def test_upsert_replaces() -> None:
    before = thing(alpha=prop(1, unitCode="C62"), beta=2, scope="/A", type=["Thing", "Other"])
    effect = Upsert(urn=URN, fragment=fragment(alpha=3)).apply(before, NOW)
    after = kept(effect)
    assert bare(after.attributes) == {"alpha": prop(3)}
    assert (after.types, after.scopes, after.created_at) == (["Thing"], [], BORN)
    assert touched(effect) == [("beta", "", True, False), ("alpha", "", True, True), ("scope", "", True, False)]


def test_upsert_completes() -> None:
    before = thing(alpha=prop(1, unitCode="C62"), beta=2, scope="/A")
    effect = Upsert(urn=URN, fragment=fragment(alpha=3, gamma=4, type="Other"), update=True).apply(before, NOW)
    after = kept(effect)
    assert bare(after.attributes) == {"alpha": prop(3), "beta": prop(2), "gamma": prop(4)}
    assert (after.types, after.scopes) == (["Thing", "Other"], ["/A"])
    assert touched(effect) == [("alpha", "", True, True), ("gamma", "", False, True)]


def test_upsert_leaves_alone_what_the_token_does_not_reach() -> None:
    with pytest.raises(ResourceNotFound):
        Upsert(urn=URN, fragment=fragment(alpha=3), only=lambda stored: False).apply(thing(), NOW)


# --- replace


def test_replace_keeps_the_creation_and_drops_the_rest() -> None:
    before = thing(alpha=[prop(1), prop(2, datasetId=ONE)], beta=2, scope="/A", expiresAt="2027-01-01T00:00:00Z")
    effect = Replace(urn=URN, fragment=told(Mode.REPLACE, alpha=prop(5, datasetId=ONE), gamma=6)).apply(before, NOW)
    after = kept(effect)
    assert bare(after.attributes) == {"alpha": prop(5, datasetId=ONE), "gamma": prop(6)}
    assert after.attributes["alpha"]["createdAt"] == BORN_TEXT
    assert (after.types, after.scopes, after.expires_at) == (["Thing"], [], None)
    assert (after.created_at, after.modified_at) == (BORN, NOW)
    assert touched(effect) == [
        ("beta", "", True, False),
        ("alpha", "", True, False),
        ("alpha", ONE, True, True),
        ("gamma", "", False, True),
        ("scope", "", True, False),
    ]
    assert effect.instances[-1].before == prop(["/A"])


def test_replace_of_everything_by_nothing() -> None:
    effect = Replace(urn=URN, fragment=told(Mode.REPLACE, type="Other")).apply(thing(alpha=1), NOW)
    assert (kept(effect).attributes, kept(effect).types) == ({}, ["Other"])


# --- types, scopes, expiry

JOINING: list[Any] = [
    lambda **members: AppendAttributes(urn=URN, fragment=told(Mode.APPEND, **members)),
    lambda **members: AppendAttributes(urn=URN, fragment=told(Mode.APPEND, **members), overwrite=False),
    lambda **members: UpdateAttributes(urn=URN, fragment=told(Mode.UPDATE, **members)),
    lambda **members: BatchUpdate(urn=URN, fragment=told(Mode.UPDATE, **members)),
    lambda **members: Merge(urn=URN, fragment=told(Mode.MERGE, **members)),
]
APPEND, APPEND_NEW, UPDATE, BATCH, MERGE = JOINING


@pytest.mark.parametrize("joined", JOINING)
def test_types_are_united_and_never_removed(joined: Any) -> None:
    before = thing(type=["Thing", "Car"])
    after = kept(joined(type=["Bus", "Car"]).apply(before, NOW))
    assert (after.types, after.modified_at) == (["Thing", "Car", "Bus"], NOW)
    assert joined(type="Car").apply(before, NOW).after is before


SCOPES: list[tuple[Any, list[str], list[str], bool]] = [
    # the operation with scope /B; the scopes after, of an entity of scope /A; of one without; whether that was told as not done
    (APPEND, ["/B"], ["/B"], True),
    (APPEND_NEW, ["/A", "/B"], ["/B"], True),
    (UPDATE, ["/B"], [], False),
    (BATCH, ["/B"], ["/B"], True),
    (MERGE, ["/B"], ["/B"], True),
]


@pytest.mark.parametrize(("joined", "some", "none", "done"), SCOPES)
def test_scopes(joined: Any, some: list[str], none: list[str], done: bool) -> None:
    effect = joined(scope="B").apply(thing(scope="/A"), NOW)
    assert kept(effect).scopes == some
    assert effect.answer.complete
    assert touched(effect) == [("scope", "", True, True)]
    effect = joined(scope="B").apply(thing(), NOW)
    assert kept(effect).scopes == none
    assert effect.answer.complete == done
    assert effect.answer.document["notUpdated"] == (
        []
        if done
        else [{"attributeName": "https://uri.etsi.org/ngsi-ld/scope", "reason": "The entity has no such attribute."}]
    )


@pytest.mark.parametrize("joined", [UPDATE, MERGE])
def test_the_scope_is_removed_by_null(joined: Any) -> None:
    effect = joined(scope=NULL).apply(thing(scope="/A"), NOW)
    assert kept(effect).scopes == []
    assert touched(effect) == [("scope", "", True, False)]


def test_the_same_scope_again_changes_nothing() -> None:
    before = thing(scope="/A")
    assert APPEND(scope="/A").apply(before, NOW).after is before


@pytest.mark.parametrize("joined", JOINING)
def test_the_expiry_of_an_entity(joined: Any) -> None:
    before = thing(alpha=1, expiresAt="2027-01-01T00:00:00Z")
    assert kept(joined(beta=1).apply(before, NOW)).expires_at == before.expires_at
    later = kept(joined(expiresAt="2028-01-01T00:00:00Z").apply(before, NOW))
    assert later.expires_at is not None and later.expires_at.year == 2028
    assert later.modified_at == NOW


@pytest.mark.parametrize("joined", [UPDATE, MERGE])
def test_the_expiry_of_an_entity_is_removed_by_null(joined: Any) -> None:
    assert kept(joined(expiresAt=NULL).apply(thing(expiresAt="2027-01-01T00:00:00Z"), NOW)).expires_at is None


# --- answers


def test_update_results_name_attributes_in_full() -> None:
    before = thing(alpha=1, scope="/A")
    effect = APPEND_NEW(alpha=2, beta=3, scope="/B").apply(before, NOW)
    assert effect.answer.document == {
        "updated": [DEFAULT + "beta", "https://uri.etsi.org/ngsi-ld/scope"],
        "notUpdated": [
            {"attributeName": DEFAULT + "alpha", "reason": "The attribute exists, and may not be overwritten."}
        ],
    }
    assert bare(kept(effect).attributes) == {"alpha": prop(1), "beta": prop(3)}


def test_a_new_instance_is_no_overwriting() -> None:
    effect = APPEND_NEW(alpha=prop(2, datasetId=ONE)).apply(thing(alpha=1), NOW)
    assert effect.answer.complete
    assert bare(kept(effect).attributes["alpha"]) == [prop(1), prop(2, datasetId=ONE)]


def test_an_attribute_written_in_part_is_told_as_not_updated() -> None:
    effect = APPEND_NEW(alpha=[prop(2), prop(3, datasetId=ONE)]).apply(thing(alpha=1), NOW)
    assert (effect.answer.updated, list(effect.answer.not_updated)) == ([], ["alpha"])
    assert bare(kept(effect).attributes["alpha"]) == [prop(1), prop(3, datasetId=ONE)]


def test_the_same_written_again_is_a_write() -> None:
    effect = UPDATE(alpha=1).apply(thing(alpha=1), NOW)
    assert touched(effect) == [("alpha", "", True, True)]
    assert kept(effect).attributes["alpha"]["modifiedAt"] == NOW_TEXT


def test_an_empty_fragment_does_nothing() -> None:
    before = thing(alpha=1)
    for joined in JOINING:
        effect = joined().apply(before, NOW)
        assert effect.after is before and not effect.instances and effect.answer.complete


def test_errors_say_more_than_their_title() -> None:
    for operation in ALL:
        try:
            operation.apply(None, NOW)
        except LdError as error:
            assert error.detail and error.detail != error.title
