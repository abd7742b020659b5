"""What there is to ask for (ETSI GS CIM 009 V1.8.1, 5.7.5 to 5.7.10)."""

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.federation import index

pytestmark = pytest.mark.django_db

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture(autouse=True)
def _lamp(settings: Settings) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()
    assert ask("POST", "/entities", {"id": "urn:l:1", "type": "Lamp", "power": 5, "scope": "/A"}).status == 201


def test_lists_are_whole_and_counted() -> None:
    told = ask("GET", "/attributes", query={"count": "true"})
    assert (told.json["attributeList"], told.headers["NGSILD-Results-Count"]) == (["power"], "1")
    told = ask("GET", "/types", query={"count": "true", "details": "true"})
    assert [one["attributeNames"] for one in told.json] == [["power"]] and told.headers["NGSILD-Results-Count"] == "1"


@pytest.mark.parametrize("term", ["id", "type", "scope", "createdAt", "modifiedAt", "missing"])
def test_members_of_every_entity_are_no_attributes(term: str) -> None:
    told = ask("GET", f"/attributes/{term}")
    assert (told.status, told.json["type"]) == (404, ERRORS + "ResourceNotFound")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [("/types", "limit"), ("/attributes", "offset"), ("/types/Lamp", "details"), ("/attributes/power", "count")],
)
def test_unknown_parameters(path: str, parameter: str) -> None:
    told = ask("GET", path, query={parameter: "1"})
    assert (told.status, told.json["type"]) == (400, ERRORS + "InvalidRequest")
