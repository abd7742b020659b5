import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.foundations.organisations.tests.factories import make_metropolis

pytestmark = pytest.mark.django_db


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/backoffice/").status_code == 302


def test_a_resident_is_refused(client: Client) -> None:
    assert sign_in(client, make_resident()).get("/backoffice/").status_code == 403


def test_an_agent_without_role_is_told_what_to_do(client: Client) -> None:
    make_metropolis()
    page = sign_in(client, make_agent()).get("/backoffice/").content.decode()
    assert "Demandez un rôle" in page


def test_an_agent_sees_what_their_rights_open(client: Client) -> None:
    make_metropolis()
    page = sign_in(client, make_agent("context.view")).get("/backoffice/").content.decode()
    assert "/backoffice/context/" in page
    assert "/backoffice/supervision/" not in page
