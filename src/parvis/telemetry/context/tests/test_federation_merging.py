"""Accounts of one entity become one (ETSI GS CIM 009 V1.8.1, 4.5.5.3); whatever a source tells is an account or a refusal."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.federation.merging import merged, read_accounts, united
from parvis.telemetry.context.federation.sources import Source, source_of
from parvis.telemetry.context.jsonld.context import CORE
from parvis.telemetry.context.models import Registration
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.tests.federating import registration

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def source(**members: Any) -> Source:
    document = registration(information=[{"entities": [{"type": "Lamp"}]}]) | members
    return source_of(Registration(pk=1, urn="urn:r:1", document=document, alias=""))


def stored(**attributes: Any) -> Stored:
    return Stored(urn="urn:l:1", types=["Lamp"], attributes=attributes, created_at=NOW, modified_at=NOW)


def at(value: Any, observed: str = "", modified: str = "", dataset: str = "") -> dict[str, Any]:
    told = {"observedAt": observed, "modifiedAt": modified, "datasetId": dataset}
    return {"type": "Property", "value": value} | {name: text for name, text in told.items() if text}


EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("first", "second", "fills", "kept"),
    [
        (at(1, EARLY), at(2, LATE), False, 2),
        (at(1, LATE), at(2, EARLY), False, 1),
        (at(1, "2026-01-01T00:00:00Z"), at(2, "2026-01-01T00:00:00.5Z"), False, 2),  # instants, not texts
        (at(1), at(2), False, 1),  # heard first
        (at(1, EARLY), at(2), False, 1),
        (at(1), at(2, EARLY), False, 2),
        (at(1, modified=EARLY), at(2, modified=LATE), False, 2),
        (at(1, EARLY, modified=LATE), at(2, LATE, modified=EARLY), False, 2),  # observed before modified
        (at(1, EARLY, modified=EARLY), at(2, EARLY, modified=LATE), False, 2),
        (at(1, EARLY), at(2, LATE), True, 1),  # an auxiliary source overrides nothing
        (at(1, "yesterday"), at(2, EARLY), False, 2),
    ],
)
def test_which_instance_is_kept(first: Any, second: Any, fills: bool, kept: int) -> None:
    assert merged(stored(power=first), stored(power=second), fills=fills).attributes["power"]["value"] == kept


def test_instances_are_told_apart_by_dataset() -> None:
    first = stored(power=[at(1), at(2, dataset="urn:d:2")])
    second = stored(power=[at(9, EARLY, dataset="urn:d:2"), at(3, dataset="urn:d:3")])

    values = [one["value"] for one in merged(first, second).attributes["power"]]

    assert values == [1, 9, 3]


def test_auxiliary_accounts_come_last_whenever_they_came() -> None:
    first, filler, last = stored(a=at(1)), stored(a=at(9, LATE), b=at(9), c=at(9)), stored(b=at(2))

    whole = united([(first, False), (filler, True), (last, False)])["urn:l:1"].attributes

    assert {name: one["value"] for name, one in whole.items()} == {"a": 1, "b": 2, "c": 9}


def test_times_that_a_source_tells_are_kept() -> None:
    told = {
        "id": "urn:p:1",
        "type": "Lamp",
        "createdAt": EARLY,
        "modifiedAt": LATE,
        "free": [
            {"type": "Property", "value": 1, "modifiedAt": LATE},
            {"type": "Property", "value": 2, "datasetId": "urn:d:1", "modifiedAt": EARLY},
        ],
    }

    (account,) = read_accounts(told, source(), CORE, NOW)

    assert account.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert [one["modifiedAt"] for one in account.attributes["free"]] == [LATE, EARLY]


WORDS = st.sampled_from(
    ["Property", "Relationship", "Point", "Lamp", "urn:p:1", "urn:ngsi-ld:null", EARLY, "\0", "@none"]
)
NAMES = st.sampled_from(
    [
        "id",
        "type",
        "scope",
        "free",
        "value",
        "object",
        "observedAt",
        "modifiedAt",
        "expiresAt",
        "datasetId",
        "location",
        "coordinates",
        "@context",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(NAMES, ANYTHING, max_size=5), ANYTHING)
def test_any_answer_is_an_account_or_a_refusal(members: dict[str, Any], body: Any) -> None:
    for told in (body, [{"id": "urn:p:1", "type": "Lamp"} | members]):
        with contextlib.suppress(LdError):
            united((one, False) for one in [*read_accounts(told, source(), CORE, NOW), stored()])
