import pytest
from django.test import Client

from parvis.foundations.organisations.tests.factories import make_commune_organisation, make_metropolis

pytestmark = pytest.mark.django_db


def test_before_a_territory_is_loaded(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "Aucun territoire" in page


def test_the_metropolis(client: Client) -> None:
    metropolis = make_metropolis(name="Dijon Métropole")
    page = client.get("/").content.decode()
    assert "<h1>Dijon Métropole</h1>" in page
    assert f"/theme/{metropolis.slug}.css" in page


def test_a_commune_under_its_own_identity(client: Client) -> None:
    make_metropolis(name="Dijon Métropole")
    commune = make_commune_organisation(name="Ville de Chenôve")
    page = client.get(f"/c/{commune.slug}/").content.decode()
    assert "<h1>Ville de Chenôve</h1>" in page
    assert "Dijon Métropole" in page
    assert f'href="/c/{commune.slug}/communes"' in page


def test_queries_do_not_grow_with_the_communes(client: Client, django_assert_max_num_queries) -> None:
    make_metropolis()
    for number in range(12):
        make_commune_organisation(name=f"Commune {number}")
    client.get("/communes")  # fills the in-process caches
    with django_assert_max_num_queries(8):
        page = client.get("/communes").content.decode()
    assert page.count("/c/commune-") >= 12


def test_the_theme_is_on_the_first_byte(client: Client) -> None:
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/").content.decode()[:400]


def test_no_inline_script_nor_style(client: Client) -> None:
    make_metropolis()
    page = client.get("/").content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert "onclick" not in page
