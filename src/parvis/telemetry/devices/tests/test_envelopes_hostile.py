"""Whatever stands anywhere in an envelope, it is read or it is `Malformed`: nothing else reaches ingestion."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from parvis.telemetry.devices.envelopes import PARSERS, DeviceEvent, Malformed, ParsedUplink, parse

from . import test_envelopes_of_servers as samples

ENVELOPES: dict[str, list[dict[str, Any]]] = {
    "chirpstack-v4": [
        {
            "deduplicationId": "d",
            "time": "2026-03-01T10:00:00Z",
            "deviceInfo": {"devEui": samples.EUI},
            "devAddr": "00000001",
            "fPort": 1,
            "fCnt": 2,
            "confirmed": False,
            "data": "AQ==",
            "object": {"t": 1},
            "rxInfo": [{"gatewayId": "aa", "rssi": -80, "snr": 7, "location": {"latitude": 1, "longitude": 2}}],
            "txInfo": {"frequency": 868100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 9}}},
        },
        {"deviceInfo": {"devEui": samples.EUI}, "margin": 1, "batteryLevel": 50},
        {
            "deviceInfo": {"devEui": samples.EUI},
            "level": "ERROR",
            "code": "X",
            "description": "y",
            "context": {"queue_item_id": "z"},
        },
    ],
    "chirpstack-v3": [
        {
            "devEUI": samples.EUI,
            "devAddr": "00000001",
            "rxInfo": [{"gatewayID": "AwMDAwMDAwM=", "time": "2026-03-01T10:00:00Z", "rssi": -48, "loRaSNR": 9}],
            "txInfo": {"frequency": 868100000, "loRaModulationInfo": {"bandwidth": 125, "spreadingFactor": 11}},
            "fCnt": 10,
            "fPort": 5,
            "data": "AQ==",
            "objectJSON": "{}",
        },
    ],
    "tts-v3": [
        {
            "end_device_ids": {"dev_eui": samples.EUI, "device_id": "x", "dev_addr": "00000001"},
            "received_at": "2026-03-01T10:00:00Z",
            "uplink_message": {
                "session_key_id": "s",
                "f_port": 1,
                "f_cnt": 2,
                "frm_payload": "AQ==",
                "decoded_payload": {},
                "rx_metadata": [{"gateway_ids": {"eui": "AA"}, "rssi": 1, "location": {"latitude": 1}}],
                "settings": {"data_rate": {"lora": {"bandwidth": 1, "spreading_factor": 7}}, "frequency": "868100000"},
                "last_battery_percentage": {"value": 3},
            },
        },
        {
            "end_device_ids": {"dev_eui": samples.EUI},
            "downlink_failed": {"downlink": {"correlation_ids": ["a"], "f_cnt": 1}, "error": {"name": "n"}},
        },
    ],
    "thingpark": [{"DevEUI_uplink": samples.REPORT}, {"DevEUI_downlink_Sent": {"DevEUI": samples.EUI, "FCntDn": 1}}],
    "liveobjects": [samples.live_objects(rssi=-1, snr=1, sf=7)],
    "wanesy": [{**samples.DATA_UP, "gwInfo": [{"gwEui": "a"}], "ulFrequency": 868.1, "dataRate": "SF9BW125"}],
    "loriot": [samples.RX, samples.GW],
    "sigfox": [{"device": "1A", "time": 1, "data": "00", "seqNumber": 1, "duplicates": [{"bsId": "a"}]}],
}
STRANGE: list[Any] = [
    None, True, -1, 0, 1.5, 2**63, 2**70, 1e300, -1e308, "", " ", "x", "é\u0000", "1e999", "nan", "٣", "-0", "9" * 5000,
    "0x", "+1", "1_000", "2026-13-45", "9999-12-31T23:59:59-23:59", 253402300800000, [], [[]], [None], {}, {"a": {}},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield from places(one, (*path, step))


def put(value: Any, path: tuple[Any, ...], strange: Any) -> Any:
    if not path:
        return strange
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], strange)
    return copy


@pytest.mark.parametrize("server", PARSERS)
def test_a_strange_value_anywhere(server: str) -> None:
    for envelope in ENVELOPES[server]:
        for path in places(envelope):
            for strange in STRANGE:
                body = json.dumps(put(envelope, path, strange)).encode()
                try:
                    message = parse(server, body)
                except Malformed as malformed:
                    assert str(malformed.message)
                else:
                    assert_sound(message, body)


def assert_sound(message: ParsedUplink | DeviceEvent, body: bytes) -> None:
    assert len(message.dev_eui) == 16, body
    assert set(message.dev_eui) <= set("0123456789abcdef"), body
    if isinstance(message, ParsedUplink):
        assert type(message.f_port) is int, body
        assert 0 <= message.f_port <= 255, body
        assert type(message.f_cnt) is int, body
        assert 0 <= message.f_cnt < 2**32, body
        assert all(isinstance(one, str) for one in (*message.problems, *(gateway.id for gateway in message.gateways)))


@pytest.mark.parametrize("server", PARSERS)
def test_a_truncated_or_scrambled_body(server: str) -> None:
    chance = random.Random(4)
    for envelope in ENVELOPES[server]:
        body = json.dumps(envelope).encode()
        scrambled = [bytes(chance.choice([byte, chance.randrange(256)]) for byte in body) for _ in range(20)]
        for hostile in [body[:cut] for cut in range(0, len(body), 7)] + scrambled:
            with pytest.raises(Malformed):
                parse(server, hostile)


@pytest.mark.parametrize("server", PARSERS)
@pytest.mark.parametrize("body", [b"", b"\x00", b"null", b"[" * 100_000, b'{"a":' * 100_000, b'"\xed\xa0\x80"'])
def test_what_is_no_envelope_at_all(server: str, body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(server, body)


@pytest.mark.parametrize("server", PARSERS)
def test_an_envelope_nested_without_end(server: str) -> None:
    """In the member where each keeps what it does not look into."""
    name = {"chirpstack-v3": "object", "tts-v3": "service_data"}.get(server, "object")
    body = json.dumps(ENVELOPES[server][0]).encode()[:-1] + f', "{name}": '.encode() + b'{"a":' * 20_000 + b"1"
    with pytest.raises(Malformed):
        parse(server, body + b"}" * 20_001)
