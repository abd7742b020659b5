"""`/api/devices/devices/<eui>/downlinks`: what other systems ask for, and what they may not."""

import json
from typing import Any

import pytest
from django.test import Client

from parvis.foundations.identity.services import create_token
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.telemetry.devices.models import Device, Downlink
from parvis.telemetry.devices.views import api_downlinks

from .factories import make_device, make_source

pytestmark = pytest.mark.django_db


def token(scope: str = "devices.command", organisation: Organisation | None = None) -> str:
    _, secret = create_token(
        name="test", scopes=[scope], organisation=organisation, expires_at=None, created_by=None, now=clock.now()
    )
    return secret


@pytest.fixture
def device() -> Device:
    make_source()
    return make_device(network_name="app1", entity=None)


def call(client: Client, method: str, path: str, body: object = None, secret: str = "") -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = client.generic(
        method,
        f"/api/devices/devices/{path}",
        data if body is not None else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret or token()}"},
    )
    return answer.status_code, json.loads(answer.content) if answer.content else None


def test_asked_listed_and_called_off(client: Client, device: Device) -> None:
    path = f"{device.eui}/downlinks"
    status, made = call(client, "POST", path, {"payload": "be ef", "f_port": 15, "confirmed": True, "expires_in_s": 60})
    assert status == 201
    assert (made["payload"], made["f_port"], made["confirmed"], made["status"]) == ("beef", 15, True, "queued")
    assert call(client, "GET", f"{path}/{made['id']}") == (200, made)
    status, listed = call(client, "GET", path.upper().replace("DOWNLINKS", "downlinks"))
    assert (status, listed) == (200, {"next": None, "results": [made]})
    status, cancelled = call(client, "DELETE", f"{path}/{made['id']}")
    assert (status, cancelled["status"]) == (200, "cancelled")
    assert call(client, "DELETE", f"{path}/{made['id']}")[0] == 409


def test_a_long_list_goes_by_pages(client: Client, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_downlinks, "PER_PAGE", 2)
    path = f"{device.eui}/downlinks"
    made = [call(client, "POST", path, {"payload": f"0{n}", "f_port": 1})[1] for n in range(3)]
    _, first = call(client, "GET", path)
    assert first["results"] == [made[2], made[1]]
    _, second = call(client, "GET", first["next"].removeprefix("/api/devices/devices/"))
    assert second == {"next": None, "results": [made[0]]}
    assert call(client, "GET", f"{path}?before=x")[0] == 400


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"not JSON", 400),
        (b"\xff", 400),
        (b"[" * 50_000, 400),
        (b" " * 70_000, 400),
        ([], 400),
        ({}, 400),
        ({"payload": "01", "command": {}, "f_port": 1}, 400),
        ({"payload": "0", "f_port": 1}, 400),
        ({"payload": "é", "f_port": 1}, 400),
        ({"payload": 1, "f_port": 1}, 400),
        ({"payload": "01", "f_port": "1"}, 400),
        ({"payload": "01", "f_port": 1, "confirmd": True}, 400),
        ({"payload": "01", "f_port": 2**70}, 422),
        ({"payload": "01", "f_port": 1, "expires_in_s": 2**62}, 422),
        ({"payload": "01", "f_port": 1, "expires_in_s": -5}, 422),
        ({"payload": "", "f_port": 1}, 422),
        ({"payload": "01"}, 422),
        ({"command": {"valve": "open"}}, 422),
    ],
)
def test_what_makes_no_downlink(client: Client, device: Device, body: object, expected: int) -> None:
    status, problem = call(client, "POST", f"{device.eui}/downlinks", body)
    assert (status, problem["status"]) == (expected, expected)
    assert not Downlink.objects.exists()


def test_unreachable(client: Client) -> None:
    status, problem = call(client, "POST", f"{make_device(entity=None).eui}/downlinks", {"payload": "01", "f_port": 1})
    assert (status, problem["type"]) == (409, "urn:parvis:problem:downlink-no-way")


def test_who_may_not(client: Client, device: Device) -> None:
    mine = Organisation.objects.create(kind="service", name="Eau", short_name="eau", slug="eau")
    theirs = Organisation.objects.create(kind="service", name="Voirie", short_name="voirie", slug="voirie")
    Device.objects.filter(pk=device.pk).update(organisation=theirs)
    body = {"payload": "01", "f_port": 1}
    path = f"{device.eui}/downlinks"
    assert call(client, "POST", path, body, token("devices.uplink"))[0] == 401
    assert call(client, "POST", path, body, token(organisation=mine))[0] == 404
    assert call(client, "GET", path, secret=token(organisation=mine))[0] == 404
    assert call(client, "GET", f"{path}/{2**70}")[0] == 404
    assert call(client, "GET", "unknown/downlinks")[0] == 404
    assert call(client, "PUT", path, body)[0] == 405
    assert call(client, "POST", path, body, token(organisation=theirs))[0] == 201
