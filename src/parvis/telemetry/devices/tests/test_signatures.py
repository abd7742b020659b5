"""Signed pushes: the recipes, against published examples, and the door as a network server meets it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from parvis.foundations.identity.tokens import create_token, forget
from parvis.kernel import clock
from parvis.telemetry.devices.models import Source, Uplink
from parvis.telemetry.devices.webhook.signatures import TIME_WINDOW, Request, is_signed, key_of, sign

from .factories import NOW, chirpstack, make_source, make_thermometer
from .serving import post, serving

# Published by KPN with their reference code (github.com/kpn-iot/lora-reference, MIT): keys, requests, tokens.
KEY = "c6f5e3b263092120b8766b9aed9c41b4"
AT = datetime(2018, 1, 12, 9, 0, tzinfo=UTC)
QUERY = (
    "LrnDevEui=0059AC0000000001&LrnFPort=1&LrnInfos=TWA_100000001.999.AS-1-12345678&AS_ID=TWA_100000001.999"
    "&Time=2018-01-12T10:00:00.000+01:00"
)
TOKEN = "5b7ec8b0b2c250fc792c76348de3b16ff04e27050baf8a37c891dcc85e88b0d4"
REPORT = {
    "DevEUI": "0059AC0000000001",
    "FPort": "1",
    "FCntUp": "1",
    "payload_hex": "000102030405",
    "CustomerID": "100000001",
}
SENT_TOKEN = "345dc204c72a9769441c4700cd0a0fb76c5b356e3931540e891fc7e68f236c98"
SENT = {"DevEUI": "0059AC0000000001", "FPort": "1", "FCntDn": "1", "CustomerID": "100000001"}


def thingpark_signed(report: Any, query: str, *, key: str = KEY, now: datetime = AT) -> bool:
    request = Request(body=json.dumps(report).encode(), query=query, signature="")
    return is_signed(request, signature="thingpark", key=key, now=now)


def test_published_signatures_of_thingpark_hold() -> None:
    assert thingpark_signed({"DevEUI_uplink": REPORT}, f"{QUERY}&Token={TOKEN}")
    assert thingpark_signed({"DevEUI_downlink_Sent": SENT}, f"{QUERY}&Token={SENT_TOKEN}")
    escaped = QUERY.replace("+", "%2B").replace(":", "%3A")
    assert thingpark_signed({"DevEUI_uplink": REPORT}, f"{escaped}&Token={TOKEN.upper()}")
    numbers = {**REPORT, "FPort": 1, "FCntUp": 1, "CustomerID": 100000001}
    assert thingpark_signed({"DevEUI_uplink": numbers}, f"event=up&{QUERY}&Token={TOKEN}")


@pytest.mark.parametrize(
    ("report", "query", "key"),
    [
        ({"DevEUI_uplink": {**REPORT, "payload_hex": "00"}}, f"{QUERY}&Token={TOKEN}", KEY),
        ({"DevEUI_uplink": {**REPORT, "FCntUp": "2"}}, f"{QUERY}&Token={TOKEN}", KEY),
        ({"DevEUI_uplink": REPORT}, f"{QUERY.replace('12345678', '12345679')}&Token={TOKEN}", KEY),
        ({"DevEUI_uplink": REPORT}, f"{QUERY}&Token={TOKEN}", "0" * 32),
        ({"DevEUI_uplink": REPORT}, f"{QUERY}&Token=", KEY),
        ({"DevEUI_uplink": REPORT}, QUERY, KEY),
        ({"DevEUI_uplink": REPORT}, f"Token={TOKEN}", KEY),
        ({"DevEUI_uplink": REPORT}, f"{QUERY}&Token=%C3%A9", KEY),
        ({"DevEUI_uplink": [1]}, f"{QUERY}&Token={TOKEN}", KEY),
        ([], f"{QUERY}&Token={TOKEN}", KEY),
    ],
)
def test_other_signatures_of_thingpark_do_not(report: Any, query: str, key: str) -> None:
    assert not thingpark_signed(report, query, key=key)


def test_a_request_of_thingpark_that_was_kept_is_refused_later() -> None:
    query = f"{QUERY}&Token={TOKEN}"
    for late in (-TIME_WINDOW, TIME_WINDOW):
        assert thingpark_signed({"DevEUI_uplink": REPORT}, query, now=AT + late)
        assert not thingpark_signed({"DevEUI_uplink": REPORT}, query, now=AT + late * 1.01)


@pytest.mark.django_db
def test_each_source_and_each_number_has_its_own_key() -> None:
    first, second = make_source(), make_source()
    keys = [key_of(first), key_of(second), key_of(Source(pk=first.pk, key_number=2))]
    assert len(set(keys)) == 3
    assert all(len(key) == 32 and int(key, 16) for key in keys)
    assert key_of(first) == key_of(Source.objects.get(pk=first.pk))


# --- At the door


@pytest.fixture
def port() -> Iterator[int]:
    forget()
    with serving() as port:
        yield port


def token() -> str:
    _, secret = create_token(
        name="réseau", scopes=("devices.uplink",), organisation=None, expires_at=None, created_by=None, now=NOW
    )
    return secret


@pytest.mark.django_db(transaction=True)
def test_a_body_signed_with_the_key_of_the_source_is_accepted_and_nothing_else(port: int) -> None:
    source, device = make_source(signature="hmac-sha256"), make_thermometer()
    path, body = f"/ingest/{source.slug}?event=up", chirpstack(device.eui, at=clock.now())
    signed = sign(body, key_of(source)).decode()
    assert post(port, path, body, X_Parvis_Signature=signed)[:2] == (200, {"status": "accepted"})
    wrong: list[dict[str, str]] = [
        {},
        {"X_Parvis_Signature": ""},
        {"X_Parvis_Signature": sign(body + b" ", key_of(source)).decode()},
        {"X_Parvis_Signature": sign(body, "0" * 32).decode()},
        {"X_Parvis_Signature": signed.removeprefix("sha256=")},
        {"Authorization": f"Bearer {token()}"},
    ]
    answers = [post(port, path, body, **headers) for headers in wrong]
    unknown = post(port, "/ingest/no-such-source", body)
    assert {answer[0] for answer in answers} == {401}
    assert post(port, "/ingest/a%00b", body)[0] == 401
    assert {json.dumps(answer[1]) for answer in answers} == {json.dumps(unknown[1])}  # which teaches nothing
    assert post(port, path, b"x" * (256 * 1024 + 1), X_Parvis_Signature=signed)[0] == 401
    assert Uplink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_source_that_is_stopped_says_so_to_who_holds_its_key(port: int) -> None:
    source = make_source(signature="hmac-sha256", is_active=False)
    signed = sign(b"{}", key_of(source)).decode()
    assert post(port, f"/ingest/{source.slug}", b"{}", X_Parvis_Signature=signed)[0] == 403
    assert post(port, f"/ingest/{source.slug}", b"{}")[0] == 401


@pytest.mark.django_db(transaction=True)
def test_thingpark_signs_its_requests(port: int) -> None:
    source, device, now = make_source(server="thingpark", signature="thingpark"), make_thermometer(), clock.now()

    def send(at: datetime) -> int:
        report = {
            "DevEUI": device.eui.upper(),
            "Time": now.isoformat(),
            "FPort": 1,
            "FCntUp": 1,
            "payload_hex": "00d732",
            "CustomerID": "1",
        }
        query = f"LrnDevEui={device.eui}&LrnFPort=1&LrnInfos=I&AS_ID=A&Time={at.isoformat()}"
        signed = hashlib.sha256(f"1{device.eui.upper()}1100d732{query}{key_of(source)}".encode()).hexdigest()
        path = f"/ingest/{source.slug}?{query.replace('+', quote('+'))}&Token={signed}"
        return post(port, path, json.dumps({"DevEUI_uplink": report}).encode())[0]

    assert send(now) == 200
    assert send(now - timedelta(hours=1)) == 401
    assert Uplink.objects.get().status == "accepted"


@pytest.mark.django_db(transaction=True)
def test_a_token_in_the_address_serves_thingpark_only(port: int) -> None:
    secret = token()
    thingpark, other = make_source(server="thingpark"), make_source()
    assert post(port, f"/ingest/{thingpark.slug}?token={secret}", b"{}")[0] == 400  # admitted, and kept
    assert post(port, f"/ingest/{other.slug}?token={secret}", b"{}")[0] == 401
    assert post(port, f"/ingest/{other.slug}?token=wrong", b"{}", Authorization=f"Bearer {secret}")[0] == 400
