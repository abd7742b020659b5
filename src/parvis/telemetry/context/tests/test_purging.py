"""DELETE /entities (ETSI GS CIM 009 V1.9.1, 5.6.21)."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.federation import index

pytestmark = pytest.mark.django_db

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture(autouse=True)
def _lamps(settings: Settings) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()
    for number in range(3):
        create(f"urn:l:{number}", power=number * 10, name="x", scope=f"/A/{'even' if number % 2 == 0 else 'odd'}")
    create("urn:b:1", kind="Bin", level=1)


def create(urn: str, kind: str = "Lamp", **members: Any) -> None:
    assert ask("POST", "/entities", {"id": urn, "type": kind, **members}).status == 201


def left() -> list[str]:
    return [one["id"] for one in ask("GET", "/entities", query={"local": "true"}).json]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"type": "Lamp"}, ["urn:b:1"]),
        ({"type": "Lamp", "q": "power>=10"}, ["urn:l:0", "urn:b:1"]),
        ({"q": "power==10"}, ["urn:l:0", "urn:l:2", "urn:b:1"]),
        ({"attrs": "level"}, ["urn:l:0", "urn:l:1", "urn:l:2"]),
        ({"type": "Lamp", "scopeQ": "/A/even"}, ["urn:l:1", "urn:b:1"]),
        ({"type": "Lamp", "id": "urn:l:1"}, ["urn:l:0", "urn:l:2", "urn:b:1"]),
        ({"type": "Lamp", "idPattern": "[01]$"}, ["urn:l:2", "urn:b:1"]),
        ({"type": "Nothing"}, ["urn:l:0", "urn:l:1", "urn:l:2", "urn:b:1"]),
        ({"local": "true"}, []),
    ],
)
def test_what_matches_is_deleted(parameters: dict[str, str], expected: list[str]) -> None:
    told = ask("DELETE", "/entities", query=parameters)
    assert (told.status, told.json) == (204, None)
    assert left() == expected


@pytest.mark.parametrize(
    ("parameters", "members"),
    [
        ({"drop": "power"}, {"id", "type", "scope", "name"}),
        ({"drop": "power,name,missing"}, {"id", "type", "scope"}),
        ({"keep": "power"}, {"id", "type", "scope", "power"}),
    ],
)
def test_attributes_are_dropped_or_kept(parameters: dict[str, str], members: set[str]) -> None:
    assert ask("DELETE", "/entities", query={"type": "Lamp"} | parameters).status == 204
    assert ask("GET", "/entities/urn:l:1").json.keys() == members
    assert ask("GET", "/entities/urn:b:1").json.keys() == {"id", "type", "level"}


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"id": "urn:l:1"}, {"idPattern": "l"}, {"csf": "a==1"}, {"keep": "power"}, {"drop": "power"}, {"q": "modifiedAt>2020-01-01T00:00:00Z"}, {"attrs": "createdAt"},
        {"type": "Lamp", "keep": "a", "drop": "b"}, {"type": "Lamp", "q": 'owner{name}=="x"'}, {"type": "Lamp", "attrs": "owner{name}"}, {"type": "Lamp", "drop": "id"},
        {"type": "Lamp", "drop": ""},
    ],
)  # fmt: skip
def test_what_is_refused_deletes_nothing(parameters: dict[str, str]) -> None:
    told = ask("DELETE", "/entities", query=parameters)
    assert (told.status, told.json["type"]) == (400, ERRORS + "BadRequestData")
    assert len(left()) == 4


@pytest.mark.parametrize("name", ["pick", "omit", "join", "limit", "options", "orderBy"])
def test_parameters_that_it_does_not_have(name: str) -> None:
    told = ask("DELETE", "/entities", query={"type": "Lamp", name: "1"})
    assert (told.status, told.json["type"]) == (400, ERRORS + "InvalidRequest")
