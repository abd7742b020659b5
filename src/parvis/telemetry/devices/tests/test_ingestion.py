"""`ingest`: from envelopes to observations, state and stored messages, with a real codec and a real database."""

import json
from typing import Any

import pytest
from django.db import connection

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.attributes import value_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.ingestion import OutcomeStatus, ingest
from parvis.telemetry.devices.models import Codec, Device, Source, Uplink
from parvis.telemetry.devices.rules.reasons import Reason
from parvis.telemetry.history.selectors import series

from .factories import (
    NOW,
    chirpstack,
    later,
    make_codec,
    make_device,
    make_profile,
    make_source,
    make_thermometer,
    raw,
    things_stack,
)

pytestmark = pytest.mark.django_db

ACCEPTED, DUPLICATE, REJECTED, IGNORED = (
    OutcomeStatus.ACCEPTED,
    OutcomeStatus.DUPLICATE,
    OutcomeStatus.REJECTED,
    OutcomeStatus.IGNORED,
)


def state(device: Device, attribute: str = "temperature") -> Any:
    return value_of(Entity.objects.get(pk=device.entity_id).attributes.get(attribute))


def points(device: Device, attribute: str = "temperature") -> list[float]:
    assert device.entity_id
    return [value for _, value in series(device.entity_id, attribute, later(-10_000), later(10_000))]


def send(source: Source, *bodies: bytes, now: Any = NOW) -> list[OutcomeStatus]:
    return [outcome.status for outcome in ingest([raw(source, body, at=now) for body in bodies], now=now)]


def why(source: Source, body: bytes) -> tuple[OutcomeStatus, Reason | None]:
    (outcome,) = ingest([raw(source, body)], now=NOW)
    return outcome.status, outcome.reason


def test_an_uplink_becomes_observations_state_and_a_stored_message() -> None:
    source, device = make_source(), make_thermometer()
    assert send(source, chirpstack(device.eui, f_cnt=7)) == [ACCEPTED]
    assert state(device) == 21.5
    assert state(device, "relativeHumidity") == 0.5
    assert points(device) == [21.5]
    uplink = Uplink.objects.get()
    assert (uplink.device, uplink.source, uplink.status, uplink.reason) == (device, source, "accepted", "")
    assert (uplink.f_cnt, uplink.f_port, bytes(uplink.payload or b""), uplink.rssi) == (7, 1, b"\x00\xd7\x32", -80)
    assert uplink.decoded == {"temperature": 21.5, "humidity": 50}
    assert bytes(uplink.raw) == chirpstack(device.eui, f_cnt=7)
    device.refresh_from_db()
    assert (device.last_seen_at, device.f_cnt, device.rssi, device.snr, device.spreading_factor) == (
        NOW,
        7,
        -80,
        7.5,
        9,
    )
    source.refresh_from_db()
    assert source.last_received_at == NOW


@pytest.mark.parametrize("envelope", [chirpstack, things_stack])
def test_a_duplicate_changes_nothing(envelope: Any) -> None:
    source = make_source(server="chirpstack-v4" if envelope is chirpstack else "tts-v3")
    device = make_thermometer()
    body = envelope(device.eui, f_cnt=3)
    assert send(source, body, body) == [ACCEPTED, DUPLICATE]
    assert send(source, envelope(device.eui, b"\x00\xdc\x32", f_cnt=4, at=later(1)), now=later(1)) == [ACCEPTED]
    before = Device.objects.values().get(), Entity.objects.values().get()
    # Again, later, and next day: a broker may keep a message that long.
    assert send(source, body, now=later(5)) == [DUPLICATE]
    assert send(source, body, now=later(24 * 60)) == [DUPLICATE]
    assert (Device.objects.values().get(), Entity.objects.values().get()) == before
    assert points(device) == [21.5, 22.0]
    assert Uplink.objects.count() == 2


def test_a_counter_that_restarts_is_a_new_session_and_not_a_duplicate() -> None:
    source, device = make_source(server="tts-v3"), make_thermometer()
    # The same payload and the same counters, before and after a restart.
    bodies = [
        things_stack(device.eui, f_cnt=number, at=later(minute)) for number, minute in [(0, 0), (1, 1), (0, 2), (1, 3)]
    ]
    assert send(source, *bodies, now=later(3)) == [ACCEPTED] * 4
    # All delivered again: none is new.
    assert send(source, *bodies, now=later(4)) == [DUPLICATE] * 4
    assert len(points(device)) == 4


def test_a_join_begins_a_session() -> None:
    source, device = make_source(server="tts-v3"), make_thermometer()
    join = json.dumps(
        {"end_device_ids": {"dev_eui": device.eui}, "received_at": later(1).isoformat(), "join_accept": {}}
    ).encode()
    assert send(source, things_stack(device.eui, f_cnt=0), now=later(0)) == [ACCEPTED]
    assert send(source, join, now=later(1)) == [IGNORED]
    assert send(source, things_stack(device.eui, f_cnt=0, at=later(2)), now=later(2)) == [ACCEPTED]
    device.refresh_from_db()
    assert (device.session, device.f_cnt) == (1, 0)


