"""Types and attributes of all (ETSI GS CIM 009 V1.8.1, 5.7.5 to 5.7.10)."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.federation import forwarding, index
from parvis.telemetry.context.tests.federating import REGISTRATIONS, StubSource, registration, stub_source

pytestmark = pytest.mark.django_db

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"


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
    """It is registered for lamps and masts; a lamp with a colour is here."""
    with stub_source() as stub:
        information = [{"entities": [{"type": "Lamp"}, {"type": "Mast"}]}]
        told = ask("POST", REGISTRATIONS, registration(endpoint=stub.address, information=information))
        assert told.status == 201
        lamp = {"id": "urn:l:1", "type": "Lamp", "colour": {"type": "Property", "value": "red"}}
        ask("POST", "/entities", lamp, query={"local": "true"})
        yield stub


def test_types(source: StubSource) -> None:
    source.reply("GET", "/ngsi-ld/v1/types", 200, {"type": "EntityTypeList", "typeList": ["Lamp", "Mast", "Spy"]})
    source.reply(
        "GET",
        "/ngsi-ld/v1/types?details=true",
        200,
        [{"type": "EntityType", "typeName": "Lamp", "attributeNames": ["power"]}],
    )

    assert ask("GET", "/types").json["typeList"] == ["Lamp", "Mast"]
    (detail,) = ask("GET", "/types", query={"details": "true"}).json
    assert (detail["typeName"], detail["attributeNames"]) == ("Lamp", ["colour", "power"])
    assert ask("GET", "/types", query={"local": "true"}).json["typeList"] == ["Lamp"]


def test_a_type(source: StubSource) -> None:
    told = {
        "type": "EntityTypeInfo",
        "typeName": "Lamp",
        "entityCount": 4,
        "attributeDetails": [{"attributeName": "power", "attributeTypes": ["Property"]}],
    }
    source.reply("GET", "/ngsi-ld/v1/types/Lamp", 200, told)

    body = ask("GET", "/types/Lamp").json

    assert body["entityCount"] == 5
    assert [one["attributeName"] for one in body["attributeDetails"]] == ["colour", "power"]
    assert ask("GET", "/types/Mast").status == 404


def test_attributes(source: StubSource) -> None:
    source.reply("GET", "/ngsi-ld/v1/attributes", 200, {"type": "AttributeList", "attributeList": ["power"]})
    detail = {"type": "Attribute", "attributeName": "power", "typeNames": ["Mast"]}
    source.reply("GET", "/ngsi-ld/v1/attributes?details=true", 200, [detail])
    source.reply(
        "GET", "/ngsi-ld/v1/attributes/power", 200, detail | {"attributeCount": 3, "attributeTypes": ["Property"]}
    )

    assert ask("GET", "/attributes").json["attributeList"] == ["colour", "power"]
    details = ask("GET", "/attributes", query={"details": "true"}).json
    assert [(one["attributeName"], one["typeNames"]) for one in details] == [("colour", ["Lamp"]), ("power", ["Mast"])]
    one = ask("GET", "/attributes/power").json
    assert (one["attributeCount"], one["attributeTypes"], one["id"]) == (3, ["Property"], DEFAULT + "power")


@pytest.mark.parametrize(
    ("body", "warning"), [("no json", "111"), ({"type": "EntityTypeList"}, "111"), ([3], "111"), (None, "111")]
)
def test_what_is_no_answer(source: StubSource, body: Any, warning: str) -> None:
    source.reply("GET", "/ngsi-ld/v1/types", 200, body)

    told = ask("GET", "/types")

    assert told.json["typeList"] == ["Lamp"]
    assert told.headers["NGSILD-Warning"].startswith(warning)
