"""One request on one screen: who may see it, what may be decided, what two agents at once run into."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Kind, State
from parvis.domains.requests.services import correspondence, triage
from parvis.domains.requests.tests.factories import IN_B, City, category, code_of, later, make_city, make_request, photo
from parvis.domains.requests.views.backoffice.actions import ACTIONS
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in

pytestmark = pytest.mark.django_db
ALL = ("requests.view", "requests.triage", "requests.contact")


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Any) -> City:
    settings.PARVIS_HOME = tmp_path
    return make_city()


@pytest.fixture
def agent(client: Client, city: City) -> User:
    found = make_agent(*ALL, organisation=city.metropolis, display_name="Nadia Agent")
    sign_in(client, found)
    return found


def page(client: Client, service_request: Request) -> Any:
    return client.get(reverse("backoffice:requests:show", args=[service_request.pk]))


def act(client: Client, service_request: Request, action: str, **data: Any) -> Any:
    version = Request.objects.get(pk=service_request.pk).version
    return client.post(
        reverse("backoffice:requests:act", args=[service_request.pk, action]), {"version": version, **data}
    )


def test_everything_is_on_the_page_and_the_contact_is_not(client: Client, agent: User) -> None:
    made = make_request(
        contact_name="Odile Exemple",
        contact_email="odile@exemple.fr",
        contact_phone="0380000000",
        address="12 rue des Tilleuls",
    )
    near = make_request(category=category("pothole"))
    correspondence.note(request_id=made.pk, text="Vérifier le câble", by=agent, now=later())
    html = page(client, made).content.decode()
    for seen in (
        made.number,
        "Lampadaire éteint",
        "12 rue des Tilleuls",
        "Vérifier le câble",
        "Nadia Agent",
        near.number,
        "Prendre en charge",
    ):
        assert seen in html, seen
    for hidden in ("Odile", "odile@exemple.fr", "0380000000", code_of(made)):
        assert hidden not in html, hidden


def test_the_contact_is_shown_on_demand_and_journaled(client: Client, agent: User) -> None:
    made = make_request(contact_name="Odile <b>Exemple</b>", contact_email="odile@exemple.fr")
    url = reverse("backoffice:requests:contact", args=[made.pk])
    assert client.get(url).status_code == 405, "a link or a prefetch must not look"
    response = client.post(url)
    assert "odile@exemple.fr" in response.content.decode()
    assert "Odile &lt;b&gt;" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert Entry.objects.get(action="request.contact_read").actor == agent.urn
    assert "odile@" not in page(client, made).content.decode()


def test_reading_a_contact_is_a_right_of_its_own(client: Client, city: City) -> None:
    made = make_request(contact_email="odile@exemple.fr")
    sign_in(client, make_agent("requests.view", "requests.triage", organisation=city.metropolis))
    assert client.post(reverse("backoffice:requests:contact", args=[made.pk])).status_code == 403
    assert not Entry.objects.filter(action="request.contact_read").exists()
    assert "Votre rôle ne permet pas" in page(client, made).content.decode()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_another_communes_request_does_not_exist(client: Client, city: City, action: str) -> None:
    theirs = make_request(
        category=category("litter"), longitude=IN_B[0], latitude=IN_B[1], contact_email="odile@exemple.fr"
    )
    correspondence.complete(request_id=theirs.pk, text="", photo=photo(), author=None, now=later())
    sign_in(client, make_agent(*ALL, "requests.desk", "requests.export", organisation=city.town_a))
    assert page(client, theirs).status_code == 404
    data = {
        "message": "x",
        "note": "x",
        "public_note": "x",
        "reason": "x",
        "template": "private",
        "priority": "high",
        "organisation": city.town_a.pk,
        "category": category("noise").pk,
    }
    before = Request.objects.filter(pk=theirs.pk).values().get()
    assert act(client, theirs, action, **data).status_code == 404
    assert client.post(reverse("backoffice:requests:contact", args=[theirs.pk])).status_code == 404
    assert client.post(reverse("backoffice:requests:renew_code", args=[theirs.pk])).status_code == 404
    assert client.get(reverse("backoffice:requests:photo", args=[theirs.pk, 1, "small"])).status_code == 404
    assert Request.objects.filter(pk=theirs.pk).values().get() == before


def test_seeing_is_not_deciding(client: Client, city: City) -> None:
    """Sees all of the territory, decides for the town only."""
    made = make_request()
    seer = make_agent("requests.view", organisation=city.metropolis)
    from parvis.foundations.identity.services import assign, ensure_role

    assign(user=seer, role=ensure_role(code="t", label="T", permissions=["requests.triage"]), organisation=city.town_a)
    sign_in(client, seer)
    assert "Prendre en charge" not in page(client, made).content.decode()
    assert act(client, made, "accept", priority="normal").status_code == 403
    assert Request.objects.get(pk=made.pk).state == State.RECEIVED


def test_residents_have_no_business_here(client: Client) -> None:
    made = make_request()
    assert page(client, made).status_code == 302
    sign_in(client, make_resident())
    assert page(client, made).status_code == 403


@pytest.mark.parametrize(
    ("action", "data", "state"),
    [
        ("accept", {"priority": "urgent", "message": "On arrive."}, State.ACCEPTED),
        ("refuse", {"template": "private", "message": "C’est la cour de l’immeuble."}, State.REFUSED),
        ("close", {"message": ""}, State.DONE),
        ("answer", {"message": "Bonjour."}, State.RECEIVED),
        ("note", {"note": "Vu."}, State.RECEIVED),
        ("publish-note", {"public_note": "Prévu mardi."}, State.RECEIVED),
    ],
)
def test_each_decision(client: Client, agent: User, action: str, data: dict[str, str], state: State) -> None:
    made = make_request()
    response = act(client, made, action, **data)
    assert response.status_code == 302, response.content.decode()
    assert Request.objects.get(pk=made.pk).state == state
    assert str(ACTIONS[action].done) in client.get(response["Location"]).content.decode()


def test_a_refusal_joins_the_sentence_and_the_agents_words(client: Client, agent: User) -> None:
    made = make_request()
    act(client, made, "refuse", template="private", message="C’est la cour de l’immeuble.")
    text = made.steps.get(kind=Kind.REFUSED).text
    assert text.startswith("Le lieu signalé se trouve sur un terrain privé")
    assert text.endswith("C’est la cour de l’immeuble.")


def test_giving_it_away_leads_back_to_the_list(client: Client, agent: User, city: City) -> None:
    made = make_request()
    response = act(client, made, "reroute", organisation=city.town_a.pk, reason="À eux.")
    assert response["Location"] == reverse("backoffice:requests:list")
    assert page(client, made).status_code == 404


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("refuse", {"template": "nope"}),
        ("answer", {"message": "   "}),
        ("answer", {"message": "a\x00"}),
        ("note", {"note": ""}),
        ("reroute", {"organisation": "999999", "reason": "x"}),
        ("recategorise", {"category": "x"}),
        ("accept", {"priority": "asap"}),
        ("answer", {"message": "x", "version": "abc"}),
    ],
)
def test_a_mistake_is_shown_beside_its_field(client: Client, agent: User, action: str, data: dict[str, str]) -> None:
    made = make_request()
    response = act(client, made, action, **data)
    html = response.content.decode()
    assert response.status_code == 422
    assert "error-summary" in html
    assert f'{action}"' in html
    assert made.steps.count() == 1


def test_two_agents_at_once(client: Client, agent: User) -> None:
    made = make_request()
    triage.refuse(request_id=made.pk, version=1, reason="Non.", by=make_agent(), now=later())
    url = reverse("backoffice:requests:act", args=[made.pk, "answer"])
    response = client.post(url, {"version": 1, "message": "Texte à garder"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "modifié par quelqu’un d’autre" in html
    assert "Texte à garder" in html
    assert not made.steps.filter(kind=Kind.MESSAGE).exists()
    again = client.post(url, {"version": 2, "message": "Texte à garder"})
    assert again.status_code == 302
    assert 'name="version" value="2"' in html, "sending again decides on what is now on screen"


def test_a_decision_no_longer_possible_is_said(client: Client, agent: User) -> None:
    made = make_request()
    triage.close(request_id=made.pk, version=1, by=make_agent(), now=later())
    response = act(client, made, "accept", priority="normal")
    assert response.status_code == 409
    assert "ne permet pas cette action" in response.content.decode()


def test_unknown_actions_and_requests(client: Client, agent: User) -> None:
    made = make_request()
    assert act(client, made, "explode").status_code == 404
    assert client.get(reverse("backoffice:requests:show", args=[999_999])).status_code == 404


def test_a_new_code_is_read_to_the_person(client: Client, agent: User) -> None:
    made = make_request()
    old = code_of(made)
    html = client.post(reverse("backoffice:requests:renew_code", args=[made.pk])).content.decode()
    new = code_of(Request.objects.get(pk=made.pk))
    assert new != old
    assert f"{new[:5]}-{new[5:]}" in html


def test_hostile_text_is_escaped(client: Client, agent: User) -> None:
    hostile = "<script>alert(1)</script>"
    made = make_request(description=hostile, address=hostile, contact_name=hostile)
    correspondence.complete(request_id=made.pk, text=hostile, author=None, now=later())
    act(client, made, "note", note=hostile)
    html = (
        page(client, made).content.decode()
        + client.post(reverse("backoffice:requests:contact", args=[made.pk])).content.decode()
    )
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_near_requests_of_others_are_not_told(client: Client, city: City) -> None:
    """The metropolis' request near the town's is not the town's to know."""
    make_request()
    ours = make_request(category=category("litter"))
    sign_in(client, make_agent(*ALL, organisation=city.town_a))
    assert "S-2026-000001" not in page(client, ours).content.decode()