def test_late_messages_do_not_turn_back_the_state() -> None:
    source, device = make_source(), make_thermometer()
    newer = chirpstack(device.eui, b"\x00\xdc\x32", f_cnt=2, at=later(2), rxInfo=[{"gatewayId": "a", "rssi": -60}])
    assert send(source, newer, now=later(2)) == [ACCEPTED]
    assert send(source, chirpstack(device.eui, f_cnt=1, at=later(1)), now=later(3)) == [ACCEPTED]
    assert state(device) == 22.0
    assert points(device) == [21.5, 22.0]
    device.refresh_from_db()
    assert (device.last_seen_at, device.f_cnt, device.rssi) == (later(2), 2, -60)


def test_a_status_event_gives_the_battery_and_is_no_rejection() -> None:
    source, device = make_source(), make_thermometer()
    status = json.dumps(
        {
            "deduplicationId": "s",
            "time": NOW.isoformat(),
            "deviceInfo": {"devEui": device.eui},
            "margin": 5,
            "batteryLevel": 87.5,
        }
    ).encode()
    assert why(source, status) == (IGNORED, Reason.EVENT)
    assert send(source, status) == [DUPLICATE]
    device.refresh_from_db()
    assert (device.battery_percent, device.last_seen_at) == (87.5, NOW)
    assert Uplink.objects.get().event == "status"


def test_what_cannot_be_used_is_kept_with_its_reason() -> None:
    source = make_source()
    good = make_profile(make_codec())
    cases = {
        "unknown_device": chirpstack("02004d5450ffffff"),
        "disabled_device": chirpstack(make_device(good, is_active=False).eui),
        "no_profile": chirpstack(make_device().eui),
        "no_thing": chirpstack(make_device(good, entity=None).eui),
        "codec_error": chirpstack(make_device(make_profile(make_codec("function decodeUplink() { throw 'x' }"))).eui),
        "undecoded": chirpstack(make_device(make_profile()).eui),
        "unmapped": chirpstack(make_device(make_profile(make_codec(), mapping=[{"field": "a", "attribute": "b"}])).eui),
        "wrong_time": chirpstack(make_device(good).eui, time="1970-01-01T00:00:00Z"),
        "malformed": b'{"deviceInfo"',
    }
    future = chirpstack(make_device(good).eui, time="2031-01-01T00:00:00Z")
    outcomes = ingest([raw(source, body) for body in [*cases.values(), future]], now=NOW)
    assert [outcome.reason for outcome in outcomes] == [*cases, "wrong_time"]
    assert {outcome.status for outcome in outcomes} == {REJECTED}
    stored = {(uplink.reason, bytes(uplink.raw)) for uplink in Uplink.objects.rejected()}
    assert stored == {*cases.items(), ("wrong_time", future)}
    # What the device said is shown, even when it has no thing to say it of.
    assert Uplink.objects.get(reason="no_thing").decoded == {"temperature": 21.5, "humidity": 50}


def test_one_bad_uplink_never_spoils_its_batch() -> None:
    source, devices = make_source(), [make_thermometer() for _ in range(5)]
    bodies = [chirpstack(device.eui) for device in devices]
    bodies[2] = b"\xff"
    assert send(source, *bodies) == [ACCEPTED, ACCEPTED, REJECTED, ACCEPTED, ACCEPTED]
    assert [state(device) for device in devices] == [21.5, 21.5, None, 21.5, 21.5]


