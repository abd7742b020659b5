"""Which writes a subscriber hears of (ETSI GS CIM 009 V1.8.1, 5.8.6): triggers, watched attributes, conditions; through the broker."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from parvis.kernel import clock
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.models import QueuedNotification, Subscription
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.subscriptions import services, watchers
from parvis.telemetry.context.subscriptions.revisions import SUBSCRIPTIONS, touch
from parvis.telemetry.context.tests.factories import NOW, make_entity, reading
from parvis.telemetry.context.tests.subscribing import building, change, data, forget_queue, patch, queued, subscribe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = []


def test_creation_and_change_are_told_by_default() -> None:
    subscribe(uri="http://receiver.example/")
    urn = building(free=1)
    change(urn, free=2)
    change(urn, name="new")
    assert queued() == [urn] * 3


def test_a_deletion_is_not_told_by_default() -> None:
    subscribe(uri="http://receiver.example/")
    urn = building(free=1)
    forget_queue()
    ask("DELETE", f"/entities/{urn}/attrs/free")
    ask("DELETE", f"/entities/{urn}")
    assert queued() == []


CREATE, UPDATE, REMOVE, DELETE = "create", "update", "remove", "delete"


@pytest.mark.parametrize(
    ("trigger", "heard"),
    [
        ("entityCreated", [CREATE]),
        ("entityDeleted", [DELETE]),
        ("entityUpdated", [CREATE, UPDATE, REMOVE, DELETE]),  # stands for the three below
        ("attributeCreated", [CREATE]),
        ("attributeUpdated", [UPDATE]),
        ("attributeDeleted", [REMOVE, DELETE]),
    ],
)
def test_each_trigger(trigger: str, heard: list[str]) -> None:
    subscribe(uri="http://receiver.example/", notificationTrigger=[trigger])
    found: list[str] = []

    def note(step: str) -> None:
        if queued():
            found.append(step)
        forget_queue()

    urn = building(free=1, name="x")
    note(CREATE)
    change(urn, free=2)
    note(UPDATE)
    ask("DELETE", f"/entities/{urn}/attrs/free")
    note(REMOVE)
    ask("DELETE", f"/entities/{urn}")
    note(DELETE)
    assert found == heard


def test_an_entity_without_attributes_is_only_created() -> None:
    subscribe(uri="http://receiver.example/")
    subscribe(id="urn:ngsi-ld:Subscription:2", uri="http://receiver.example/", notificationTrigger=["entityCreated"])
    building()
    assert (queued(), len(queued("urn:ngsi-ld:Subscription:2"))) == ([], 1)


def test_watched_attributes() -> None:
    subscribe(uri="http://receiver.example/", watchedAttributes=["free"])
    urn = building(name="x")
    assert queued() == []
    change(urn, name="y")
    assert queued() == []
    change(urn, free=1)
    assert queued() == [urn]


def test_watched_attributes_without_entities() -> None:
    subscribe(uri="http://receiver.example/", entities=None, watchedAttributes=["free"])
    assert ask("POST", "/entities", {"id": "urn:ngsi-ld:Other:1", "type": "Other", "free": 3}).status == 201
    assert queued() == ["urn:ngsi-ld:Other:1"]


@pytest.mark.parametrize(
    ("selector", "heard"),
    [
        ({"type": "Building"}, True),
        ({"type": "Other"}, False),
        ({"type": "Other,Building"}, True),
        ({"type": "Other;Building"}, False),
        ({"type": "*"}, True),
        ({"type": "Building", "id": "urn:ngsi-ld:Building:1"}, True),
        ({"type": "Building", "id": ["urn:ngsi-ld:Building:2", "urn:ngsi-ld:Building:1"]}, True),
        ({"type": "Building", "id": "urn:ngsi-ld:Building:2"}, False),
        ({"type": "Building", "idPattern": ":1$"}, True),
        ({"type": "Building", "idPattern": ":2$"}, False),
    ],
)
def test_selectors(selector: dict[str, Any], heard: bool) -> None:
    subscribe(uri="http://receiver.example/", entities=[selector])
    urn = building(1, free=1)
    assert queued() == ([urn] if heard else [])


def test_conditions_hold_after_the_change() -> None:
    subscribe(uri="http://receiver.example/", q="free<5")
    urn = building(free=9)
    assert queued() == []
    change(urn, free=3)
    assert queued() == [urn]
    change(urn, free=8)
    assert queued() == [urn]


def test_place_and_scope() -> None:
    place = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": [5.0, 47.0]}
    subscribe(uri="http://receiver.example/", geoQ=place)
    subscribe(id="urn:ngsi-ld:Subscription:2", uri="http://receiver.example/", scopeQ="/Dijon/#")
    near = building(1, location={"type": "Point", "coordinates": [5.001, 47.0]}, scope="/Dijon/Centre")
    building(2, location={"type": "Point", "coordinates": [6.0, 47.0]}, scope="/Lyon")
    assert queued() == queued("urn:ngsi-ld:Subscription:2") == [near]


def test_paused_expired_and_periodic_ones_hear_nothing() -> None:
    subscribe(uri="http://receiver.example/", isActive=False)
    urn = building(free=1)
    assert queued() == []
    patch({"isActive": True})
    change(urn, free=2)
    assert queued() == [urn]
    Subscription.objects.update(expires_at="2020-01-01T00:00:00Z", modified_at=clock.now())
    touch(SUBSCRIPTIONS)
    change(urn, free=3)
    assert queued() == [urn]
    patch({"expiresAt": None, "timeInterval": 5})
    change(urn, free=4)
    assert queued() == [urn]


def test_a_new_subscription_is_known_at_once_and_a_deleted_one_forgotten() -> None:
    urn = building(free=1)
    subscribe(uri="http://receiver.example/")
    change(urn, free=2)
    assert queued() == [urn]
    ask("DELETE", "/subscriptions/urn:ngsi-ld:Subscription:1")
    change(urn, free=3)
    assert not QueuedNotification.objects.exists()


def test_what_is_rolled_back_was_never_there() -> None:
    urn = building(free=1)
    try:
        with transaction.atomic():
            subscribe(uri="http://receiver.example/")
            change(urn, free=2)
            assert queued() == [urn]
            raise InterruptedError
    except InterruptedError:
        change(urn, free=3)
    assert not QueuedNotification.objects.exists()
    subscribe(uri="http://receiver.example/", watchedAttributes=["name"])
    change(urn, free=4)
    assert queued() == []


def test_tenants_are_apart() -> None:
    subscribe(uri="http://receiver.example/")
    body = {"id": "urn:ngsi-ld:Building:1", "type": "Building", "free": 1}
    assert ask("POST", "/entities", body, headers={"NGSILD-Tenant": "other"}).status == 201
    assert queued() == []


def test_a_batch_is_queued_whole_in_one_statement() -> None:
    for number in range(3):
        subscribe(id=f"urn:ngsi-ld:Subscription:{number}", uri="http://receiver.example/")
    batch = [{"id": f"urn:ngsi-ld:Building:{number}", "type": "Building", "free": number} for number in range(20)]
    assert ask("POST", "/entityOperations/create", batch).status == 201
    assert QueuedNotification.objects.count() == 60
    assert len({row.queued_at for row in QueuedNotification.objects.all()}) == 1
    assert sorted(queued("urn:ngsi-ld:Subscription:2")) == sorted(one["id"] for one in batch)


def test_readings_of_devices_are_told() -> None:
    subscribe(uri="http://receiver.example/", q="level>5", watchedAttributes=["level"])
    thing = make_entity("urn:ngsi-ld:Building:1", type="Building", level=1, label="Gare")
    assert queued() == []
    apply_readings([reading(thing, 3.0)], now=NOW)
    assert queued() == []
    apply_readings([reading(thing, 7.0, after_s=1), reading(thing, 9.0, attribute="other", after_s=1)], now=NOW)
    assert [(one["level"]["value"], one["label"]["value"]) for one in data()] == [(7.0, "Gare")]
    forget_queue()
    apply_readings([reading(thing, 9.0, attribute="other", after_s=2)], now=NOW)
    assert queued() == []


def test_a_reading_costs_one_look_when_nobody_follows() -> None:
    thing = make_entity("urn:ngsi-ld:Building:1", type="Building", level=1)
    subscribe(uri="http://receiver.example/", entities=[{"type": "Other"}])
    apply_readings([reading(thing, 3.0)], now=NOW)
    assert not QueuedNotification.objects.exists()


def test_previous_values_of_a_reading() -> None:
    thing = make_entity("urn:ngsi-ld:Building:1", type="Building", level=1)
    subscribe(uri="http://receiver.example/", notification={"showChanges": True, "format": "concise"})
    apply_readings([reading(thing, 3.0)], now=NOW)
    assert data()[0]["level"]["previousValue"] == 1


def test_dead_letters_are_kept_a_while_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_GIVEN_UP", 3)
    subscribe(uri="http://receiver.example/")
    now = clock.now()
    for number in range(8):
        building(number, free=1)
    QueuedNotification.objects.filter(urn__lt="urn:ngsi-ld:Building:7").update(dead=True)
    QueuedNotification.objects.filter(urn="urn:ngsi-ld:Building:6").update(queued_at=now - timedelta(days=40))
    assert services.forget_given_up(now=now) == 5
    assert [urn[-1] for urn in queued()] == ["4", "5", "7"]


def test_a_subscription_that_cannot_be_asked_stops_no_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> bool:
        raise ValueError("broken")

    monkeypatch.setattr(watchers, "matches", broken)
    subscribe(uri="http://receiver.example/")
    building(free=1)
    assert queued() == []
