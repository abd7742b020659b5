"""Envelopes, by hand for the shapes we were told of, and against the real corpus when it is there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import SHARED_DATA
from parvis.telemetry.devices.envelopes import DeviceEvent, EventKind, Malformed, ParsedUplink, parse

CORPUS = SHARED_DATA / "lorawan" / "uplinks.jsonl"


# A vendor's gateway that imitates ChirpStack v3.
PARSED_AS = {"http-chirpstack-v3-like": "chirpstack-v3"}


def corpus() -> Iterator[Any]:
    if not CORPUS.exists():
        yield pytest.param(None, marks=pytest.mark.skip(reason="the corpus of real envelopes is not on this machine"))
        return
    for number, line in enumerate(CORPUS.read_text().splitlines(), 1):
        row = json.loads(line)
        yield pytest.param(row, id=f"{number}-{row['server']}-{row['device']}")


@pytest.mark.parametrize("row", list(corpus()))
def test_real_envelopes_are_read_exactly(row: dict[str, Any]) -> None:
    expected = row["expected"]
    message = parse(PARSED_AS.get(row["server"], row["server"]), json.dumps(row["envelope"]).encode())
    assert message.dev_eui == expected["dev_eui"]
    at = message.received_at
    assert (int(at.timestamp() * 1000) if at else None) == expected["received_at_ms"]
    assert message.message_id == expected["message_id"]
    if expected["event"] == "status":
        assert isinstance(message, DeviceEvent)
        assert message.kind is EventKind.STATUS
        return
    assert isinstance(message, ParsedUplink)
    assert message.payload.hex() == expected["payload_hex"]
    assert len(message.payload) == expected["payload_len"]
    gateways = [{"id": one.id, "rssi": one.rssi, "snr": one.snr} for one in message.gateways]
    assert gateways == expected["gateways"]
    assert list(message.problems) == expected["problems"]
    same = [
        "dev_addr",
        "f_port",
        "f_cnt",
        "confirmed",
        "rssi",
        "snr",
        "frequency_hz",
        "spreading_factor",
        "bandwidth_hz",
    ]
    assert {name: getattr(message, name) for name in same} == {name: expected[name] for name in same}


def chirpstack(**changes: Any) -> bytes:
    return json.dumps(
        {"deviceInfo": {"devEui": "02004d5450000001"}, "time": "2026-03-01T10:00:00Z", **changes}
    ).encode()


def test_zeros_left_out_by_proto3_are_zero() -> None:
    message = parse("chirpstack-v4", chirpstack(data="AQ==", rxInfo=[]))
    assert isinstance(message, ParsedUplink)
    assert (message.f_port, message.f_cnt, message.confirmed) == (0, 0, False)


def test_numbers_sent_as_strings_are_numbers() -> None:
    message = parse(
        "chirpstack-v4", chirpstack(data="AQ==", fPort="7", fCnt="12", rxInfo=[{"gatewayId": "AA", "rssi": "-70"}])
    )
    assert isinstance(message, ParsedUplink)
    assert (message.f_port, message.f_cnt, message.rssi) == (7, 12, -70)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # More than six decimals, truncated and not rounded.
        ("2026-03-01T10:00:00.999999999Z", datetime(2026, 3, 1, 10, 0, 0, 999_000, tzinfo=UTC)),
        # Another offset than Z.
        ("2026-03-01T11:00:00.5+01:00", datetime(2026, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
        # Not a date: the arrival time will serve.
        ("2020-0327T12:39:05.547336Z", None),
        ("", None),
        # The first hour of year 1, in a zone that puts it before the calendar.
        ("0001-01-01T00:00:00+02:00", None),
    ],
)
def test_times(text: str, expected: datetime | None) -> None:
    assert parse("chirpstack-v4", chirpstack(time=text, data="AQ==")).received_at == expected


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"devAddr": "00189440"}, EventKind.JOIN),
        ({"margin": 8, "batteryLevel": 93.7}, EventKind.STATUS),
        ({"queueItemId": "x", "acknowledged": True, "fCntDown": 3}, EventKind.ACK),
        ({"queueItemId": "x", "acknowledged": False, "fCntDown": 3}, EventKind.NACK),
        # proto3 JSON leaves out what is false.
        ({"queueItemId": "x", "fCntDown": 3}, EventKind.NACK),
        ({"queueItemId": "x", "downlinkId": 5, "gatewayId": "aa", "txInfo": {"frequency": 1}}, EventKind.SENT),
        ({"level": "ERROR", "code": "UPLINK_CODEC", "description": "…"}, EventKind.LOG),
        ({"level": "ERROR", "code": "EXPIRED", "context": {"queue_item_id": "x"}}, EventKind.FAILED),
        ({"location": {"latitude": 47.3}}, EventKind.LOCATION),
    ],
)
def test_chirpstack_events_are_told_by_their_shape(fields: dict[str, Any], kind: EventKind) -> None:
    message = parse("chirpstack-v4", chirpstack(**fields))
    assert isinstance(message, DeviceEvent)
    assert message.kind is kind


def test_a_battery_on_mains_or_unknown_has_no_level() -> None:
    for unknown in ({"externalPowerSource": True}, {"batteryLevelUnavailable": True}):
        message = parse("chirpstack-v4", chirpstack(margin=8, batteryLevel=0.0, **unknown))
        assert message.battery_percent is None
    assert parse("chirpstack-v4", chirpstack(margin=8, batteryLevel=93.7)).battery_percent == 93.7


def test_chirpstack_events_of_a_downlink_name_it() -> None:
    acknowledged = parse("chirpstack-v4", chirpstack(queueItemId="q1", acknowledged=True, fCntDown=3), "ack")
    assert isinstance(acknowledged, DeviceEvent)
    assert (acknowledged.reference, acknowledged.f_cnt) == ("q1", 3)
    expired = parse(
        "chirpstack-v4",
        chirpstack(level="ERROR", code="EXPIRED", description="too late", context={"queue_item_id": "q1"}),
        "log",
    )
    assert isinstance(expired, DeviceEvent)
    assert (expired.kind, expired.reference, expired.error) == (EventKind.FAILED, "q1", "EXPIRED: too late")
    located = parse("chirpstack-v4", chirpstack(location={"latitude": 43.6, "longitude": 3.9}), "location")
    assert isinstance(located, DeviceEvent)
    assert (located.longitude, located.latitude) == (3.9, 43.6)


def things_stack(**members: Any) -> DeviceEvent:
    ids = {"dev_eui": "02004D5450000001", "device_id": "x"}
    message = parse("tts-v3", json.dumps({"end_device_ids": ids, **members}).encode())
    assert isinstance(message, DeviceEvent)
    return message


DOWNLINK = {
    "f_cnt": 7,
    "f_port": 1,
    "correlation_ids": ["as:downlink:01F", "rpc:/ttn.lorawan.v3.AppAs/X:01F", "parvis:9"],
}


@pytest.mark.parametrize(
    ("members", "kind", "reference"),
    [
        ({"join_accept": {"session_key_id": "x"}}, EventKind.JOIN, ""),
        ({"uplink_normalized": {"f_cnt": 1}}, EventKind.OTHER, ""),
        ({"downlink_ack": DOWNLINK}, EventKind.ACK, "parvis:9"),
        ({"downlink_nack": DOWNLINK}, EventKind.NACK, "parvis:9"),
        ({"downlink_sent": DOWNLINK}, EventKind.SENT, "parvis:9"),
        ({"downlink_queued": DOWNLINK}, EventKind.QUEUED, "parvis:9"),
        ({"downlink_failed": {"downlink": DOWNLINK, "error": {"name": "no_session"}}}, EventKind.FAILED, "parvis:9"),
        ({"downlink_queue_invalidated": {"downlinks": [DOWNLINK]}}, EventKind.FAILED, "parvis:9"),
        ({"location_solved": {"location": {"latitude": 43.6, "longitude": 3.9}}}, EventKind.LOCATION, ""),
    ],
)
def test_things_stack_events_are_told_by_their_member(members: dict[str, Any], kind: EventKind, reference: str) -> None:
    message = things_stack(**members)
    assert (message.kind, message.reference) == (kind, reference)
    if kind is EventKind.ACK:
        assert message.f_cnt == 7
    if "error" in members.get("downlink_failed", {}):
        assert message.error == "no_session"


def test_a_device_of_the_things_stack_may_be_named_by_its_eui() -> None:
    body = {"end_device_ids": {"device_id": "eui-02004d5450000001"}, "uplink_message": {}}
    message = parse("tts-v3", json.dumps(body).encode())
    assert isinstance(message, ParsedUplink)
    assert (message.dev_eui, message.f_port, message.f_cnt, message.payload) == ("02004d5450000001", 0, 0, b"")


def test_what_is_not_understood_of_the_radio_does_not_matter() -> None:
    message = parse(
        "chirpstack-v4",
        chirpstack(data="AQ==", rxInfo=[{"gatewayId": 5, "rssi": "", "snr": []}, None, 3], txInfo="?", object=[1]),
    )
    assert isinstance(message, ParsedUplink)
    assert [(one.id, one.rssi, one.snr) for one in message.gateways] == [("5", None, None)]
    assert (message.payload, message.frequency_hz, message.decoded) == (b"\x01", None, None)


def test_the_best_gateway_is_the_strongest_one() -> None:
    heard = [{"gatewayId": "a"}, {"gatewayId": "b", "rssi": -90, "snr": 1}, {"gatewayId": "c", "rssi": -70, "snr": -3}]
    message = parse("chirpstack-v4", chirpstack(data="", rxInfo=heard))
    assert isinstance(message, ParsedUplink)
    assert (message.rssi, message.snr) == (-70, -3)


@pytest.mark.parametrize(
    ("server", "body", "words"),
    [
        ("chirpstack-v4", b"{", "JSON"),
        ("chirpstack-v4", b"\xff\xfe", "JSON"),
        ("chirpstack-v4", b"[]", "forme attendue"),
        ("chirpstack-v4", b'{"object": ' + b"[" * 100_000, "object"),
        ("chirpstack-v4", b"{}", "« deviceInfo » manque"),
        ("chirpstack-v4", b'{"deviceInfo": {}}', "« deviceInfo.devEui » manque"),
        ("chirpstack-v4", b'{"deviceInfo": {"devEui": "xyz"}}', "EUI"),
        ("chirpstack-v4", b'{"deviceInfo": {"devEui": "02004d5450000001"}}', "ni une remont"),
        ("chirpstack-v4", chirpstack(data="*"), "base64"),
        ("chirpstack-v4", chirpstack(data="AQ==", fPort=256), "fPort"),
        ("chirpstack-v4", chirpstack(data="AQ==", fCnt=-1), "fCnt"),
        ("chirpstack-v4", chirpstack(data="AQ==", fCnt=2**70), "fCnt"),
        ("chirpstack-v4", chirpstack(data="AQ==", fPort=[]), "fPort"),
        ("tts-v3", b'{"end_device_ids": {"device_id": "a"}}', "dev_eui"),
        ("tts-v3", b'{"end_device_ids": {"dev_eui": "02004D5450000001"}}', "ni une remont"),
    ],
)
def test_what_cannot_be_read_is_told_precisely(server: str, body: bytes, words: str) -> None:
    with pytest.raises(Malformed) as told:
        parse(server, body)
    assert words in str(told.value.message)
