"""The territory's pages: agents' and the open file of outlines."""

import json
from importlib import import_module

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parvis.foundations.territory.models import Area
from parvis.foundations.territory.tests.factories import make_commune, make_district, make_epci
from parvis.kernel.testing import assert_num_queries
from parvis.kernel.urn import Urn

pytestmark = pytest.mark.django_db
LIST = "backoffice:territory:list"
OUTLINES = "portal:territory:outlines"


@pytest.fixture
def agent() -> Client:
    factories = import_module("parvis.foundations.identity.tests.factories")
    client = Client()
    factories.sign_in(client, factories.make_agent("territory.view"))
    return client


def test_before_a_territory_is_loaded(agent: Client, client: Client) -> None:
    assert "parvis load territory" in agent.get(reverse(LIST)).content.decode()
    assert client.get(reverse(OUTLINES)).json()["features"] == []


def test_the_communes_with_their_codes_and_where_the_outlines_come_from(agent: Client) -> None:
    epci = make_epci(
        name="Dijon Métropole", source="IGN, Admin Express COG 2018", licence="Licence Ouverte", population=258630
    )
    make_commune(parent=epci, name="Quetigny", code="21515", siren="212105155", postal_codes=["21800"], population=8897)
    left = make_commune(parent=epci, name="Partie")
    Area.objects.filter(pk=left.pk).update(parent=None)
    page = agent.get(reverse(LIST)).content.decode().replace("\xa0", " ").replace("\u202f", " ")
    for told in (
        "Quetigny",
        "21515",
        "212105155",
        "21800",
        "8 897",
        "258 630",
        "IGN, Admin Express COG 2018, Licence Ouverte",
    ):
        assert told in page
    assert "ont quitté le territoire" in page
    assert "Contours approximatifs" not in page
    assert "Aucune commune" in agent.get(reverse(LIST), {"q": "zzz"}).content.decode()


def test_approximate_outlines_are_announced(agent: Client, client: Client) -> None:
    epci = make_epci(approximate=True)
    commune = make_commune(parent=epci, approximate=True)
    for address in (reverse(LIST), reverse("backoffice:territory:area", args=[commune.code])):
        assert "Contours approximatifs" in agent.get(address).content.decode()
    assert client.get(reverse(OUTLINES)).json()["approximate"] is True


def test_the_list_s_queries_do_not_grow(agent: Client) -> None:
    epci = make_epci()

    def queries() -> int:
        agent.get(reverse(LIST))
        with CaptureQueriesContext(connection) as captured:
            agent.get(reverse(LIST))
        return len(captured)

    make_commune(parent=epci)
    before = queries()
    for _number in range(4):
        make_commune(parent=epci)
    assert queries() == before


def test_the_page_of_an_area(agent: Client) -> None:
    commune = make_commune(name="Quetigny")
    district = make_district(parent=commune, name="Centre")
    page = agent.get(reverse("backoffice:territory:area", args=[commune.code])).content.decode()
    assert "Quetigny" in page
    assert "Centre" in page
    assert agent.get(reverse("backoffice:territory:area", args=[district.code])).status_code == 200
    assert agent.get(reverse("backoffice:territory:area", args=["00000"])).status_code == 404


def test_the_page_of_a_urn() -> None:
    pages = import_module("parvis.foundations.territory.pages")
    commune = make_commune(code="99001")
    assert pages.page_of(Urn.parse(commune.urn)) == reverse("backoffice:territory:area", args=["99001"])
    assert pages.page_of(Urn("AdministrativeArea", "none")) is None


def test_the_open_file_of_outlines(client: Client) -> None:
    cache.clear()
    epci = make_epci(name="Dijon Métropole", source="IGN")
    make_commune(parent=epci, code="99001", name="Ahuy")
    response = client.get(reverse(OUTLINES))
    assert response["Content-Type"] == "application/geo+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "public" in response["Cache-Control"]
    document = json.loads(response.content)
    assert (document["name"], document["attribution"], document["approximate"]) == ("Dijon Métropole", "IGN", False)
    assert [feature["properties"]["name"] for feature in document["features"]] == ["Ahuy"]
    unchanged = client.get(reverse(OUTLINES), headers={"if-none-match": response["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    Area.objects.filter(code="99001").update(name="Ville d’Ahuy")
    changed = client.get(reverse(OUTLINES), headers={"if-none-match": response["ETag"]})
    assert changed.status_code == 200
    assert "Ville d’Ahuy" in changed.content.decode()


def test_the_open_file_costs_no_query_once_composed(client: Client) -> None:
    make_commune()
    client.get(reverse(OUTLINES))
    with assert_num_queries(1):  # whose portal this is
        client.get(reverse(OUTLINES))


def test_a_search_that_no_text_can_hold_finds_what_is_left_of_it(agent: Client) -> None:
    make_commune(code="99001", name="Ahuy")
    assert "Ahuy" in agent.get(reverse(LIST) + "?q=ah%00uy").content.decode()
