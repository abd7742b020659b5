"""Air, waiting, addresses and what is written to each server: no database, no network."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from parvis.telemetry.devices.downlinks import chirpstack_v4, things_stack_v3
from parvis.telemetry.devices.downlinks.addressing import Address, told_by, written
from parvis.telemetry.devices.downlinks.encoding import Encoded, EncodingRefused, read_answer
from parvis.telemetry.devices.downlinks.orders import ByHttp, ByMqtt, Message, Order
from parvis.telemetry.devices.rules.airtime import HOUR, frame_ms, gateway_budget_ms, room_at, time_on_air_ms
from parvis.telemetry.devices.rules.handover import MOST_ATTEMPTS, again_at, knock_again_at

from .factories import NOW, chirpstack, later, things_stack

EUI = "02004d5450000001"
REFERENCE = "7a1f5c1e-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("phy_bytes", "spreading_factor", "crc", "expected_ms"),
    [
        (24, 12, True, 1482.752),  # `consumed_airtime` that The Things Stack told of an uplink of 11 bytes
        (23, 7, True, 61.696),  # AN1200.13 by hand: 12.25 + 48 symbols of 1.024 ms
        (23, 11, True, 823.296),  # 50.25 symbols of 16.384 ms: low data rate optimisation begins
        (14, 7, False, 41.216),  # 12.25 + 8 + 4 x 5 symbols
    ],
)
def test_time_on_air(phy_bytes: int, spreading_factor: int, crc: bool, expected_ms: float) -> None:
    assert time_on_air_ms(phy_bytes, spreading_factor=spreading_factor, crc=crc) == pytest.approx(expected_ms)


def test_a_frame_is_its_payload_and_thirteen_bytes() -> None:
    assert frame_ms(1, 7) == 42


def test_gateways_may_say_less_to_class_a_than_to_class_c() -> None:
    assert gateway_budget_ms("A") == 18_000
    assert gateway_budget_ms("C") == 180_000


@pytest.mark.parametrize(
    ("spent", "wanted_ms", "expected"),
    [
        ([], 10, None),
        ([(-10, 50)], 50, None),  # exactly what is left
        ([(-10, 50)], 51, 50),  # when the first has left the window
        ([(-10, 40), (-50, 40)], 30, 10),  # the older one is enough
        ([(-10, 40), (-50, 40)], 70, 50),
        ([(-61, 100)], 100, None),  # out of the window
        ([(-10, 10)], 500, 50),  # larger than all: once nothing else is in the window
    ],
)
def test_room_in_a_sliding_window(spent: list[tuple[int, int]], wanted_ms: int, expected: int | None) -> None:
    """Minutes from now."""
    known = [(later(minutes), ms) for minutes, ms in spent]
    found = room_at(spent=known, wanted_ms=wanted_ms, allowed_ms=100, window=HOUR, now=NOW)
    assert found == (None if expected is None else later(expected))


def test_the_radio_is_given_three_tries() -> None:
    assert again_at(1, NOW) == NOW + timedelta(seconds=30)
    assert again_at(2, NOW) == later(2)
    assert again_at(MOST_ATTEMPTS, NOW) is None


@pytest.mark.parametrize(("waited_s", "expected_s"), [(0, 5), (60, 30), (86_400, 600)])
def test_a_server_that_is_away_is_asked_less_and_less(waited_s: int, expected_s: int) -> None:
    assert knock_again_at(NOW - timedelta(seconds=waited_s), NOW) == NOW + timedelta(seconds=expected_s)


def test_an_uplink_says_where_its_device_is() -> None:
    body = chirpstack(EUI, deviceInfo={"devEui": EUI, "applicationId": "17c8-4d"})
    assert told_by("chirpstack-v4", body, EUI) == Address(application="17c8-4d", device=EUI)
    envelope = json.loads(things_stack(EUI, network_ids={"tenant_id": "ttn"}))
    envelope["end_device_ids"] |= {"device_id": "dev1", "application_ids": {"application_id": "app1"}}
    told = told_by("tts-v3", json.dumps(envelope).encode(), EUI)
    assert told == Address(application="app1", device="dev1", tenant="ttn")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\xff", b"[" * 5000, b'{"deviceInfo": 1}', b'{"deviceInfo": {"applicationId": "a/b"}}']
    + [f'{{"deviceInfo": {{"applicationId": "{bad}"}}}}'.encode() for bad in ("#", "+", "..", "a b", "é", "a" * 200)],
)
def test_no_address_is_made_of_what_is_none(body: bytes) -> None:
    assert told_by("chirpstack-v4", body, EUI) is None
    assert told_by("tts-v3", body, EUI) is None


@pytest.mark.parametrize(
    ("server", "name", "expected"),
    [
        ("chirpstack-v4", "17c8", Address(application="17c8", device=EUI)),
        ("chirpstack-v4", "17c8/whatever", Address(application="17c8", device=EUI)),
        ("tts-v3", "app1/dev1", Address(application="app1", device="dev1")),
        ("tts-v3", " app1@city/dev1 ", Address(application="app1", device="dev1", tenant="city")),
        ("tts-v3", "app1", None),
        ("tts-v3", "app1/#", None),
        ("tts-v3", "app1@+/dev1", None),
        ("chirpstack-v4", "", None),
    ],
)
def test_an_agent_may_write_the_address(server: str, name: str, expected: Address | None) -> None:
    assert written(server, name, EUI) == expected


def order(server: str, **changes: Any) -> Order:
    given: dict[str, Any] = {
        "server": server,
        "application": "app1",
        "device": "dev1",
        "tenant": "city",
        "eui": EUI,
        "f_port": 15,
        "payload": b"\xbe\xef",
        "confirmed": True,
        "reference": REFERENCE,
        "expires_at": NOW,
        "hook": "our-hook",
    }
    return Order(**{**given, **changes})


def written_in(message: Message) -> Any:
    return json.loads(message.body)


def test_chirpstack_by_mqtt() -> None:
    message = chirpstack_v4.message(order("chirpstack-v4"))
    assert isinstance(message, ByMqtt)
    assert message.topic == f"application/app1/device/{EUI}/command/down"
    assert written_in(message) == {
        "id": REFERENCE,
        "devEui": EUI,
        "confirmed": True,
        "fPort": 15,
        "data": "vu8=",
        "expiresAt": "2026-03-01T12:00:00Z",
    }


def test_chirpstack_by_its_api() -> None:
    message = chirpstack_v4.message(order("chirpstack-v4", url="https://lora.city.fr/", key="secret"))
    assert isinstance(message, ByHttp)
    assert message.url == f"https://lora.city.fr/api/devices/{EUI}/queue"
    assert message.headers == {"Grpc-Metadata-Authorization": "Bearer secret"}
    assert written_in(message)["queueItem"]["data"] == "vu8="
    assert chirpstack_v4.reference(b'{"id": "item-1"}') == "item-1"
    for answer in (b"", b"{}", b"[]", b'{"id": 3}'):
        assert chirpstack_v4.reference(answer) == ""


def test_the_things_stack_by_mqtt() -> None:
    message = things_stack_v3.message(order("tts-v3"))
    assert isinstance(message, ByMqtt)
    assert message.topic == "v3/app1@city/devices/dev1/down/push"
    (downlink,) = written_in(message)["downlinks"]
    assert base64.b64decode(downlink.pop("frm_payload")) == b"\xbe\xef"
    assert downlink == {
        "f_port": 15,
        "confirmed": True,
        "priority": "NORMAL",
        "correlation_ids": [REFERENCE],
        "confirmed_retry": {"max_attempts": 1},
    }
    assert things_stack_v3.message(order("tts-v3", tenant="")).topic == "v3/app1/devices/dev1/down/push"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("url", "hook"),
    [
        ("https://eu1.example.net", "https://eu1.example.net/api/v3/as/applications/app1/webhooks/our-hook"),
        (
            "https://eu1.example.net/api/v3/as/applications/a/webhooks/w/",
            "https://eu1.example.net/api/v3/as/applications/a/webhooks/w",
        ),
    ],
)
def test_the_things_stack_by_its_api(url: str, hook: str) -> None:
    message = things_stack_v3.message(order("tts-v3", url=url, key="NNSXS.secret", confirmed=False))
    assert isinstance(message, ByHttp)
    assert message.url == f"{hook}/devices/dev1/down/push"
    assert message.headers == {"Authorization": "Bearer NNSXS.secret"}
    assert "confirmed_retry" not in written_in(message)["downlinks"][0]


def test_a_key_is_in_no_trace() -> None:
    asked = order("tts-v3", url="https://eu1.example.net", key="NNSXS.secret")
    assert "NNSXS" not in repr(asked) + repr(things_stack_v3.message(asked))


def test_what_a_codec_encodes() -> None:
    assert read_answer({"bytes": [1, 255.0], "fPort": 3}) == Encoded(payload=b"\x01\xff", f_port=3)
    assert read_answer({"bytes": [], "fPort": None, "errors": []}) == Encoded(payload=b"", f_port=None)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"bytes": "0102"},
        {"bytes": [256]},
        {"bytes": [-1]},
        {"bytes": [1.5]},
        {"bytes": [True]},
        {"bytes": [1], "fPort": "3"},
        {"bytes": [1], "errors": ["no such valve"]},
        {"bytes": [1], "errors": "no"},
    ],
)
def test_what_is_no_encoding(answer: dict[str, Any]) -> None:
    with pytest.raises(EncodingRefused):
        read_answer(answer)
