"""The provision operations: what they make of an entity, and exactly which instances they touch (CIM 009 V1.8.1, 5.6)."""

from datetime import timedelta
from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import AlreadyExists, BadRequestData, LdError, ResourceNotFound
from parvis.telemetry.context.ngsild.attribute_operations import (
    DeleteAttribute,
    DropAttributes,
    PartialUpdate,
    ReplaceAttribute,
)
from parvis.telemetry.context.ngsild.expiring import Expire, living
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
from parvis.telemetry.context.store.values import Operation, Stored
from parvis.telemetry.context.tests.modelling import (
    BORN,
    BORN_TEXT,
    CORE,
    DEFAULT,
    NOW,
    NOW_TEXT,
    NULL,
    ONE,
    TWO,
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


# --- attributes


MANY = [prop(1), prop(2, datasetId=ONE), prop(3, datasetId=TWO)]

DELETIONS: list[tuple[Any, dict[str, Any], Any]] = [
    # what is there; which to delete; what is left
    (prop(1), {}, None),
    (MANY, {}, MANY[1:]),
    (MANY, {"dataset_id": ONE}, [MANY[0], MANY[2]]),
    (MANY, {"delete_all": True}, None),
    (MANY[1:], {"delete_all": True}, None),
    (MANY[1:], {"dataset_id": TWO}, MANY[1]),
    (MANY[1:], {}, ResourceNotFound),
    (prop(1), {"dataset_id": ONE}, ResourceNotFound),
]


@pytest.mark.parametrize(("there", "which", "left"), DELETIONS, ids=str)
def test_deleting_an_attribute(there: Any, which: dict[str, Any], left: Any) -> None:
    before = thing(alpha=there, beta=1)
    operation = DeleteAttribute(urn=URN, name="alpha", **which)
    if left is ResourceNotFound:
        with pytest.raises(ResourceNotFound):
            operation.apply(before, NOW)
        return
    effect = operation.apply(before, NOW)
    assert bare(kept(effect).attributes.get("alpha")) == left
    assert kept(effect).modified_at == NOW
    assert all(change.after is None for change in effect.instances)
    count = len(left) if isinstance(left, list) else left is not None
    assert len(effect.instances) == (len(there) if isinstance(there, list) else 1) - count


def test_deleting_what_is_not_there() -> None:
    for which in ({}, {"delete_all": True}, {"dataset_id": ONE}):
        with pytest.raises(ResourceNotFound):
            DeleteAttribute(urn=URN, name="alpha", **which).apply(thing(beta=1), NOW)


def test_the_scope_is_deleted_as_an_attribute_but_not_written_as_one() -> None:
    before = thing(scope="/A")
    effect = DeleteAttribute(urn=URN, name="scope").apply(before, NOW)
    assert (kept(effect).scopes, touched(effect)) == ([], [("scope", "", True, False)])
    with pytest.raises(ResourceNotFound):
        DeleteAttribute(urn=URN, name="scope").apply(thing(), NOW)
    for kind in (PartialUpdate, ReplaceAttribute):
        with pytest.raises(BadRequestData):
            kind(urn=URN, name="scope", instances=ALPHA).apply(before, NOW)


@pytest.mark.parametrize("kind", [PartialUpdate, ReplaceAttribute])
def test_only_the_instance_addressed_is_written(kind: Any) -> None:
    before = thing(alpha=MANY)
    effect = kind(urn=URN, name="alpha", instances=[prop(7, datasetId=ONE)]).apply(before, NOW)
    alpha = kept(effect).attributes["alpha"]
    assert bare(alpha) == [MANY[0], prop(7, datasetId=ONE), MANY[2]]
    assert alpha[0] is before.attributes["alpha"][0]
    assert touched(effect) == [("alpha", ONE, True, True)]
    for absent in (thing(alpha=MANY[1:]), thing()):
        with pytest.raises(ResourceNotFound):
            kind(urn=URN, name="alpha", instances=[prop(7)]).apply(absent, NOW)


# --- deletion and purging


def test_deleting_an_entity() -> None:
    effect = Delete(urn=URN).apply(thing(alpha=MANY, beta=1, scope="/A"), NOW)
    assert effect.after is None
    assert touched(effect) == [
        ("alpha", "", True, False),
        ("alpha", ONE, True, False),
        ("alpha", TWO, True, False),
        ("beta", "", True, False),
        ("scope", "", True, False),
    ]


def test_dropping_attributes() -> None:
    before = thing(alpha=MANY, beta=1, gamma=2)
    dropped = DropAttributes(urn=URN, names=frozenset({"alpha", "other"})).apply(before, NOW)
    assert list(kept(dropped).attributes) == ["beta", "gamma"]
    assert len(dropped.instances) == 3
    left = DropAttributes(urn=URN, names=frozenset({"alpha"}), others=True).apply(before, NOW)
    assert list(kept(left).attributes) == ["alpha"]
    assert DropAttributes(urn=URN, names=frozenset({"other"})).apply(before, NOW).after is before
    assert DropAttributes(urn=URN, names=frozenset()).apply(None, NOW).after is None


# --- parameters of a merge


def merged(before: Stored, given: Any, **parameters: Any) -> Any:
    operation = Merge(urn=URN, fragment=told(Mode.MERGE, alpha=given), **parameters)
    return bare(kept(operation.apply(before, NOW)).attributes["alpha"])


THEN, LATER = "2026-01-05T08:00:00Z", "2026-05-05T08:00:00Z"


@pytest.mark.parametrize(
    ("there", "given", "after"),
    [
        (prop(1, observedAt=THEN), prop(2), prop(2, observedAt=LATER)),
        (
            prop(1, observedAt=THEN),
            prop(2, observedAt="2026-04-04T00:00:00Z"),
            prop(2, observedAt="2026-04-04T00:00:00Z"),
        ),
        (prop(1), prop(2), prop(2)),
        (prop(1, observedAt=THEN), prop(2, datasetId=ONE), [prop(1, observedAt=THEN), prop(2, datasetId=ONE)]),
    ],
    ids=str,
)
def test_the_observation_time_of_a_merge(there: Any, given: Any, after: Any) -> None:
    assert merged(thing(alpha=there), given, observed_at=LATER) == after


WORDS = {"type": "LanguageProperty", "languageMap": {"fr": "a", "en": "b"}}


@pytest.mark.parametrize(
    ("there", "given", "parameters", "after"),
    [
        (WORDS, "c", {"lang": "fr"}, {"type": "LanguageProperty", "languageMap": {"fr": "c", "en": "b"}}),
        (WORDS, "c", {"lang": "de"}, {"type": "LanguageProperty", "languageMap": {"fr": "a", "en": "b", "de": "c"}}),
        (WORDS, "c", {"lang": "a b"}, BadRequestData),
        (WORDS, "c", {"lang": ""}, prop("c")),
        (prop("x"), "c", {"lang": "fr"}, prop("c")),
        (
            {"type": "Relationship", "object": "urn:a:b"},
            "urn:a:c",
            {"simplified": True},
            {"type": "Relationship", "object": "urn:a:c"},
        ),
        ({"type": "Relationship", "object": "urn:a:b"}, "urn:a:c", {}, prop("urn:a:c")),
        ({"type": "Relationship", "object": "urn:a:b"}, "no uri", {"simplified": True}, BadRequestData),
        (
            {"type": "ListProperty", "valueList": [1]},
            [2],
            {"simplified": True},
            {"type": "ListProperty", "valueList": [2]},
        ),
        (
            {"type": "ListRelationship", "objectList": []},
            ["urn:a:b"],
            {"simplified": True},
            {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]},
        ),
        ({"type": "ListRelationship", "objectList": []}, [3], {"simplified": True}, BadRequestData),
        (prop({"a": 1}), {"b": 2}, {"simplified": True}, prop({"a": 1, "b": 2})),
    ],
    ids=str,
)
def test_simplified_values_take_the_kind_of_what_is_there(there: Any, given: Any, parameters: Any, after: Any) -> None:
    if after is BadRequestData:
        with pytest.raises(BadRequestData):
            merged(thing(alpha=there), given, **parameters)
    else:
        assert merged(thing(alpha=there), given, **parameters) == after


