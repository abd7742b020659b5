import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.tests.factories import make_metropolis
from parvis.kernel.contributions import ThingState
from parvis.web.control_room.views.home import WORST_FIRST

pytestmark = pytest.mark.django_db


def test_who_has_nothing_there_is_refused(client: Client) -> None:
    sign_in(client, make_agent())
    assert client.get("/control-room/").status_code == 403
    assert client.get("/control-room/side").status_code == 403


def test_the_map_names_its_doors_and_its_equivalent_in_lists(client: Client) -> None:
    make_metropolis()
    page = sign_in(client, make_agent("context.view")).get("/control-room/").content.decode()
    assert 'data-things="/map/things.json"' in page
    assert 'data-entity="/control-room/context/entities/URN"' in page
    assert "Liste des équipements" in page


def test_it_is_dark_unless_one_chooses(client: Client) -> None:
    make_metropolis()
    sign_in(client, make_agent("context.view"))
    assert 'data-theme="dark"' in client.get("/control-room/").content.decode()[:400]
    client.cookies["theme"] = "light"
    assert 'data-theme="light"' in client.get("/control-room/").content.decode()[:400]


def test_the_legend_has_every_state() -> None:
    assert sorted(WORST_FIRST) == sorted(ThingState)
