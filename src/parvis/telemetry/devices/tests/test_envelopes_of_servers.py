"""Each server's own ways, by hand, from what its documentation and its users show."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parvis.telemetry.devices.envelopes import DeviceEvent, EventKind, Malformed, ParsedUplink, parse
from parvis.telemetry.devices.rules.identity import message_key

EUI = "02004d5450000001"


def uplink(server: str, envelope: dict[str, Any]) -> ParsedUplink:
    message = parse(server, json.dumps(envelope).encode())
    assert isinstance(message, ParsedUplink)
    return message


def told(server: str, envelope: dict[str, Any], event: str = "") -> DeviceEvent:
    message = parse(server, json.dumps(envelope).encode(), event)
    assert isinstance(message, DeviceEvent)
    return message


# --- ChirpStack v3


@pytest.mark.parametrize("written", [EUI, EUI.upper(), "02:00:4D:54:50:00:00:01", "AgBNVFAAAAE=", "AgBNVFAAAAE"])
def test_an_eui_of_chirpstack_v3_is_hexadecimal_or_base64(written: str) -> None:
    assert uplink("chirpstack-v3", {"devEUI": written, "data": "AQ=="}).dev_eui == EUI


def test_the_decoded_object_of_chirpstack_v3_may_be_json_in_a_text() -> None:
    assert uplink("chirpstack-v3", {"devEUI": EUI, "data": "AQ==", "objectJSON": '{"t": 2}'}).decoded == {"t": 2}
    assert uplink("chirpstack-v3", {"devEUI": EUI, "data": "AQ==", "objectJSON": "{"}).decoded is None
    assert uplink("chirpstack-v3", {"devEUI": EUI, "data": "AQ==", "object": {"t": 3}}).decoded == {"t": 3}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"devAddr": "ACwsLA==", "rxInfo": [], "dr": 0}, EventKind.JOIN),
        ({"margin": 8, "batteryLevel": 75.5}, EventKind.STATUS),
        ({"acknowledged": True, "fCnt": 3}, EventKind.ACK),
        ({"acknowledged": False, "fCnt": 3}, EventKind.NACK),
        ({"fCnt": 3, "gatewayID": "AwMDAwMDAwM=", "txInfo": {}}, EventKind.SENT),
        ({"type": "UPLINK_CODEC", "error": "no", "fCnt": 1}, EventKind.LOG),
        ({"type": "DOWNLINK_PAYLOAD_SIZE", "error": "too long", "fCnt": 1}, EventKind.FAILED),
        ({"location": {"latitude": 43.6, "longitude": 3.9}}, EventKind.LOCATION),
    ],
)
def test_events_of_chirpstack_v3(fields: dict[str, Any], kind: EventKind) -> None:
    assert told("chirpstack-v3", {"devEUI": "AgBNVFAAAAE=", **fields}).kind is kind


def test_the_name_of_a_topic_wins_over_the_shape() -> None:
    assert told("chirpstack-v3", {"devEUI": EUI, "data": "AQ=="}, "join").kind is EventKind.JOIN
    assert isinstance(
        parse("chirpstack-v3", json.dumps({"devEUI": EUI, "devAddr": "00000001"}).encode(), "rx"), ParsedUplink
    )


# --- ThingPark

REPORT = {
    "Time": "2016-07-05T08:58:26.654+02:00",
    "DevEUI": EUI.upper(),
    "FPort": "2",
    "FCntUp": "3",
    "MType": "4",
    "payload_hex": "0AFF",
    "LrrRSSI": "-100.000000",
    "LrrSNR": "5.750000",
    "SpFact": "12",
    "Lrrid": "080603DB",
    "LrrLAT": "52.069241",
    "LrrLON": "4.349416",
    "Lrrs": {"Lrr": {"Lrrid": "080603DB", "LrrRSSI": "-100.000000", "LrrSNR": "5.750000"}},
    "Frequency": "868.1",
    "BatteryLevel": "127",
}


def test_every_number_of_thingpark_may_be_a_text_and_a_list_of_one_an_object() -> None:
    read = uplink("thingpark", {"DevEUI_uplink": REPORT})
    assert (read.dev_eui, read.f_port, read.f_cnt, read.payload.hex()) == (EUI, 2, 3, "0aff")
    assert read.received_at == datetime(2016, 7, 5, 6, 58, 26, 654_000, tzinfo=UTC)
    assert (read.confirmed, read.rssi, read.snr, read.spreading_factor) == (True, -100, 5.75, 12)
    assert (read.frequency_hz, read.battery_percent) == (868_100_000, 50)
    (gateway,) = read.gateways
    assert (gateway.id, gateway.rssi, gateway.longitude, gateway.latitude) == ("080603db", -100, 4.349416, 52.069241)


def test_thingpark_without_its_wrapper_with_a_time_in_milliseconds() -> None:
    """As an operator's portal sends it."""
    flat = {**REPORT, "Time": 1473419836813, "FPort": 1, "FCntUp": 0, "Lrrs": None}
    read = uplink("thingpark", flat)
    assert read.received_at == datetime(2016, 9, 9, 11, 17, 16, 813_000, tzinfo=UTC)
    assert (read.f_port, read.f_cnt, [one.id for one in read.gateways]) == (1, 0, ["080603db"])


