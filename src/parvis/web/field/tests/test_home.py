import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.foundations.organisations.tests.factories import make_metropolis

pytestmark = pytest.mark.django_db


def test_a_crew_member(client: Client) -> None:
    make_metropolis()
    page = sign_in(client, make_agent(display_name="Sacha")).get("/field/").content.decode()
    assert "Sacha" in page
    assert 'class="bottom-nav"' in page


def test_a_resident_is_refused(client: Client) -> None:
    assert sign_in(client, make_resident()).get("/field/").status_code == 403
