"""A metropolis and its neighbour read each other's car parks as one (ETSI GS CIM 009 V1.8.1, 4.3; `docs/federation.md`)."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from time import sleep
from typing import Any

import pytest

from bench.deployment import Deployment, open_broker
from parvis.telemetry.context.tests.subscribing import receiver, until

pytestmark = pytest.mark.slow

PARKS = "/ngsi-ld/v1/entities?type=OffStreetParking"
GARE, HALLES, THEATRE = (f"urn:ngsi-ld:OffStreetParking:{name}" for name in ("gare", "halles", "theatre"))


@dataclass(frozen=True, kw_only=True)
class Told:
    status: int
    headers: Mapping[str, str]
    body: Any


def ask(city: Deployment, method: str, path: str, body: Any = None) -> Told:
    request = urllib.request.Request(
        city.base + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={} if body is None else {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        raw = answer.read()
        return Told(status=answer.status, headers=answer.headers, body=json.loads(raw) if raw else None)


def alias_of(city: Deployment) -> str:
    return str(ask(city, "GET", "/ngsi-ld/v1/info/sourceIdentity").body["contextSourceAlias"])


def register(city: Deployment, other: Deployment) -> str:
    """Where the registration of the other is."""
    told = ask(
        city,
        "POST",
        "/ngsi-ld/v1/csourceRegistrations",
        {
            "type": "ContextSourceRegistration",
            "registrationName": "Parkings voisins",
            "information": [{"entities": [{"type": "OffStreetParking"}]}],
            "endpoint": other.base,
            "management": {"timeout": 2000},
        },
    )
    return str(told.headers["Location"])


def park(urn: str, **attributes: Any) -> dict[str, Any]:
    properties = {name: {"type": "Property", "value": value} for name, value in attributes.items()}
    return {"id": urn, "type": "OffStreetParking"} | properties


def free_spots(told: Told) -> dict[str, Any]:
    return {one["id"]: one.get("availableSpotNumber", {}).get("value") for one in told.body}


@pytest.fixture
def two() -> Iterator[tuple[Deployment, Deployment, ExitStack]]:
    """The metropolis, the neighbour, and what stops the neighbour."""
    with open_broker() as metropolis, ExitStack() as stopping:
        yield metropolis, stopping.enter_context(open_broker()), stopping


def test_a_subscriber_here_hears_of_changes_there(two: tuple[Deployment, Deployment, ExitStack]) -> None:
    metropolis, neighbour, _ = two
    register(metropolis, neighbour)
    register(neighbour, metropolis)  # neither has been told what the other calls itself: the wish goes round once
    with receiver() as subscriber:
        where = ask(
            metropolis,
            "POST",
            "/ngsi-ld/v1/subscriptions",
            {
                "type": "Subscription",
                "entities": [{"type": "OffStreetParking"}],
                "notification": {"format": "keyValues", "endpoint": {"uri": subscriber.uri}},
            },
        ).headers["Location"]
        until(lambda: len(ask(neighbour, "GET", "/ngsi-ld/v1/subscriptions").body) == 1)
        ask(neighbour, "POST", "/ngsi-ld/v1/entities?local=true", park(THEATRE, availableSpotNumber=7))
        ask(metropolis, "POST", "/ngsi-ld/v1/entities?local=true", park(GARE, availableSpotNumber=12))
        until(lambda: len(subscriber.entities) >= 2)
        sleep(0.5)
        found = sorted((one["id"], one["availableSpotNumber"]) for one in subscriber.entities)
        assert found == [(GARE, 12), (THEATRE, 7)]  # each once
        assert "NGSILD-Warning" not in ask(metropolis, "GET", where).headers
        ask(metropolis, "DELETE", where)
        until(lambda: ask(neighbour, "GET", "/ngsi-ld/v1/subscriptions").body == [])
        assert ask(neighbour, "GET", "/ngsi-ld/v1/csourceSubscriptions").body == []


def test_two_cities_read_each_others_car_parks_as_one(two: tuple[Deployment, Deployment, ExitStack]) -> None:
    metropolis, neighbour, stopping = two
    ask(metropolis, "POST", "/ngsi-ld/v1/entities", park(GARE, availableSpotNumber=12))
    ask(metropolis, "POST", "/ngsi-ld/v1/entities", park(HALLES, availableSpotNumber=40))
    ask(neighbour, "POST", "/ngsi-ld/v1/entities", park(HALLES, name="Les Halles"))
    ask(neighbour, "POST", "/ngsi-ld/v1/entities", park(THEATRE, availableSpotNumber=7))
    there, here = register(metropolis, neighbour), register(neighbour, metropolis)

    for city in (metropolis, neighbour):  # neither has been told what the other calls itself: a request goes round once
        told = ask(city, "GET", PARKS)
        assert free_spots(told) == {GARE: 12, HALLES: 40, THEATRE: 7}
        one = ask(city, "GET", f"/ngsi-ld/v1/entities/{HALLES}").body
        assert (one["name"]["value"], one["availableSpotNumber"]["value"]) == ("Les Halles", 40)
        assert len(ask(city, "GET", PARKS + "&local=true").body) == 2

    ask(metropolis, "PATCH", there, {"contextSourceAlias": alias_of(neighbour)})
    ask(neighbour, "PATCH", here, {"contextSourceAlias": alias_of(metropolis)})
    told = ask(metropolis, "GET", PARKS + "&count=true&limit=2")
    assert told.headers["NGSILD-Results-Count"] == "3"
    assert "NGSILD-Warning" not in told.headers
    assert len(told.body) == 2
    assert len(ask(metropolis, "GET", PARKS + "&limit=2&offset=2").body) == 1
    assert ask(metropolis, "GET", there).body["status"] == "ok"

    told = ask(
        metropolis,
        "POST",
        "/ngsi-ld/v1/csourceRegistrations",
        {
            "type": "ContextSourceRegistration",
            "mode": "redirect",
            "operations": ["redirectionOps"],
            "information": [{"entities": [{"type": "Fountain"}]}],
            "endpoint": neighbour.base,
        },
    )
    fountain = {"id": "urn:ngsi-ld:Fountain:1", "type": "Fountain"}
    assert ask(metropolis, "POST", "/ngsi-ld/v1/entities", fountain).status == 201
    assert ask(neighbour, "GET", "/ngsi-ld/v1/entities?type=Fountain&local=true").body == [fountain]
    assert ask(metropolis, "GET", "/ngsi-ld/v1/entities?type=Fountain&local=true").body == []
    assert ask(metropolis, "DELETE", "/ngsi-ld/v1/entities/urn:ngsi-ld:Fountain:1").status == 204

    stopping.close()
    told = ask(metropolis, "GET", PARKS)
    assert free_spots(told) == {GARE: 12, HALLES: 40}
    assert told.headers["NGSILD-Warning"].startswith("199 ")
    assert ask(metropolis, "GET", there).body["status"] == "failed"