def test_a_frame_of_thingpark_without_application_payload() -> None:
    for missing in ({"FPort": "", "payload_hex": ""}, {"FPort": None, "payload_hex": None}):
        read = uplink("thingpark", {"DevEUI_uplink": {**REPORT, **missing}})
        assert (read.f_port, read.payload) == (0, b"")


@pytest.mark.parametrize(
    ("member", "fields", "kind", "error"),
    [
        ("DevEUI_uplink", {"MType": "0"}, EventKind.JOIN, ""),
        ("DevEUI_downlink_Sent", {"DeliveryStatus": "1", "DeliveryFailedCause1": "C0"}, EventKind.SENT, ""),
        (
            "DevEUI_downlink_Sent",
            {"DeliveryStatus": 0, "DeliveryFailedCause1": "D0", "DeliveryFailedCause2": "00"},
            EventKind.FAILED,
            "RX1: D0",
        ),
        ("DevEUI_location", {"DevLAT": "43.6", "DevLON": "3.9"}, EventKind.LOCATION, ""),
        ("DevEUI_notification", {"Type": "join"}, EventKind.JOIN, ""),
        ("DevEUI_notification", {"Type": "reset"}, EventKind.OTHER, ""),
    ],
)
def test_reports_of_thingpark(member: str, fields: dict[str, Any], kind: EventKind, error: str) -> None:
    event = told("thingpark", {member: {"DevEUI": EUI, "CorrelationID": "A1", **fields}})
    assert (event.kind, event.error) == (kind, error)
    if member == "DevEUI_downlink_Sent":
        assert event.reference == "A1"
    if kind is EventKind.LOCATION:
        assert (event.longitude, event.latitude) == (3.9, 43.6)


# --- Live Objects


def live_objects(**lora: Any) -> dict[str, Any]:
    return {
        "metadata": {"source": f"urn:lo:nsid:lora:{EUI.upper()}", "network": {"lora": {"port": 1, "fcnt": 2, **lora}}},
        "timestamp": "2026-03-01T10:00:00.5Z",
        "value": {"payload": "00D7", "temperature": 21.5},
    }


def test_live_objects_gives_its_own_decoding_beside_the_payload() -> None:
    read = uplink("liveobjects", live_objects(messageType="CONFIRMED_DATA_UP"))
    assert (read.dev_eui, read.payload.hex(), read.decoded, read.confirmed) == (
        EUI,
        "00d7",
        {"temperature": 21.5},
        True,
    )


def test_a_join_of_live_objects() -> None:
    assert told("liveobjects", {**live_objects(messageType="JOIN_REQUEST"), "value": None}).kind is EventKind.JOIN


# --- Wanesy

DATA_UP = {"endDevice": {"devEui": EUI}, "fPort": 1, "fCntUp": 4, "payload": "0112", "encodingType": "hexa"}


def test_wanesy_writes_its_payload_in_hexadecimal_or_base64() -> None:
    assert uplink("wanesy", DATA_UP).payload == b"\x01\x12"
    assert uplink("wanesy", {**DATA_UP, "payload": "ARI=", "encodingType": "BASE64"}).payload == b"\x01\x12"
    assert uplink("wanesy", {**DATA_UP, "encrypted": True}).problems == ("encrypted payload",)
    with pytest.raises(Malformed, match="encodingType"):
        parse("wanesy", json.dumps({**DATA_UP, "encodingType": "ASCII"}).encode())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("ACKED", EventKind.ACK),
        ("SENT", EventKind.SENT),
        ("FAILED_DUTY_CYCLE", EventKind.FAILED),
        (None, EventKind.SENT),
    ],
)
def test_downlinks_of_wanesy(status: str | None, kind: EventKind) -> None:
    event = told("wanesy", {"endDevice": {"devEui": EUI}, "dataDownId": "d1", "deliveryStatus": status})
    assert (event.kind, event.reference) == (kind, "d1")