# --- attributes that expire

SOON, PAST = "2026-06-02T00:00:00Z", "2026-03-01T00:00:00Z"


def test_what_has_expired_is_not_read() -> None:
    stored = thing(
        alpha=prop(1, expiresAt=PAST),
        beta=[prop(1), prop(2, datasetId=ONE, expiresAt=PAST)],
        gamma=prop(1, expiresAt=SOON),
    )
    seen = living(stored, NOW)
    assert seen is not None
    assert bare(seen.attributes) == {"beta": prop(1), "gamma": prop(1, expiresAt=SOON)}
    assert len(stored.attributes) == 3
    whole = thing(alpha=1, beta=MANY)
    assert living(whole, NOW) is whole
    transient = thing(expiresAt=SOON)
    assert living(transient, NOW) is transient
    assert living(transient, NOW + timedelta(days=2)) is None


def test_an_expired_attribute_is_as_if_it_were_not_there() -> None:
    before = thing(alpha=prop(1, expiresAt=PAST))
    with pytest.raises(ResourceNotFound):
        DeleteAttribute(urn=URN, name="alpha").apply(before, NOW)
    with pytest.raises(ResourceNotFound):
        PartialUpdate(urn=URN, name="alpha", instances=ALPHA).apply(before, NOW)
    effect = APPEND_NEW(alpha=2).apply(before, NOW)
    assert effect.answer.complete
    assert touched(effect) == [("alpha", "", True, False), ("alpha", "", False, True)]
    assert kept(effect).attributes["alpha"]["createdAt"] == NOW_TEXT


def test_expiring() -> None:
    effect = Expire(urn=URN).apply(thing(alpha=prop(1, expiresAt=PAST), beta=1), NOW)
    assert (list(kept(effect).attributes), touched(effect)) == (["beta"], [("alpha", "", True, False)])
    assert kept(effect).modified_at == NOW
    whole = thing(alpha=1)
    assert Expire(urn=URN).apply(whole, NOW).after is whole
    assert Expire(urn=URN).apply(None, NOW).after is None


@pytest.mark.parametrize(
    ("operation", "kept_on"),
    [
        (UPDATE(alpha=2), False),
        (APPEND(alpha=2), False),
        (MERGE(alpha=2), True),
        (PartialUpdate(urn=URN, name="alpha", instances=[{"value": 2}]), True),
        (ReplaceAttribute(urn=URN, name="alpha", instances=[prop(2)]), False),
    ],
)
def test_the_expiry_of_an_attribute_goes_when_it_is_replaced(operation: Operation, kept_on: bool) -> None:
    after = kept(operation.apply(thing(alpha=prop(1, expiresAt=SOON)), NOW))
    assert ("expiresAt" in after.attributes["alpha"]) == kept_on


def test_errors_say_more_than_their_title() -> None:
    for operation in ALL:
        try:
            operation.apply(None, NOW)
        except LdError as error:
            assert error.detail and error.detail != error.title
