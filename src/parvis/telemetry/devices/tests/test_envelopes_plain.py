"""Plain JSON: read where its form says, each message once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parvis.telemetry.devices.envelopes import PLAIN, Malformed, ParsedUplink, parse
from parvis.telemetry.devices.envelopes.plain import eui_of, topic_naming
from parvis.telemetry.devices.ingestion import OutcomeStatus, RawUplink, ingest, source_ref
from parvis.telemetry.devices.models import Uplink
from parvis.telemetry.devices.rules.identity import message_key
from parvis.telemetry.devices.services.replaying import replay_one
from parvis.telemetry.history.selectors import series

from .factories import NOW, later, make_device, make_profile, make_source

VALUES = {"device": "id", "values": "m", "time": "at"}


def read(form: dict[str, Any], body: Any, **more: Any) -> ParsedUplink:
    message = parse(PLAIN, json.dumps(body).encode(), form=form, **more)
    assert isinstance(message, ParsedUplink)
    return message


def test_values_are_what_the_server_decoded() -> None:
    told = read(
        {
            **VALUES,
            "battery": "m.battery",
            "rssi": "radio.0.rssi",
            "gateway": "radio.0.gw",
            "counter": "n",
            "port": "p",
        },
        {
            "id": "02-00-4D-54-50-00-00-01",
            "at": "2026-03-01T11:00:00.123456+01:00",
            "m": {"temperature": 21.5, "battery": "80"},
            "radio": [{"rssi": -90, "gw": "GW1"}],
            "n": "7",
            "p": 3,
        },
    )
    assert (told.dev_eui, told.f_cnt, told.f_port) == ("02004d5450000001", 7, 3)
    assert told.received_at == datetime(2026, 3, 1, 10, 0, 0, 123_000, tzinfo=UTC)
    assert told.decoded == {"temperature": 21.5, "battery": "80"}
    assert (told.battery_percent, told.rssi, [one.id for one in told.gateways]) == (80, -90, ["gw1"])


@pytest.mark.parametrize(("encoding", "written"), [("hex", "00 D7"), ("base64", "ANc=")])
def test_a_payload_is_for_the_codec(encoding: str, written: str) -> None:
    told = read({"device": "id", "payload": "d", "encoding": encoding}, {"id": "1A", "d": written})
    assert (told.payload, told.decoded, told.dev_eui) == (b"\x00\xd7", None, "000000000000001a")


def test_the_whole_body_may_be_the_values_and_the_topic_name_the_device() -> None:
    told = read({"topic_level": 3, "values": "."}, {"t": 1}, topic="ville/parc/capteur-12/mesures")
    assert (told.dev_eui, told.decoded) == (eui_of("capteur-12"), {"t": 1})
    with pytest.raises(Malformed, match="niveau 3"):
        read({"topic_level": 3, "values": "."}, {"t": 1}, topic="ville/parc")


@pytest.mark.parametrize(
    ("device", "eui"),
    [
        ("02004D5450000001", "02004d5450000001"),
        ("02:00:4d:54:50:00:00:01", "02004d5450000001"),
        ("42", "0000000000000042"),
    ],
)
def test_hexadecimal_digits_are_the_end_of_an_eui(device: str, eui: str) -> None:
    assert eui_of(device) == eui


def test_an_eui_is_made_from_any_other_name_always_the_same() -> None:
    assert eui_of("capteur-12") == eui_of("capteur-12") != eui_of("capteur-13")
    for name in ("capteur-12", "é\ud800", "0" * 17):
        assert len(eui_of(name)) == 16
        assert eui_of(name).startswith("02")


def test_messages_are_told_apart_by_what_they_have() -> None:
    def key(form: dict[str, Any], body: Any, at: datetime = NOW) -> object:
        return message_key(read(form, body, arrived=at), session=0, body=b"")

    same = {"id": "1", "m": {"t": 1}}
    # By their time: the same value, later.
    first, second = {**same, "at": 1772000000}, {**same, "at": 1772000600}
    assert key(VALUES, first) == key(VALUES, first, later(5)) != key(VALUES, second)
    # By what they say at one time: a message a measure.
    assert key(VALUES, first) != key(VALUES, {**first, "m": {"u": 1}})
    # By their number.
    counted = {"device": "id", "values": "m", "counter": "n"}
    assert key(counted, {**same, "n": 1}) != key(counted, {**same, "n": 2})
    named = {"device": "id", "values": "m", "message_id": "n"}
    assert key(named, {**same, "n": "a"}) == key(named, {**same, "n": "a"}, later(5)) != key(named, {**same, "n": "b"})
    # By their arrival, when they have nothing else.
    bare = {"device": "id", "values": "m"}
    assert key(bare, same) == key(bare, same) != key(bare, same, later(5))


@pytest.mark.parametrize(
    ("form", "body", "words"),
    [
        ({}, {}, "forme du JSON"),
        ({"device": "id"}, {}, "forme du JSON"),
        ({"device": 3, "values": "."}, {}, "device"),
        (VALUES, [], "forme attendue"),
        (VALUES, {"m": {"t": 1}}, "« id » manque"),
        (VALUES, {"id": "1"}, "« m » manque"),
        (VALUES, {"id": "1", "m": {}}, "« m » manque"),
        ({"device": "id", "payload": "d"}, {"id": "1", "d": 5}, "« d » manque"),
        ({"device": "id", "payload": "d"}, {"id": "1", "d": "xyz"}, "hexadécimal"),
        ({**VALUES, "port": "p"}, {"id": "1", "m": {"t": 1}, "p": 300}, "« p »"),
    ],
)
def test_what_cannot_be_read_is_told(form: dict[str, Any], body: Any, words: str) -> None:
    with pytest.raises(Malformed) as told:
        read(form, body)
    assert words in str(told.value.message)


@pytest.mark.django_db
def test_values_named_by_the_topic_become_readings_and_are_read_again_without_it() -> None:
    profile = make_profile(mapping=[{"field": "t", "attribute": "temperature", "unit_code": "CEL"}])
    device = make_device(profile, eui=eui_of("capteur-12"), is_active=False)
    source = make_source(server="json", form={"topic_level": 2, "values": "m", "time": "at"})
    body = json.dumps({"at": NOW.isoformat(), "m": {"t": 21.5}}).encode()
    raw = RawUplink(source=source_ref(source), body=body, topic="ville/capteur-12/mesures", received_at=NOW)
    (outcome,) = ingest([raw], now=NOW)
    assert outcome.status is OutcomeStatus.REJECTED
    device.is_active = True
    device.save()
    (uplink,) = Uplink.objects.all()
    assert (
        uplink.eui
        == device.eui
        == read(dict(source.form), json.loads(body), topic=topic_naming(source.form, uplink.eui)).dev_eui
    )
    assert replay_one(uplink=uplink, now=NOW).status is OutcomeStatus.ACCEPTED
    assert device.entity is not None
    assert series(device.entity.pk, "temperature", later(-5), later(5)) == [(NOW, 21.5)]
