"""The door over HTTP: addresses decoded, links made of the address of the site, headers."""

import asyncio
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from django.conf import settings as django_settings
from starlette.applications import Starlette

from parvis.telemetry.history import doors
from parvis.telemetry.history.sensorthings.tests.factories import make_thing, observe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_connection_outlives_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(django_settings.DATABASES["default"], "CONN_MAX_AGE", 0)


def request(target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "server": ("city.test", 80),
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"host", b"city.test"),
            *((name.lower().encode(), text.encode()) for name, text in headers.items()),
        ],
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Starlette(routes=doors.routes)(scope, receive, send))
    return (
        sent[0]["status"],
        {name.decode(): text.decode() for name, text in sent[0]["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )


def test_the_root_and_a_set_with_encoded_addresses(settings):
    settings.PARVIS_SITE_URL = ""
    thing = make_thing(name="Été")
    stream = observe(thing, "powerConsumption", 1, 2)
    for root in ("/sensorthings/v1.1", "/sensorthings/v1.1/"):
        status, headers, body = request(root)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert msgspec.json.decode(body)["value"][0]["url"] == "http://city.test/sensorthings/v1.1/Things"
    status, headers, body = request(
        f"/sensorthings/v1.1/Things%28{thing.pk}%29/Datastreams?$expand=Observations($top=1)&$filter=Thing/name+eq+'%C3%89t%C3%A9'"
    )
    assert (status, headers["vary"]) == (200, "Authorization, Cookie")
    [found] = msgspec.json.decode(body)["value"]
    assert found["@iot.id"] == stream
    assert found["Observations@iot.nextLink"].startswith(f"http://city.test/sensorthings/v1.1/Datastreams({stream})/")


def test_links_are_those_of_the_site(settings):
    settings.PARVIS_SITE_URL = "https://data.city.test/"
    thing = make_thing()
    _status, _headers, body = request(f"/sensorthings/v1.1/Things({thing.pk})?$select=@iot.selfLink", "GET")
    assert msgspec.json.decode(body) == {
        "@iot.selfLink": f"https://data.city.test/sensorthings/v1.1/Things({thing.pk})"
    }


def test_refusals_are_json():
    assert request("/sensorthings/v1.1/Things", "POST")[0] == 405
    for target, status in (("/Nothing", 404), ("/Things?$filter=(", 400), ("/Things?$search=x", 501)):
        given = request("/sensorthings/v1.1" + target)
        assert (given[0], msgspec.json.decode(given[2])["code"]) == (status, status)
    assert request("/sensorthings/v1.1/Things", Authorization="Bearer nothing")[0] == 401


def test_what_is_null_has_no_body():
    stream = observe(make_thing(), "powerState", "on", unit_code="")
    status, headers, body = request(f"/sensorthings/v1.1/Datastreams({stream})/observedArea")
    assert (status, body) == (204, b"")
    assert "content-type" not in headers


def test_head_is_get_without_a_body_to_read():
    assert request("/sensorthings/v1.1/Things", "HEAD")[0] == 200
