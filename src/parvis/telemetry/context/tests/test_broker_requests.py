"""What every request to the broker owes and is owed (ETSI GS CIM 009 V1.8.1, 6.3): checked in this order, whatever the endpoint."""

import asyncio
from typing import Any

import msgspec
import pytest
from django.db import connection
from starlette.types import Message

from parvis.telemetry.context.broker import tenancy
from parvis.telemetry.context.broker.door import Door
from parvis.telemetry.context.broker.media import JSON_AND_LD, WITH_GEO, Media, negotiated
from parvis.telemetry.context.broker.testing import ask

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    tenancy.forget()


def car(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Car:{number}", "type": "Car", "speed": {"type": "Property", "value": 12}} | more


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        ("", JSON_AND_LD, Media.JSON),
        ("*/*", JSON_AND_LD, Media.JSON),
        ("application/*", JSON_AND_LD, Media.JSON),
        ("application/ld+json", JSON_AND_LD, Media.LD),
        ("application/ld+json, application/json", JSON_AND_LD, Media.JSON),  # equals: the order of the offer
        ("application/json;q=0.5, application/ld+json", JSON_AND_LD, Media.LD),
        ("application/json;q=0, */*", JSON_AND_LD, Media.LD),  # zero removes, whatever the rest
        ("application/json;q=zero", JSON_AND_LD, Media.JSON),  # an unreadable weight is one
        ("application/geo+json", JSON_AND_LD, None),
        ("application/geo+json", WITH_GEO, Media.GEO),
        ("application/geo+json, application/json", JSON_AND_LD, Media.JSON),
        ("application/xml", WITH_GEO, None),
        ("text/*", WITH_GEO, None),
    ],
)
def test_negotiation(accept: str, offered: tuple[Media, ...], chosen: Media | None) -> None:
    assert negotiated(accept, offered) is chosen


def test_a_body_without_length_is_411_before_anything_else() -> None:
    told = ask("POST", "/entities", car(), headers={"content-length": "", "ngsild-tenant": "nobody"})
    assert told.status == 201  # a length that is there, even empty, is a length
    served = ask_without_length("POST", "/entities")
    assert (served.status, served.json) == (411, None)


def ask_without_length(method: str, path: str) -> Any:
    from parvis.telemetry.context.broker.dispatch import Raw, serve

    headers = {"content-type": "application/json", "ngsild-tenant": "never-made"}
    served = serve(Raw(method=method, path=f"/ngsi-ld/v1{path}", query="", headers=headers, body=b"{}"))
    return type("Told", (), {"status": served.status, "json": served.body or None})


@pytest.mark.parametrize("content", ["application/xml", "text/plain", "", "application/merge-patch+json"])
def test_an_unknown_form_of_body_is_a_bare_415(content: str) -> None:
    told = ask("POST", "/entities", car(), content=content)
    assert (told.status, told.json) == (415, None)


def test_a_body_whose_form_is_not_told_is_json() -> None:
    from parvis.telemetry.context.broker.dispatch import Raw, serve

    def posted(body: bytes) -> int:
        headers = {"content-length": str(len(body))}
        return serve(Raw(method="POST", path="/ngsi-ld/v1/entities", query="", headers=headers, body=body)).status

    assert posted(msgspec.json.encode(car())) == 201
    assert posted(b'{"id": ,}') == 400


def test_merge_patch_is_for_patch() -> None:
    ask("POST", "/entities", car())
    told = ask("PATCH", "/entities/urn:ngsi-ld:Car:1/attrs", {"speed": 3}, content="application/merge-patch+json")
    assert told.status == 204
    assert ask("POST", "/entities", car(2), content="application/json; charset=utf-8").status == 201


