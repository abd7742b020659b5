"""Whose portal an address is."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_script_prefix, reverse

from parvis.foundations.organisations.middleware import PortalMiddleware
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.tests.factories import make_commune_organisation, make_metropolis, make_service
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db


def answered(path: str, host: str = "testserver") -> tuple[Organisation | None, str, str, str]:
    """(organisation, path_info, path, an address reversed during the request)."""
    seen: list[tuple[Organisation | None, str, str, str]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(
            (request.organisation, request.path_info, request.path, reverse("portal:organisations:theme", args=["x"]))
        )
        return HttpResponse()

    PortalMiddleware(view)(RequestFactory().get(path, headers={"host": host}))
    assert get_script_prefix() == "/"
    return seen[0]


def test_nobody_before_a_territory_is_loaded() -> None:
    assert answered("/")[0] is None


def test_the_metropolis_by_default() -> None:
    metropolis = make_metropolis()
    make_commune_organisation()
    assert answered("/requests/")[:3] == (metropolis, "/requests/", "/requests/")


def test_a_commune_by_its_prefix_which_every_address_keeps() -> None:
    make_metropolis()
    commune = make_commune_organisation(slug="quetigny")
    organisation, path_info, path, reversed_address = answered("/c/quetigny/requests/new")
    assert (organisation, path_info, path) == (commune, "/requests/new", "/c/quetigny/requests/new")
    assert reversed_address == "/c/quetigny/organisations/theme/x.css"
    assert answered("/c/quetigny")[1] == "/"
    assert answered("/")[3] == "/organisations/theme/x.css"


@pytest.mark.parametrize("host", ["quetigny.example", "QUETIGNY.example:8000"])
def test_a_commune_by_its_host(host: str) -> None:
    make_metropolis()
    commune = make_commune_organisation(slug="quetigny", host="quetigny.example")
    assert answered("/", host)[0] == commune


def test_the_prefix_is_stronger_than_the_host() -> None:
    make_metropolis(host="metropole.example")
    commune = make_commune_organisation(slug="quetigny")
    assert answered("/c/quetigny/", "metropole.example")[0] == commune


def test_no_portal_at_this_address(client: Client) -> None:
    service = make_service(make_metropolis(), slug="voirie")
    assert client.get("/c/nulle-part/").status_code == 404
    assert client.get(f"/c/{service.slug}/").status_code == 404


def test_one_query_whatever_the_address() -> None:
    make_metropolis()
    make_commune_organisation(slug="quetigny", host="quetigny.example")
    for path, host in (("/", "testserver"), ("/c/quetigny/", "testserver"), ("/", "quetigny.example")):
        with assert_num_queries(1):
            answered(path, host)
