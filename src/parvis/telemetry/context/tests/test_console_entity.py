"""The page of a thing: all that the broker holds of it, in every form."""

import json

import pytest
from django.test import Client

from parvis.telemetry.context.attributes import property_of, relationship_to
from parvis.telemetry.context.tests.consoling import looker
from parvis.telemetry.context.tests.factories import NOW, make_entity

pytestmark = pytest.mark.django_db

URN = "urn:ngsi-ld:TestRoom:1"
PAGE = f"/backoffice/context/entities/{URN}"


@pytest.fixture
def agent() -> Client:
    make_entity(
        URN,
        type="TestRoom",
        attributes={
            "temperature": [
                property_of(20.5, unit_code="CEL", observed_at=NOW) | {"precision": property_of(0.1)},
                property_of(21) | {"datasetId": "urn:x:north"},
            ],
            "isIn": relationship_to("urn:ngsi-ld:TestBuilding:1"),
        },
    )
    return looker()


def test_every_instance_is_shown_with_what_it_holds(agent):
    first, second, third = agent.get(PAGE).context["instances"]
    assert (first.name, first.kind, first.text) == ("isIn", "Relationship", "urn:ngsi-ld:TestBuilding:1")
    assert (second.text, second.dataset_id, second.observed_at) == ("20,5 °C", "", NOW)
    assert second.below == [("unitCode", "CEL"), ("precision", "0,1")]
    assert (third.text, third.dataset_id) == ("21", "urn:x:north")


@pytest.mark.parametrize(
    ("view", "temperature", "with_context"),
    [
        ("concise", {"value": 21, "datasetId": "urn:x:north"}, False),
        ("json-ld", {"type": "Property", "value": 21, "datasetId": "urn:x:north"}, True),
    ],
)
def test_the_document_is_drawn_as_asked(agent, view, temperature, with_context):
    document = json.loads(agent.get(PAGE, {"view": view}).context["document"])
    shown = {name: value for name, value in document["temperature"][1].items() if not name.endswith("At")}
    assert shown == temperature
    assert ("@context" in document) is with_context


def test_the_simplified_document_has_values_only(agent):
    document = json.loads(agent.get(PAGE, {"view": "simplified"}).context["document"])
    assert document["isIn"] == "urn:ngsi-ld:TestBuilding:1"


def test_an_unknown_form_is_the_normalized_one(agent):
    document = json.loads(agent.get(PAGE, {"view": "?"}).context["document"])
    assert "createdAt" in document


def test_the_addresses_of_the_api_are_given(agent):
    html = agent.get(PAGE).content.decode()
    assert f"/ngsi-ld/v1/entities/{URN}" in html
    assert f"/ngsi-ld/v1/temporal/entities/{URN}" in html


def test_a_thing_named_by_any_uri_has_a_page():
    make_entity("https://example.org/rooms/1?a=b", type="TestRoom")
    answer = looker().get("/backoffice/context/entities/https%3A%2F%2Fexample.org%2Frooms%2F1%3Fa%3Db")
    assert answer.status_code == 200
    assert "https%3A%2F%2F" in answer.content.decode() or "https:%2F%2Fexample.org" in answer.content.decode()