def test_a_downlink_of_wanesy_has_a_payload_and_is_no_uplink() -> None:
    event = told(
        "wanesy",
        {
            "id": "d1",
            "endDevice": {"devEui": EUI},
            "payload": "01",
            "fPort": 1,
            "fCntDown": 3,
            "status": "SENT",
            "historic": [],
            "timestamp": 1772432104089,
        },
    )
    assert (event.kind, event.reference, event.f_cnt, event.message_id) == (EventKind.SENT, "d1", 3, None)
    assert event.received_at == datetime(2026, 3, 2, 6, 15, 4, 89_000, tzinfo=UTC)


# --- LORIOT

RX = {
    "cmd": "rx",
    "EUI": EUI.upper(),
    "ts": 1690901260493,
    "fcnt": 3,
    "port": 1,
    "freq": 868300000,
    "dr": "SF12 BW125 4/5",
    "rssi": -38,
    "snr": 8.5,
    "bat": 254,
    "data": "0252",
}
GW = {
    **{name: value for name, value in RX.items() if name not in {"rssi", "snr"}},
    "cmd": "gw",
    "seqno": 4,
    "devaddr": "306580F2",
    "gws": [{"gweui": "1020304080706050", "rssi": -42, "snr": 8}, {"gweui": "1020304081716151", "rssi": -38, "lat": 1}],
}


def test_rx_and_gw_of_one_uplink_are_one_observation() -> None:
    first, second = uplink("loriot", RX), uplink("loriot", GW)
    assert message_key(first, session=0, body=b"a") == message_key(second, session=0, body=b"b")
    assert (first.rssi, second.rssi, first.received_at) == (-38, -38, second.received_at)
    assert (first.battery_percent, second.dev_addr) == (100, "306580f2")


def test_loriot_without_its_application_key_gives_what_is_encrypted_and_says_so() -> None:
    encrypted = {name: value for name, value in RX.items() if name != "data"} | {"encdata": "ffee"}
    read = uplink("loriot", encrypted)
    assert (read.payload, read.problems) == (b"\xff\xee", ("encrypted payload",))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"cmd": "txd", "seqdn": 12, "seqq": 1, "msgType": "User DL", "port": 1, "data": "01"}, EventKind.SENT),
        ({"cmd": "txd", "error": "timeout"}, EventKind.FAILED),
        ({"cmd": "join"}, EventKind.JOIN),
        ({"cmd": "something_new"}, EventKind.OTHER),
    ],
)
def test_events_of_loriot(fields: dict[str, Any], kind: EventKind) -> None:
    assert told("loriot", {"EUI": EUI, "ts": 1690901260493, **fields}).kind is kind


# --- Sigfox


def test_a_message_of_sigfox() -> None:
    callback = {
        "device": "1A2B3C",
        "time": "1690901260",
        "data": "0aFF",
        "seqNumber": "4095",
        "station": "8B9C",
        "rssi": "-120.5",
        "snr": "12.1",
        "ack": "false",
    }
    read = uplink("sigfox", callback)
    assert (read.dev_eui, read.f_port, read.f_cnt, read.payload) == ("00000000001a2b3c", 0, 4095, b"\x0a\xff")
    assert read.received_at == datetime(2023, 8, 1, 14, 47, 40, tzinfo=UTC)
    assert (read.confirmed, read.rssi, [one.id for one in read.gateways]) == (False, -120.5, ["8b9c"])
    advanced = {
        **{name: callback[name] for name in ("device", "time", "data", "seqNumber")},
        "duplicates": [{"bsId": "8B9C", "rssi": -120, "snr": 12}, {"bsId": "8B9D", "rssi": -99, "snr": 3}],
    }
    later = uplink("sigfox", advanced)
    assert (later.rssi, len(later.gateways)) == (-99, 2)
    assert message_key(read, session=0, body=b"a") == message_key(later, session=0, body=b"b")


def test_messages_of_sigfox_without_counter_are_named_by_their_time() -> None:
    bare = {"device": "1A2B3C", "time": 1690901260, "data": "00"}
    first, again, later = (uplink("sigfox", {**bare, **more}) for more in ({}, {"lqi": "GOOD"}, {"time": 1690901860}))
    keys = [message_key(one, session=0, body=b"") for one in (first, again, later)]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"batt": "3.1", "temp": "20"}, EventKind.STATUS),
        ({"downlinkAck": "true", "infoCode": 0}, EventKind.SENT),
        ({"downlinkAck": False, "infoMessage": "no station"}, EventKind.FAILED),
        ({"computedLocation": {"lat": 43.6, "lng": 3.9}}, EventKind.LOCATION),
        ({"severity": "WARN", "info": "silent"}, EventKind.LOG),
    ],
)
def test_events_of_sigfox(fields: dict[str, Any], kind: EventKind) -> None:
    assert told("sigfox", {"device": "1A2B3C", "time": 1690901260, **fields}).kind is kind