def test_a_message_that_the_database_refuses_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is halved until the culprit is found; the rest is stored."""
    source, devices = make_source(), [make_thermometer() for _ in range(7)]
    with connection.cursor() as cursor:
        # A rule of the database that we did not foresee.
        cursor.execute("ALTER TABLE devices_uplink ADD CHECK (f_cnt <> 13 OR reason = 'storage')")
    bodies = [chirpstack(device.eui, f_cnt=13 if index == 4 else index) for index, device in enumerate(devices)]
    assert send(source, *bodies) == [ACCEPTED] * 4 + [REJECTED] + [ACCEPTED] * 2
    assert Uplink.objects.get(f_cnt=13).reason == "storage"
    assert "check" in Uplink.objects.get(f_cnt=13).detail.lower()
    assert len(points(devices[6])) == 1


def test_a_hostile_codec_is_put_in_quarantine_and_costs_the_others_nothing() -> None:
    source, good = make_source(), make_thermometer()
    codec = make_codec("function decodeUplink(input) { while (true); }")
    hostile = [make_device(make_profile(codec)) for _ in range(3)]
    bodies = [chirpstack(device.eui) for device in (hostile[0], good, hostile[1])]
    outcomes = ingest([raw(source, body) for body in bodies], now=NOW)
    assert [outcome.reason for outcome in outcomes] == ["codec_error", None, "codec_quarantined"]
    assert state(good) == 21.5
    codec.refresh_from_db()
    assert (codec.quarantine, codec.quarantined_at) == ("overran", NOW)
    # From now on it is not run at all; its uplinks wait.
    assert why(source, chirpstack(hostile[2].eui)) == (REJECTED, Reason.CODEC_QUARANTINED)


def test_the_servers_own_decoding_serves_a_profile_without_codec() -> None:
    source, device = make_source(), make_device(make_profile())
    assert send(source, chirpstack(device.eui, object={"temperature": 19, "humidity": 40})) == [ACCEPTED]
    assert state(device) == 19
    assert why(source, chirpstack(device.eui, f_cnt=1, object={"temperature": "\0"})) == (REJECTED, Reason.WRONG_VALUE)


def test_an_envelope_without_time_is_observed_when_it_arrives() -> None:
    source, device = make_source(), make_thermometer()
    assert send(source, chirpstack(device.eui, time="2020-0327T12:39:05Z")) == [ACCEPTED]
    assert Uplink.objects.get().sent_at is None
    device.refresh_from_db()
    assert device.last_seen_at == NOW


def test_a_rejected_uplink_is_replayed_in_place() -> None:
    source = make_source()
    body = chirpstack("02004d5450abcdef", f_cnt=5)
    assert send(source, body) == [REJECTED]
    uplink = Uplink.objects.get()
    device = make_thermometer(eui="02004d5450abcdef")
    again = raw(source, bytes(uplink.raw), at=uplink.received_at, uplink_id=uplink.pk)
    (outcome,) = ingest([again], now=later(60))
    assert outcome.status is ACCEPTED
    uplink.refresh_from_db()
    assert (uplink.status, uplink.reason, uplink.replayed_at, uplink.device) == ("accepted", "", later(60), device)
    assert points(device) == [21.5]
    # Twice changes nothing, and so does the server that sends it again.
    assert ingest([again], now=later(61))[0].status is DUPLICATE
    assert send(source, body, now=later(62)) == [DUPLICATE]
    assert Uplink.objects.count() == 1


def test_a_replay_that_fails_again_says_why_now() -> None:
    source = make_source()
    assert send(source, chirpstack("02004d5450abcdef")) == [REJECTED]
    uplink = Uplink.objects.get()
    make_device(eui="02004d5450abcdef")
    ingest([raw(source, bytes(uplink.raw), uplink_id=uplink.pk)], now=later(1))
    uplink.refresh_from_db()
    assert (uplink.status, uplink.reason) == ("rejected", "no_profile")


def test_a_new_version_of_the_mapping_serves_at_once() -> None:
    source, device = make_source(), make_thermometer()
    assert send(source, chirpstack(device.eui)) == [ACCEPTED]
    profile = device.profile
    assert profile
    profile.mapping = [{"field": "temperature", "attribute": "temperature", "scale": 2}]
    profile.version += 1
    profile.save()
    assert send(source, chirpstack(device.eui, f_cnt=1, at=later(1)), now=later(1)) == [ACCEPTED]
    assert state(device) == 43.0


def test_a_batch_makes_a_bounded_number_of_queries(django_assert_num_queries: Any) -> None:
    """Hot statements do not pass through Django's cursor; what does is counted here, and must not grow with the batch."""
    source, devices = make_source(), [make_thermometer() for _ in range(40)]
    ingest([raw(source, chirpstack(device.eui)) for device in devices], now=NOW)
    again = [raw(source, chirpstack(device.eui, f_cnt=1, at=later(1))) for device in devices]
    with django_assert_num_queries(2):
        ingest(again, now=later(1))
    assert Codec.objects.count() == 40


def test_a_source_of_an_organisation_is_not_heard_about_the_devices_of_another() -> None:
    water, light, pumps = (
        Organisation.objects.create(kind="service", name=name, short_name=name, slug=name)
        for name in ("eau", "eclairage", "pompes")
    )
    Organisation.objects.filter(pk=pumps.pk).update(parent=water)
    theirs, mine, below = (make_thermometer(organisation=owner) for owner in (light, water, pumps))
    nobodys = make_thermometer()
    source = make_source(organisation=water)
    assert why(source, chirpstack(theirs.eui)) == (REJECTED, Reason.UNKNOWN_DEVICE)
    assert why(source, chirpstack(nobodys.eui)) == (REJECTED, Reason.UNKNOWN_DEVICE)
    assert send(source, chirpstack(mine.eui), chirpstack(below.eui)) == [ACCEPTED, ACCEPTED]
    assert points(theirs) == []
    theirs.refresh_from_db()
    assert (theirs.last_seen_at, theirs.f_cnt) == (None, None)
    assert not Uplink.objects.filter(device=theirs).exists()
    # A network that serves everybody is a source that belongs to nobody.
    assert send(make_source(), chirpstack(theirs.eui)) == [ACCEPTED]
