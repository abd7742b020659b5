"""From decoded fields to readings: doubtful values, batteries, devices that were moved, gateways, uplinks read again."""

from datetime import timedelta
from typing import Any

import pytest

from parvis.telemetry.context.attributes import value_of
from parvis.telemetry.context.models import Entity, QueuedChange
from parvis.telemetry.context.values import RESULT_QUALITY
from parvis.telemetry.devices.ingestion import OutcomeStatus, ingest
from parvis.telemetry.devices.mapping import OUT_OF_RANGE, TOO_FAST, Battery, MappingRefused, parse_mapping
from parvis.telemetry.devices.models import Assignment, Device, Gateway, Source, Uplink
from parvis.telemetry.history.selectors import series

from .factories import (
    MAPPING,
    NOW,
    chirpstack,
    later,
    make_codec,
    make_device,
    make_entity,
    make_profile,
    make_source,
    raw,
)


def checked(**limits: float) -> Device:
    mapping = [MAPPING[0] | limits, MAPPING[1]]
    return make_device(make_profile(make_codec(), mapping=mapping))


def temperature(value: float) -> bytes:
    tenths = round(value * 10)
    return bytes([tenths >> 8 & 255, tenths & 255, 50])


def say(source: Source, device: Device, value: float, *, minutes: float = 0) -> OutcomeStatus:
    body = chirpstack(device.eui, temperature(value), f_cnt=int(minutes), at=later(minutes))
    (outcome,) = ingest([raw(source, body, at=later(minutes))], now=later(minutes))
    return outcome.status


def instance(device: Device, attribute: str = "temperature") -> dict[str, Any]:
    found: dict[str, Any] = Entity.objects.get(pk=device.entity_id).attributes[attribute]
    return found


def quality(device: Device) -> str:
    told = instance(device).get(RESULT_QUALITY, {})
    return str(told.get("value", ""))


def points(entity_id: int | None, attribute: str = "temperature") -> list[float]:
    assert entity_id
    return [value for _, value in series(entity_id, attribute, later(-10_000), later(10_000))]


@pytest.mark.django_db
def test_a_value_out_of_range_is_kept_and_marked_until_the_next_good_one() -> None:
    source, device = make_source(), checked(minimum=-30, maximum=60)
    assert say(source, device, 99.9) is OutcomeStatus.ACCEPTED
    assert (value_of(instance(device)), quality(device)) == (99.9, OUT_OF_RANGE)
    assert RESULT_QUALITY not in instance(device, "relativeHumidity")
    say(source, device, 20, minutes=1)
    assert (value_of(instance(device)), quality(device)) == (20.0, "")
    assert points(device.entity_id) == [99.9, 20.0]


@pytest.mark.django_db
def test_a_value_that_jumps_is_marked_and_the_next_is_not_compared_with_it() -> None:
    source, device = make_source(), checked(max_change_per_h=6)
    say(source, device, 20)
    say(source, device, 21, minutes=10)
    assert quality(device) == ""
    say(source, device, 40, minutes=20)
    assert quality(device) == TOO_FAST
    say(source, device, 21.5, minutes=30)
    assert quality(device) == ""


@pytest.mark.django_db
def test_jumps_are_seen_within_one_batch_too() -> None:
    source, device = make_source(), checked(max_change_per_h=6)
    bodies = [
        chirpstack(device.eui, temperature(value), f_cnt=number, at=later(number * 10))
        for number, value in enumerate((20, 40))
    ]
    ingest([raw(source, body, at=later(20)) for body in bodies], now=later(20))
    assert quality(device) == TOO_FAST


@pytest.mark.django_db
def test_alarms_are_not_told_of_doubtful_values() -> None:
    from parvis.kernel.contributions import ChangeConsumer
    from parvis.telemetry.context.tests.factories import only_consumers

    source, device = make_source(), checked(maximum=60)
    with only_consumers(ChangeConsumer(code="test", handler=lambda changes: None)):
        say(source, device, 99)
        told = [change["attribute"] for change in QueuedChange.objects.values_list("change", flat=True)]
        assert told == ["relativeHumidity"]
        say(source, device, 30, minutes=1)
        told = [change["value"] for change in QueuedChange.objects.values_list("change", flat=True)]
        assert 30 in told