def test_a_form_of_answer_nobody_offers_is_a_bare_406() -> None:
    told = ask("GET", "/types", accept="application/xml")
    assert (told.status, told.json) == (406, None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/entityOperations/create", 405),
        ("PATCH", "/entities/", 400),
        ("PUT", "/entities/", 400),
        ("PATCH", "/entities//attrs/speed", 400),
        ("DELETE", "/entities/urn:ngsi-ld:Car:1/attrs/", 405),
        ("PATCH", "/subscriptions/", 405),
        ("DELETE", "/csourceRegistrations/", 405),
        ("POST", "/entities/urn:ngsi-ld:Car:1/attrs/speed/more", 405),
    ],
)
def test_paths(method: str, path: str, status: int) -> None:
    assert ask(method, path, {} if method in ("PATCH", "PUT", "POST") else None).status == status


def test_with_and_without_a_trailing_slash() -> None:
    assert ask("POST", "/entities/", car()).status == 201
    assert ask("POST", "/entities/urn:ngsi-ld:Car:1/attrs/", {"colour": "red"}).status == 204
    assert ask("GET", "/entities/urn:ngsi-ld:Car:1").json["colour"]["value"] == "red"


def test_a_name_in_the_path_is_decoded_once() -> None:
    name = "https://example.org/colour"
    ask("POST", "/entities", car(**{name: {"type": "Property", "value": "red"}}))
    assert (
        ask("PATCH", "/entities/urn:ngsi-ld:Car:1/attrs/https%3A%2F%2Fexample.org%2Fcolour", {"value": 1}).status == 204
    )
    assert ask("GET", "/entities/urn:ngsi-ld:Car:1").json[name]["value"] == 1


@pytest.mark.parametrize(
    ("method", "path", "query", "error"),
    [
        ("POST", "/entities", {"page": "2"}, "InvalidRequest"),
        ("DELETE", "/entities/urn:x:1", {"force": "true"}, "InvalidRequest"),
        ("POST", "/entities/urn:x:1/attrs", {"options": "noOverwrite,also"}, "InvalidRequest"),
        ("GET", "/entities/urn:x:1", {"format": "pretty"}, "InvalidRequest"),
        ("GET", "/entities", {"type": "Car", "limit": "-1"}, "BadRequestData"),
        ("GET", "/entities", {"type": "Car", "limit": "ten"}, "BadRequestData"),
        ("GET", "/entities", {"type": "Car", "limit": "0"}, "BadRequestData"),
        ("GET", "/entities", {"type": "Car", "count": "yes"}, "BadRequestData"),
        ("POST", "/entities", {"local": "maybe"}, "BadRequestData"),
        ("GET", "/entities/urn:x:1", {"local": "True"}, "BadRequestData"),
    ],
)
def test_parameters(method: str, path: str, query: dict[str, str], error: str) -> None:
    told = ask(method, path, {} if method == "POST" else None, query=query)
    assert (told.status, told.json["type"]) == (400, ERRORS + error)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/entities", b"", "InvalidRequest"),
        ("/entities", b"{", "InvalidRequest"),
        ("/entities", b"[]", "InvalidRequest"),
        ("/entities", b"\xff{}", "InvalidRequest"),
        ("/entities", b"[" * 5000, "InvalidRequest"),
        ("/entityOperations/create", b"{", "InvalidRequest"),
        ("/entityOperations/create", b"{}", "BadRequestData"),
        ("/entityOperations/create", b"[]", "BadRequestData"),
        ("/entityOperations/create", b"[null]", "BadRequestData"),
    ],
)
def test_bodies(path: str, body: bytes, error: str) -> None:
    told = ask("POST", path, raw=body)
    assert (told.status, told.json["type"]) == (400, ERRORS + error)
    assert told.headers["Content-Type"] == "application/json"
    assert told.json["title"] != told.json["detail"]
    assert told.json["status"] == 400


@pytest.mark.parametrize(
    ("content", "context", "link", "status"),
    [
        ("application/json", None, "", 201),
        ("application/json", None, CORE, 201),
        ("application/json", CORE, "", 400),
        ("application/json", CORE, CORE, 400),
        ("application/ld+json", None, "", 400),
        ("application/ld+json", CORE, "", 201),
        ("application/ld+json", CORE, CORE, 400),
    ],
)
def test_where_the_context_comes_from(content: str, context: str | None, link: str, status: int) -> None:
    body = car() | ({"@context": context} if context else {})
    assert ask("POST", "/entities", body, content=content, link=link).status == status


