"""Entity maps (ETSI GS CIM 009 V1.8.1, 5.14)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import forwarding, index
from parvis.telemetry.context.federation.entity_maps import LONGEST, lifetime
from parvis.telemetry.context.models import EntityMap
from parvis.telemetry.context.tests.federating import REGISTRATIONS, URN, StubSource, registration, stub_source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()
    forwarding.forget()
    yield
    index.forget()


@pytest.fixture
def source() -> Iterator[StubSource]:
    with stub_source() as stub:
        yield stub


def lamp(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:l:{number}", "type": "Lamp"} | attributes


def here(*numbers: int) -> None:
    for number in numbers:
        assert ask("POST", "/entities", lamp(number), query={"local": "true"}).status == 201


def page(map_at: str = "", **query: str) -> Told:
    headers = {"NGSILD-EntityMap": map_at} if map_at else {}
    return ask("GET", "/entities", query={"type": "Lamp"} | query, headers=headers)


def ids(told: Told) -> list[str]:
    return [one["id"].rpartition(":")[2] for one in told.json]


def read(map_at: str) -> Told:
    return ask("GET", map_at.removeprefix("/ngsi-ld/v1"))


def test_an_entity_read_by_its_id_has_a_map() -> None:
    here(1)
    first = ask("GET", "/entities/urn:l:1", query={"entityMap": "true"})
    map_at = first.headers["NGSILD-EntityMap"]
    again = ask("GET", "/entities/urn:l:1", headers={"NGSILD-EntityMap": map_at})
    other = ask("GET", "/entities/urn:l:1", headers={"NGSILD-EntityMap": "urn:ngsi-ld:EntityMap:gone"})

    assert (first.status, first.json["id"]) == (200, "urn:l:1") and read(map_at).json["entityMap"] == {
        "urn:l:1": ["@none"]
    }
    assert again.headers["NGSILD-EntityMap"] == map_at != other.headers["NGSILD-EntityMap"]
    assert "NGSILD-EntityMap" not in ask("GET", "/entities/urn:l:1").headers


def test_pages_stay_the_same() -> None:
    here(1, 2, 3, 4)

    first = page(entityMap="true", limit="2")
    map_at = first.headers["NGSILD-EntityMap"]
    here(5)
    ask("DELETE", "/entities/urn:l:3")
    second = page(map_at, limit="2", offset="2")

    assert (first.status, ids(first)) == (201, ["1", "2"])
    assert (second.status, ids(second)) == (200, ["4"])
    assert second.headers["NGSILD-EntityMap"] == map_at
    assert list(read(map_at).json["entityMap"]) == ["urn:l:1", "urn:l:2", "urn:l:4"]
    assert ids(page(map_at, limit="2", offset="0", q="power")) == []
    assert read(map_at).json["entityMap"] == {}


def test_who_holds_what(source: StubSource) -> None:
    information = [{"entities": [{"type": "Lamp"}]}]
    ask("POST", REGISTRATIONS, registration(endpoint=source.address, information=information))
    here(1, 2)
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&limit=1000", 200, [lamp(2), lamp(3)])
    for number in (2, 3):
        source.reply("GET", f"/ngsi-ld/v1/entities?type=Lamp&id=urn:l:{number}", 200, [lamp(number)])

    created = ask("GET", "/entityMaps", query={"type": "Lamp"})

    assert created.status == 201
    assert created.json["entityMap"] == {"urn:l:1": ["@none"], "urn:l:2": ["@none", URN], "urn:l:3": [URN]}
    assert created.json["linkedMaps"] == {}
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&id=urn:l:1,urn:l:2,urn:l:3", 200, [lamp(2), lamp(3)])
    assert ids(page(created.headers["NGSILD-EntityMap"])) == ["1", "2", "3"]


def test_an_unknown_or_expired_map_is_made_anew() -> None:
    here(1)

    first = page("/ngsi-ld/v1/entityMaps/urn:none:1")
    EntityMap.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    second = page(first.headers["NGSILD-EntityMap"])

    assert (first.status, second.status) == (201, 201)
    assert first.headers["NGSILD-EntityMap"] != second.headers["NGSILD-EntityMap"]
    assert read(first.headers["NGSILD-EntityMap"]).status == 404
    assert EntityMap.objects.count() == 1


def test_its_life() -> None:
    here(1)
    map_at = page(entityMap="true", entityMapLifetime="PT10M").headers["NGSILD-EntityMap"].removeprefix("/ngsi-ld/v1")

    assert ask("PATCH", map_at, {"expiresAt": "2036-01-01T00:00:00Z", "entityMap": {}}).status == 204
    body = ask("GET", map_at).json
    assert (body["type"], body["expiresAt"], body["entityMap"]) == (
        "EntityMap",
        "2036-01-01T00:00:00Z",
        {"urn:l:1": ["@none"]},
    )
    assert ask("PATCH", map_at, {"expiresAt": "soon"}).status == 400
    assert ask("GET", map_at, headers={"NGSILD-Tenant": ""}).status == 200
    assert ask("DELETE", map_at).status == 204
    assert ask("DELETE", map_at).status == 404
    assert ask("GET", "/entityMaps/no uri").status == 400


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 300), ("PT10M", 600), ("PT1M30S", 90), ("P1D", LONGEST.total_seconds())]
)
def test_lifetimes(text: str, seconds: float) -> None:
    assert lifetime(text).total_seconds() == seconds


def test_a_bad_question_makes_none() -> None:
    assert page(entityMap="true", entityMapLifetime="long").status == 400
    assert page(entityMap="maybe").status == 400
    assert ask("GET", "/entityMaps", query={"id": "urn:l:1"}).status == 400
    assert not EntityMap.objects.exists()
