"""Inventories loaded in bulk: subscribers hear of what changes, and what is observed is history."""

from ipaddress import ip_network
from typing import Any

import pytest

from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import entities, upsert_entities
from parvis.telemetry.context.tests.factories import NOW
from parvis.telemetry.context.tests.subscribing import data, forget_queue, queued, subscribe
from parvis.telemetry.context.values import EntityDraft

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
ALL = ["entityCreated", "attributeCreated", "attributeUpdated"]


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


def load(*urns: str, **attributes: Any) -> None:
    drafts = [EntityDraft(urn=urn, type="Lamp", attributes=attributes) for urn in urns or (LAMP,)]
    upsert_entities(drafts, now=NOW)


def follow(**members: Any) -> None:
    subscribe(**({"entities": [{"type": "Lamp"}], "notificationTrigger": ALL} | members))


def test_new_things_and_changes_are_told_and_what_is_equal_is_not() -> None:
    follow(q="power>5", notification={"showChanges": True})
    load(LAMP, "urn:ngsi-ld:Lamp:2", power=property_of(6), colour=property_of("red"))
    assert queued() == [LAMP, "urn:ngsi-ld:Lamp:2"]
    forget_queue()
    load(power=property_of(6))
    assert queued() == []
    load(power=property_of(7))
    (told,) = data()
    assert told["power"] == {"type": "Property", "value": 7, "previousValue": 6}
    assert told["colour"] == property_of("red")
    forget_queue()
    load(power=property_of(5))  # the condition does not hold any more
    assert queued() == []


def test_only_the_attributes_watched_and_only_creations_where_asked() -> None:
    follow(watchedAttributes=["power"], notificationTrigger=["attributeUpdated"])
    load(power=property_of(1), colour=property_of("red"))
    load(colour=property_of("blue"))
    assert queued() == []
    load(power=property_of(2))
    assert queued() == [LAMP]


def test_who_follows_another_of_its_types_hears_too() -> None:
    assert ask("POST", "/entities", {"id": LAMP, "type": ["Lamp", "Historic"], "power": 1}).status == 201
    follow(entities=[{"type": "Historic"}])
    load(power=property_of(2))
    assert queued() == [LAMP]


def test_more_than_a_batch_is_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_BATCH", 3)
    follow()
    urns = [f"urn:ngsi-ld:Lamp:{number}" for number in range(8)]
    load(*urns, power=property_of(1))
    assert queued() == urns


def test_where_nobody_follows_nothing_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    follow(entities=[{"type": "Bench"}])
    monkeypatch.setattr(entities, "changes_of", lambda things: pytest.fail("read again") if things else [])
    load(power=property_of(1))
    assert Entity.objects.count() == 1