def test_in_a_batch_the_context_is_that_of_each_item() -> None:
    told = ask("POST", "/entityOperations/create", [car(1), car(2, **{"@context": CORE})])
    assert told.status == 207
    assert told.json["success"] == ["urn:ngsi-ld:Car:1"]
    assert [one["entityId"] for one in told.json["errors"]] == ["urn:ngsi-ld:Car:2"]
    whole = [car(3, **{"@context": CORE})]
    assert ask("POST", "/entityOperations/create", whole, content="application/ld+json", link=CORE).status == 400
    assert ask("POST", "/entityOperations/create", whole, content="application/ld+json").status == 201


def test_two_links_to_a_context_are_one_too_many() -> None:
    link = '<https://a/c>; rel="http://www.w3.org/ns/json-ld#context", <https://b/c>; rel="http://www.w3.org/ns/json-ld#context"'
    assert ask("GET", "/types", headers={"link": link}).status == 400
    other = '<https://a/style>; rel="stylesheet"'
    assert ask("GET", "/types", headers={"link": other}).status == 200


def test_answers_carry_their_context() -> None:
    ask("POST", "/entities", car())
    plain = ask("GET", "/entities/urn:ngsi-ld:Car:1")
    assert plain.headers["Link"].startswith(f"<{CORE}>; rel=")
    assert "@context" not in plain.json
    linked = ask("GET", "/entities", query={"type": "Car"}, accept="application/ld+json")
    assert [one["@context"] for one in linked.json] == [CORE]
    assert "Link" not in linked.headers


def test_tenants_are_made_by_creations_only_and_see_nothing_of_each_other() -> None:
    here = {"ngsild-tenant": "harbour"}
    missing = ask("GET", "/entities/urn:ngsi-ld:Car:1", headers=here)
    assert (missing.status, missing.json["type"]) == (404, ERRORS + "NonexistentTenant")
    assert missing.headers["NGSILD-Tenant"] == "harbour"
    assert ask("POST", "/entities", car(), headers=here).status == 201
    assert ask("GET", "/entities/urn:ngsi-ld:Car:1").status == 404
    assert ask("POST", "/entities", car(speed={"type": "Property", "value": 99})).status == 201
    assert ask("GET", "/entities/urn:ngsi-ld:Car:1", headers=here).json["speed"]["value"] == 12
    assert ask("DELETE", "/entities/urn:ngsi-ld:Car:1", headers=here).status == 204
    assert ask("GET", "/entities/urn:ngsi-ld:Car:1").json["speed"]["value"] == 99
    assert ask("POST", "/entities", car(), headers={"ngsild-tenant": "no/such name"}).status == 400


def test_created_and_empty_answers_have_no_body() -> None:
    told = ask("POST", "/entities", car())
    assert (told.json, told.headers["Location"]) == (None, "/ngsi-ld/v1/entities/urn:ngsi-ld:Car:1")
    told = ask("DELETE", "/entities/urn:ngsi-ld:Car:1")
    assert (told.status, told.json, "Content-Type" in told.headers) == (204, None, False)


@pytest.mark.parametrize("escaped", ["a\\u0000b", "\\ud800"])
def test_what_cannot_be_stored_is_refused(escaped: str) -> None:
    raw = f'{{"id":"urn:x:1","type":"T","p":{{"value":"{escaped}"}}}}'.encode()
    assert ask("POST", "/entities", raw=raw).status == 400


def test_the_door_closes_where_others_have_asked_how_to_reach_the_database() -> None:
    """As those do who listen to it."""
    served: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        served.append(message)

    async def one_request() -> None:
        door = Door()
        assert connection.settings_dict
        async with door.lifespan():
            path = "/ngsi-ld/v1/nothing-there"
            await door(
                {
                    "type": "http",
                    "method": "GET",
                    "path": path,
                    "raw_path": path.encode(),
                    "query_string": b"",
                    "headers": [],
                },
                receive,
                send,
            )

    asyncio.run(one_request())
    assert served[0]["status"] == 404
