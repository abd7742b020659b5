"""The call desk: taking a report for a caller, finding what another asks about."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from parvis.domains.requests.forms.report import new_submission
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Channel
from parvis.domains.requests.tests.factories import IN_A, IN_B, City, category, code_of, make_city, make_request
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Any) -> City:
    settings.PARVIS_HOME = tmp_path
    return make_city()


@pytest.fixture
def agent(client: Client, city: City) -> User:
    found = make_agent("requests.desk", "requests.view", organisation=city.metropolis)
    sign_in(client, found)
    return found


def take(client: Client, **changes: Any) -> Any:
    data = {
        "submission": new_submission(),
        "channel": "phone",
        "category": "street-light",
        "longitude": IN_A[0],
        "latitude": IN_A[1],
        "description": "La personne dit que tout est éteint.",
        "contact_name": "Odile Exemple",
        "contact_phone": "03 80 00 00 00",
        **changes,
    }
    return client.post(reverse("backoffice:requests:desk_new"), data)


def found(client: Client, text: str) -> list[str]:
    html = client.post(reverse("backoffice:requests:desk"), {"q": text}).content.decode()
    return [made.number for made in Request.objects.order_by("id") if f">{made.number}<" in html]


def test_a_call_becomes_a_request_read_back_to_the_caller(client: Client, agent: User) -> None:
    response = take(client)
    assert response.status_code == 302, response.content.decode()
    made = Request.objects.get()
    assert (made.channel, made.created_by, made.reporter, made.contact_phone) == (
        Channel.PHONE,
        agent,
        None,
        "03 80 00 00 00",
    )
    html = client.get(response["Location"]).content.decode()
    code = code_of(made)
    assert f"{code[:5]}-{code[5:]}" in html
    assert "Parvis Métropole : éclairage public à Aubépine" in html
    assert Entry.objects.get(action="request.received").actor == agent.urn


def test_the_counter_is_another_channel_and_pigeons_are_not(client: Client, agent: User) -> None:
    assert take(client, channel="counter").status_code == 302
    assert Request.objects.get().channel == Channel.COUNTER
    for channel in ("web", "pigeon", ""):
        assert take(client, channel=channel).status_code == 422


def test_a_caller_may_stay_unknown(client: Client, agent: User) -> None:
    assert take(client, contact_name="", contact_phone="").status_code == 302


def test_the_read_back_is_for_the_agent_who_took_the_call(client: Client, agent: User, city: City) -> None:
    location = take(client)["Location"]
    sign_in(client, make_agent("requests.desk", organisation=city.metropolis))
    assert client.get(location).status_code == 302


def test_a_commune_takes_a_call_for_the_metropolis_without_seeing_its_list(client: Client, city: City) -> None:
    sign_in(client, make_agent("requests.desk", "requests.view", organisation=city.town_a))
    response = take(client)
    made = Request.objects.get()
    assert made.organisation == city.metropolis
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert "Ouvrir le signalement" not in page.content.decode()
    assert client.get(reverse("backoffice:requests:show", args=[made.pk])).status_code == 404


def test_mistakes_keep_what_was_typed(client: Client, agent: User) -> None:
    html = take(client, category="").content.decode()
    assert "La personne dit que tout est éteint." in html
    assert 'value="Odile Exemple"' in html
    outside = take(client, longitude=5.25)
    assert "notre commune la plus proche" in outside.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "03 80 12 34 56",
        "+33 3 80 12 34 56",
        "0380123456",
        "S-2026-000001",
        "2026-1",
        "odile@exemple.fr",
        "ODILE@exemple.fr",
        "tilleuls",
        "eteint",
    ],
)
def test_a_caller_is_found_by_whatever_they_say(client: Client, agent: User, text: str) -> None:
    made = make_request(contact_phone="03.80.12.34.56", contact_email="odile@exemple.fr", address="3 rue des Tilleuls")
    make_request(description="Autre chose", contact_phone="0399999999")
    assert found(client, text) == [made.number]


def test_an_account_is_found_by_its_address(client: Client, agent: User) -> None:
    made = make_request(reporter=make_resident(email="rose@exemple.fr"))
    assert found(client, "rose@exemple.fr") == [made.number]


@pytest.mark.parametrize("text", ["0380", "38012", "@", "a\x00", "%", "_", "' or 1=1 --"])
def test_a_search_is_not_a_trawl(client: Client, agent: User, text: str) -> None:
    make_request(description="Rien de tel", contact_phone="0380123456", contact_email="odile@exemple.fr")
    assert found(client, text) == []


def test_a_search_says_no_contact_and_is_journaled_without_what_was_searched(client: Client, agent: User) -> None:
    make_request(contact_phone="0380123456", contact_name="Odile Exemple", contact_email="odile@exemple.fr")
    html = client.post(reverse("backoffice:requests:desk"), {"q": "03 80 12 34 56"}).content.decode()
    assert "Odile" not in html
    assert "odile@" not in html
    entry = Entry.objects.get(action="request.searched")
    assert "phone" in entry.details
    assert "0380123456" not in entry.details.replace(" ", "")


def test_each_desk_finds_its_own(client: Client, city: City) -> None:
    ours = make_request(category=category("litter"), contact_phone="0380123456")
    make_request(category=category("litter"), longitude=IN_B[0], latitude=IN_B[1], contact_phone="0380123456")
    sign_in(client, make_agent("requests.desk", organisation=city.town_a))
    assert found(client, "0380123456") == [ours.number]


def test_who_may_come_in(client: Client, city: City) -> None:
    sign_in(client, make_agent("requests.view", organisation=city.metropolis))
    for name in ("desk", "desk_new"):
        assert client.get(reverse(f"backoffice:requests:{name}")).status_code == 403
    assert take(client, submission=str(uuid4())).status_code == 403


def test_double_click(client: Client, agent: User) -> None:
    name = new_submission()
    assert take(client, submission=name)["Location"] is not None
    assert take(client, submission=name).status_code == 302
    assert Request.objects.count() == 1
