"""The query box: what is asked of it is what the API would be asked, refusals are in French, rights are those of the agent."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.foundations.territory.models import Area, AreaKind
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.console import answering
from parvis.telemetry.context.tests.factories import make_entity

pytestmark = pytest.mark.django_db

PAGE = "/backoffice/context/broker/query"


@pytest.fixture
def agent() -> Client:
    return sign_in(Client(), make_agent("context.view"))


@pytest.fixture
def city() -> None:
    for number in range(3):
        make_entity(
            f"urn:ngsi-ld:TestLamp:{number}",
            type="TestLamp",
            name=f"Lampe {number}",
            level=number,
            longitude=5.04 + number / 100,
            latitude=47.32,
        )
    make_entity("urn:ngsi-ld:TestBin:1", type="TestBin", name="Bac", colour="vert")


def found(client: Client, **asked: str) -> list[str]:
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200, answer.context["form"].errors
    return [row.urn for row in answer.context["rows"]]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"type": "TestLamp"}, "012"),
        ({"type": "TestLamp", "q": "level>0"}, "12"),
        ({"q": 'name=="Lampe 1"'}, "1"),
        ({"id": "urn:ngsi-ld:TestLamp:0,urn:ngsi-ld:TestLamp:2"}, "02"),
        ({"attrs": "level"}, "012"),
        ({"type": "TestLamp", "distance": "1000", "longitude": "5,04", "latitude": "47,32"}, "01"),  # written in French
        ({"type": "TestLamp", "distance": "100", "longitude": "5.04", "latitude": "47.32"}, "0"),
        ({"type": "TestLamp", "scopeQ": "/Dijon/#"}, ""),
    ],
)
@pytest.mark.usefixtures("city")
def test_things_are_found(agent, asked, numbers):
    assert found(agent, **asked) == [f"urn:ngsi-ld:TestLamp:{number}" for number in numbers]


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"q": 'level=="'}, "q", "caractère"),
        ({"q": "level>"}, "q", "s’arrête trop tôt"),
        ({"q": "name==Lampe 1"}, "q", "guillemets"),
        ({"type": "TestLamp,,"}, "type", "virgules"),
        ({"attrs": "a,,b"}, "attrs", "virgules"),
        ({"attrs": "a", "pick": "b"}, "pick", "pas les deux"),
        ({"id": "pas un identifiant"}, "id", "n’est pas un identifiant"),
        ({"scopeQ": "//"}, "scopeQ", "portée"),
        ({"distance": "10"}, "longitude", "Donnez les trois"),
        ({"distance": "-1", "longitude": "5", "latitude": "47"}, "distance", "1"),
        ({"q": "a" + "(" * 200}, "q", ""),
        ({"q": "level\0"}, "q", ""),
    ],
)
def test_a_refusal_is_beside_its_field_in_french(agent, asked, field, words):
    answer = agent.get(PAGE, asked)
    assert answer.status_code == 422
    told = " ".join(answer.context["form"].errors[field])
    assert words in told
    assert " is " not in told  # nothing of the broker's English


def test_two_wrong_fields_are_both_told(agent):
    errors = agent.get(PAGE, {"q": "level>", "distance": "10"}).context["form"].errors
    assert {"q", "longitude", "latitude"} <= set(errors)


@pytest.mark.usefixtures("city")
def test_the_address_of_the_api_asks_the_same(agent):
    answer = agent.get(PAGE, {"type": "TestLamp", "q": 'name=="Lampe 1";level>=0', "view": "concise"})
    address = urlsplit(answer.context["address"])
    assert address.path == "/ngsi-ld/v1/entities"
    assert dict(parse_qsl(address.query)) == {
        "type": "TestLamp",
        "q": 'name=="Lampe 1";level>=0',
        "format": "concise",
        "local": "true",
        "count": "true",
        "limit": "25",
    }


@pytest.mark.usefixtures("city")
def test_results_can_be_documents(agent):
    answer = agent.get(PAGE, {"type": "TestBin", "view": "simplified", "pick": "id,colour"})
    [document] = json.loads(answer.context["document"])
    assert document.pop("@context").endswith("/ngsi-ld/v1/jsonldContexts/parvis")
    assert document == {"id": "urn:ngsi-ld:TestBin:1", "colour": "vert"}


@pytest.mark.usefixtures("city")
def test_columns_are_those_asked_for(agent):
    columns = agent.get(PAGE, {"type": "TestBin", "pick": "id,type,colour"}).context["columns"]
    assert [column.name for column in columns] == ["colour"]


def test_an_empty_question_shows_the_form_alone(agent):
    answer = agent.get(PAGE, {"type": " "})
    assert answer.status_code == 200
    assert "page" not in answer.context
    assert "Posez une question" in answer.content.decode()


def test_long_results_are_paged_and_counted(agent):
    for number in range(30):
        make_entity(type="TestLamp", level=number)
    page = agent.get(PAGE, {"type": "TestLamp", "page": "2"}).context["page"]
    assert (page.paginator.count, len(page.object_list), page.number) == (30, 5, 2)
    assert agent.get(PAGE, {"type": "TestLamp", "page": "99"}).context["page"].number == 2
    assert agent.get(PAGE, {"type": "TestLamp", "page": "²"}).context["page"].number == 1


QUERIES = 5


def test_the_number_of_queries_does_not_grow_with_the_results(agent):
    make_entity(type="TestLamp", level=1)
    agent.get(PAGE, {"type": "TestLamp"})
    with assert_num_queries(QUERIES):
        assert len(found(agent, type="TestLamp")) == 1
    for number in range(20):
        make_entity(type="TestLamp", level=number)
    with assert_num_queries(QUERIES):
        assert len(found(agent, type="TestLamp")) == 21


def test_only_things_of_the_agents_organisations_are_found_and_counted(monkeypatch):
    mine = Organisation.objects.create(kind=Kind.OPERATOR, name="Mienne", short_name="M", slug="mienne")
    own = make_entity(type="TestLamp", organisation_id=mine.pk)
    for _ in range(3):
        make_entity(type="TestLamp")
    limited = sign_in(Client(), make_agent("context.view", organisation=mine))
    assert found(limited, type="TestLamp") == [own.urn]
    assert limited.get(PAGE, {"type": "TestLamp"}).context["page"].paginator.count == 1
    monkeypatch.setattr(answering, "MOST_COUNTED", 0)
    assert "Plus de" in limited.get(PAGE, {"type": "TestLamp"}).content.decode()


def test_only_things_of_the_agents_areas_are_found_and_counted():
    area = Area.objects.create(kind=AreaKind.COMMUNE, code="21999", name="Ici")
    here = make_entity(type="TestLamp")
    make_entity(type="TestLamp")
    type(here).objects.filter(pk=here.pk).update(area_code="21999")
    organisation = Organisation.objects.create(kind=Kind.COMMUNE, name="Ici", short_name="I", slug="ici")
    type(here).objects.filter(pk=here.pk).update(organisation=organisation)
    limited = sign_in(Client(), make_agent("context.view", organisation=organisation, area=area))
    assert found(limited, type="TestLamp") == [here.urn]
    assert limited.get(PAGE, {"type": "TestLamp"}).context["page"].paginator.count == 1


def test_several_instances_of_an_attribute_share_a_cell(agent):
    two = [property_of(20.5, unit_code="CEL"), property_of(21, unit_code="CEL") | {"datasetId": "urn:x:1"}]
    make_entity(type="TestRoom", attributes={"temperature": two})
    [row] = agent.get(PAGE, {"type": "TestRoom"}).context["rows"]
    assert row.cells[0][1] == "20,5 °C ; 21 °C"


def test_without_the_right_nothing_is_shown():
    assert sign_in(Client(), make_agent()).get(PAGE).status_code == 403
