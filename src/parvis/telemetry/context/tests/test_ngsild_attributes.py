"""Operations on one attribute, purging, parameters of a merge, and what expires (CIM 009 V1.8.1, 5.6; V1.9.1)."""

from datetime import timedelta
from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.ngsild.attribute_operations import (
    DeleteAttribute,
    DropAttributes,
    PartialUpdate,
    ReplaceAttribute,
)
from parvis.telemetry.context.ngsild.expiring import Expire, living
from parvis.telemetry.context.ngsild.operations import (
    AppendAttributes,
    Delete,
    Merge,
    UpdateAttributes,
)
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.store.values import Operation, Stored
from parvis.telemetry.context.tests.modelling import (
    CORE,
    NOW,
    NOW_TEXT,
    ONE,
    TWO,
    URN,
    bare,
    kept,
    prop,
    thing,
    touched,
)


def told(mode: Mode = Mode.APPEND, **members: Any) -> Any:
    """A fragment that tells neither id nor type, but what is given."""
    return read_entity(members, CORE, mode=mode)


ALPHA = [prop(1)]


def appended(**members: Any) -> Operation:
    return AppendAttributes(urn=URN, fragment=told(Mode.APPEND, **members))


def appended_if_new(**members: Any) -> Operation:
    return AppendAttributes(urn=URN, fragment=told(Mode.APPEND, **members), overwrite=False)


def updated(**members: Any) -> Operation:
    return UpdateAttributes(urn=URN, fragment=told(Mode.UPDATE, **members))


def merged_in(**members: Any) -> Operation:
    return Merge(urn=URN, fragment=told(Mode.MERGE, **members))


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
    effect = appended_if_new(alpha=2).apply(before, NOW)
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
        (updated(alpha=2), False),
        (appended(alpha=2), False),
        (merged_in(alpha=2), True),
        (PartialUpdate(urn=URN, name="alpha", instances=[{"value": 2}]), True),
        (ReplaceAttribute(urn=URN, name="alpha", instances=[prop(2)]), False),
    ],
)
def test_the_expiry_of_an_attribute_goes_when_it_is_replaced(operation: Operation, kept_on: bool) -> None:
    after = kept(operation.apply(thing(alpha=prop(1, expiresAt=SOON)), NOW))
    assert ("expiresAt" in after.attributes["alpha"]) == kept_on
