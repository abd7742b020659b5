"""The list of things and the page of one, in the control room and in the back office."""

from urllib.parse import quote

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context.attributes import property_of, relationship_to
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import make_entity

pytestmark = pytest.mark.django_db

SHELLS = ["backoffice", "control-room"]


@pytest.fixture
def agent() -> Client:
    return sign_in(Client(), make_agent("context.view"))


def organisation(name: str) -> Organisation:
    return Organisation.objects.create(kind=Kind.OPERATOR, name=name, short_name=name, slug=name.lower())


@pytest.mark.parametrize("shell", SHELLS)
def test_the_list_shows_and_links_things(agent, shell):
    thing = make_entity(name="Lampadaire des Tanneurs")
    html = agent.get(f"/{shell}/context/things").content.decode()
    assert "Lampadaire des Tanneurs" in html
    assert f"/{shell}/context/entities/{thing.urn}" in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "ecole tanneurs"}, ["ÉCOLE des Tanneurs"]),  # words in any order of accents and case
        ({"q": "urn:ngsi-ld:TestBin:"}, ["Bac"]),
        ({"type": "TestBin"}, ["Bac"]),
        ({"state": "4"}, ["Bac", "ÉCOLE des Tanneurs"]),
        ({"state": "0"}, []),
        ({"state": "²", "owner": "x", "page": "99999"}, ["Bac", "ÉCOLE des Tanneurs"]),  # nonsense narrows nothing
        ({"area": "99999"}, []),
        ({"q": "%"}, []),  # not a wildcard
    ],
)
def test_the_list_is_narrowed(agent, query, found):
    make_entity(name="ÉCOLE des Tanneurs")
    make_entity(name="Bac", type="TestBin")
    rows = agent.get("/backoffice/context/things", query).context["rows"]
    assert sorted(row["thing"].name for row in rows) == sorted(found)


def test_the_list_is_narrowed_to_an_owner(agent):
    operator = organisation("Citelum")
    make_entity(name="A", organisation_id=operator.pk)
    make_entity(name="B")
    rows = agent.get("/backoffice/context/things", {"owner": operator.pk}).context["rows"]
    assert [row["thing"].name for row in rows] == ["A"]


def test_the_number_of_queries_does_not_grow_with_the_list(agent):
    def load() -> None:
        assert agent.get("/backoffice/context/things").status_code == 200

    make_entity()
    load()
    with assert_num_queries(QUERIES_OF_LIST):
        load()
    for number in range(40):
        make_entity(name=f"Objet {number}", organisation_id=organisation(f"op{number}").pk)
    with assert_num_queries(QUERIES_OF_LIST):
        load()


QUERIES_OF_LIST = 9


def test_rights_are_those_of_the_owner(agent):
    mine, other = organisation("Mienne"), organisation("Autre")
    own, foreign = make_entity(organisation_id=mine.pk), make_entity(organisation_id=other.pk)
    limited = sign_in(Client(), make_agent("context.view", organisation=mine))
    rows = limited.get("/backoffice/context/things").context["rows"]
    assert [row["thing"].pk for row in rows] == [own.pk]
    assert limited.get(f"/backoffice/context/entities/{own.urn}").status_code == 200
    assert limited.get(f"/backoffice/context/entities/{foreign.urn}").status_code == 404


@pytest.mark.parametrize("shell", SHELLS)
def test_without_the_right_nothing_is_shown(shell):
    thing = make_entity()
    nobody = sign_in(Client(), make_agent())
    assert nobody.get(f"/{shell}/context/things").status_code == 403
    assert nobody.get(f"/{shell}/context/entities/{thing.urn}").status_code == 403


@pytest.mark.parametrize("shell", SHELLS)
def test_the_page_of_a_thing_tells_its_state_in_words_and_units(agent, shell):
    cabinet = make_entity(name="Armoire 12")
    thing = make_entity(
        name="Lampe <b>1</b>",
        attributes={
            "temperature": property_of(21.456, unit_code="CEL"),
            "isOn": property_of(True),
            "count": property_of(12345),
            "refCabinet": relationship_to(cabinet.urn),
        },
        longitude=5.04,
        latitude=47.32,
    )
    html = agent.get(f"/{shell}/context/entities/{thing.urn}").content.decode()
    assert "21,456" in html
    assert "°C" in html
    assert "oui" in html
    assert f'/{shell}/context/entities/{cabinet.urn}">Armoire 12</a>' in html
    assert "Lampe &lt;b&gt;1&lt;/b&gt;" in html
    assert "&quot;unitCode&quot;: &quot;CEL&quot;" in html  # the NGSI-LD document


def test_identifiers_of_any_shape_have_a_page(agent):
    thing = make_entity("urn:ngsi-ld:TestThing:a/b?c=d&e#f")
    assert Entity.objects.filter(pk=thing.pk).exists()
    assert agent.get("/backoffice/context/entities/" + quote(thing.urn)).status_code == 200
    assert agent.get("/backoffice/context/entities/nothing").status_code == 404
