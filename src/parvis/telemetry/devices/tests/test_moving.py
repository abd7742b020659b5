"""A device goes from one thing to another: both keep their own past."""

from datetime import timedelta

import pytest

from parvis.kernel.errors import Refusal
from parvis.kernel.testing import deliver
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import Assignment, Device
from parvis.telemetry.devices.services.devices import EuiTaken, MovedInTheFuture, MovedTooEarly, save_device
from parvis.telemetry.history.selectors import series

from .factories import NOW, chirpstack, later, make_device, make_entity, make_source, make_thermometer, raw

pytestmark = pytest.mark.django_db

ACTOR = "urn:ngsi-ld:Person:test"


def move(device: Device, entity: Entity | None, *, now: int, at: int | None = None) -> Device:
    device.entity = entity
    moved_at = None if at is None else later(at)
    return save_device(device=device, actor=ACTOR, now=later(now), moved_at=moved_at)


def past() -> list[tuple[Entity | None, object, object]]:
    return [(one.entity, one.since, one.until) for one in Assignment.objects.select_related("entity").order_by("until")]


def test_each_thing_keeps_its_period() -> None:
    first, second, third = make_entity(), make_entity(), make_entity()
    device = make_device(entity=first)
    move(device, second, now=10)
    move(device, None, now=20)
    move(device, third, now=30)
    device.refresh_from_db()
    assert (device.entity, device.entity_since) == (third, later(30))
    # Between 20 and 30 it was nowhere: no row says otherwise.
    assert past() == [(first, None, later(10)), (second, later(10), later(20))]


def test_a_first_thing_is_its_thing_since_always() -> None:
    device = make_device(entity=None)
    move(device, make_entity(), now=10)
    assert (device.entity_since, past()) == (None, [])
    dated = make_device(entity=None)
    move(dated, make_entity(), now=10, at=5)
    assert (dated.entity_since, past()) == (later(5), [])


def test_a_move_may_be_told_afterwards() -> None:
    first, second = make_entity(), make_entity()
    device = make_device(entity=first)
    move(device, second, now=100, at=40)
    assert device.entity_since == later(40)
    assert past() == [(first, None, later(40))]


def test_a_mistake_is_corrected_without_trace() -> None:
    first, wrong, right = make_entity(), make_entity(), make_entity()
    device = make_device(entity=first)
    move(device, wrong, now=10)
    move(device, right, now=20, at=10)
    assert (device.entity, device.entity_since) == (right, later(10))
    assert past() == [(first, None, later(10))]


@pytest.mark.parametrize(("at", "refusal"), [(5, MovedTooEarly), (30, MovedInTheFuture)])
def test_an_impossible_date_is_refused_and_nothing_kept(at: int, refusal: type[Refusal]) -> None:
    first, second = make_entity(), make_entity()
    device = make_device(entity=first, entity_since=later(10))
    with pytest.raises(refusal):
        move(device, second, now=20, at=at)
    assert Device.objects.get().entity == first
    assert past() == []


def test_a_new_device_is_not_on_its_thing_in_the_future() -> None:
    device = Device(eui="70b3d57ed0000001", name="x", entity=make_entity())
    with pytest.raises(MovedInTheFuture):
        save_device(device=device, actor=ACTOR, now=NOW, moved_at=NOW + timedelta(hours=1))


def test_the_same_thing_again_is_no_move() -> None:
    device = make_device()
    move(device, device.entity, now=10, at=5)
    assert (device.entity_since, past()) == (None, [])


def test_two_devices_do_not_take_one_eui() -> None:
    known = make_device()
    with pytest.raises(EuiTaken):
        save_device(device=Device(eui=known.eui, name="x"), actor=ACTOR, now=NOW)


def test_what_ingestion_writes_meanwhile_is_left() -> None:
    device = make_device()
    Device.objects.update(last_seen_at=later(5), f_cnt=12)
    device.name = "Autre"
    save_device(device=device, actor=ACTOR, now=later(6))
    device.refresh_from_db()
    assert (device.name, device.last_seen_at, device.f_cnt) == ("Autre", later(5), 12)


def test_what_was_sent_since_a_move_told_afterwards_goes_to_the_new_thing() -> None:
    device, second = make_thermometer(), make_entity()
    first, source = device.entity, make_source()
    assert first is not None
    for minute in (5, 20):
        at = later(minute)
        ingest([raw(source, chirpstack(device.eui, f_cnt=minute, at=at), at=at)], now=at)
    move(device, second, now=60, at=10)
    deliver()
    second.refresh_from_db()
    assert second.attributes["temperature"]["observedAt"].startswith("2026-03-01T12:20")
    assert series(second.pk, "temperature", NOW, later(60)) == [(later(20), 21.5)]
    assert series(first.pk, "temperature", NOW, later(60)) == [(later(5), 21.5)]


def test_what_another_device_measured_there_is_left() -> None:
    thing = make_entity()
    gone, stays = make_thermometer(entity=thing), make_thermometer(entity=thing)
    source = make_source()
    for device, minute in ((gone, 20), (stays, 21), (gone, 22)):
        at = later(minute)
        ingest([raw(source, chirpstack(device.eui, f_cnt=minute, at=at), at=at)], now=at)
    move(gone, None, now=60, at=10)
    deliver()
    assert series(thing.pk, "temperature", NOW, later(60)) == [(later(21), 21.5)]