@pytest.mark.parametrize(
    "wrong", [{"minimum": 5, "maximum": 5}, {"max_change_per_h": 0}, {"minimum": "x"}, {"maximum": float("nan")}]
)
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MappingRefused, match="1"):
        parse_mapping([MAPPING[0] | wrong])


@pytest.mark.parametrize(
    ("battery", "decoded", "percent"),
    [
        (Battery(field="battery"), {"battery": 81}, 81),
        (Battery(field="battery"), {"battery": 181}, None),
        (Battery(field="battery"), {"battery": "full"}, None),
        (Battery(field="status.volts", empty_v=2.4, full_v=3.6), {"status": {"volts": 3.0}}, 50),
        (Battery(field="status.volts", empty_v=2.4, full_v=3.6), {"status": {"volts": 3.9}}, 100),
        (Battery(field="status.volts", empty_v=2.4, full_v=3.6), {}, None),
    ],
)
def test_batteries(battery: Battery, decoded: dict[str, Any], percent: float | None) -> None:
    assert battery.percent(decoded) == percent


@pytest.mark.django_db
def test_the_battery_of_the_payload_is_that_of_the_device() -> None:
    source = make_source()
    device = make_device(make_profile(make_codec(), battery_field="humidity"))
    say(source, device, 20)
    device.refresh_from_db()
    assert (device.battery_percent, Uplink.objects.get().battery_percent) == (50, 50)


@pytest.mark.django_db
def test_a_moved_device_tells_each_thing_its_own_past() -> None:
    source, device = make_source(), make_device(make_profile(make_codec()))
    before, after = device.entity_id, make_entity()
    Assignment.objects.create(device=device, entity_id=before, since=None, until=later(60))
    Device.objects.filter(pk=device.pk).update(entity=after, entity_since=later(60))
    body = chirpstack(device.eui, temperature(18), f_cnt=1, at=later(30))  # it was out of reach, and sends its memory
    ingest([raw(source, body, at=later(90))], now=later(90))
    say(source, device, 22, minutes=90)
    assert points(before) == [18.0]
    assert points(after.pk) == [22.0]


@pytest.mark.django_db
def test_what_was_measured_on_nothing_waits() -> None:
    source, device = make_source(), make_device(make_profile(make_codec()))
    Assignment.objects.create(device=device, entity=None, since=None, until=later(60))
    Device.objects.filter(pk=device.pk).update(entity_since=later(60))
    (outcome,) = ingest([raw(source, chirpstack(device.eui, at=NOW), at=later(61))], now=later(61))
    assert outcome.reason == "no_thing"


@pytest.mark.django_db
def test_gateways_are_met_and_the_best_is_the_devices() -> None:
    source, device = make_source(), make_device(make_profile(make_codec()))
    heard = [{"gatewayId": "B1FFAA", "rssi": -110, "snr": 1}, {"gatewayId": "b1ffbb", "rssi": -70, "snr": 9}]
    ingest([raw(source, chirpstack(device.eui, rxInfo=heard))], now=NOW)
    device.refresh_from_db()
    assert device.gateway == "b1ffbb"
    assert set(Gateway.objects.values_list("number", "last_seen_at")) == {("b1ffaa", NOW), ("b1ffbb", NOW)}
    moment = NOW + timedelta(minutes=2)
    ingest([raw(source, chirpstack(device.eui, f_cnt=1, rxInfo=heard[:1], at=moment), at=moment)], now=moment)
    assert Gateway.objects.get(number="b1ffaa").last_seen_at == moment
    assert Gateway.objects.get(number="b1ffbb").last_seen_at == NOW


@pytest.mark.django_db
def test_an_uplink_read_again_replaces_what_it_told() -> None:
    source, device = make_source(), make_device(make_profile(make_codec()))
    say(source, device, 20)
    say(source, device, 21, minutes=1)
    uplinks = list(Uplink.objects.order_by("sent_at"))
    assert device.profile
    device.profile.mapping = [MAPPING[0] | {"offset": 100.0}]
    device.profile.version += 1
    device.profile.save()
    again = [
        raw(source, bytes(one.raw), event="up", at=one.received_at, uplink_id=one.pk, replace=True) for one in uplinks
    ]
    assert [one.status for one in ingest(again, now=later(2))] == [OutcomeStatus.ACCEPTED] * 2
    assert points(device.entity_id) == [120.0, 121.0]
    assert value_of(instance(device)) == 121.0
    device.refresh_from_db()
    assert device.last_seen_at == later(1)
