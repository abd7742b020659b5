"""The back office: who sees which work, opens, assigns, takes back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import State
from parvis.domains.interventions.tests.factories import make_crew, make_intervention, make_organisation, make_team
from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.supervision.tests.factories import make_thing, raise_alarm

pytestmark = pytest.mark.django_db

LIST = "/backoffice/interventions/"
NEW = f"{LIST}new"
ALL_RIGHTS = ("interventions.view", "interventions.open", "interventions.assign")


@pytest.fixture
def mine() -> Organisation:
    return make_organisation()


@pytest.fixture
def dispatcher(mine: Organisation) -> User:
    return make_agent(*ALL_RIGHTS, "supervision.view", organisation=mine)


@pytest.fixture
def office(client: Client, dispatcher: User) -> Client:
    return sign_in(client, dispatcher)


def page(intervention: Intervention) -> str:
    return f"{LIST}{intervention.pk}"


def titles(body: str, *wanted: str) -> set[str]:
    return {title for title in wanted if f">{title}</a>" in body}


def test_the_list_shows_open_work_of_ones_organisation_most_urgent_first(office: Client, mine: Organisation) -> None:
    make_intervention(mine, title="Ordinaire")
    make_intervention(mine, title="Pressée", priority="urgent")
    make_intervention(title="Ailleurs")
    team = make_team(mine)
    make_intervention(team=team, started_by=make_crew(team), done=True, title="Finie")
    body = office.get(LIST).content.decode()
    assert body.index("Pressée") < body.index("Ordinaire")
    assert titles(body, "Pressée", "Ordinaire", "Ailleurs", "Finie") == {"Pressée", "Ordinaire"}
    assert titles(office.get(LIST, {"state": "all"}).content.decode(), "Finie", "Ailleurs") == {"Finie"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"state": "open"}, {"Une"}),
        ({"state": "assigned"}, {"Deux"}),
        ({"state": "overdue"}, {"Deux"}),
        ({"priority": "urgent"}, {"Deux"}),
        ({"subject": "waste"}, {"Une"}),
        ({"q": "saint-michel"}, {"Une"}),
        ({"q": "<b>"}, set()),
        ({"team": "TEAM"}, {"Deux"}),
        ({"team": "999999", "state": "?", "page": "-3"}, {"Une", "Deux"}),  # a wrong address is not an error page
    ],
)
def test_filters(office: Client, mine: Organisation, query: dict[str, str], shown: set[str]) -> None:
    team = make_team(mine)
    now = clock.now()
    make_intervention(mine, title="Une", subject="waste", address="Rue Saint-Michel", now=now)
    make_intervention(team=team, title="Deux", priority="urgent", now=now - timedelta(hours=5))
    wanted = {name: str(team.pk) if value == "TEAM" else value for name, value in query.items()}
    assert titles(office.get(LIST, wanted).content.decode(), "Une", "Deux") == shown


def test_the_list_costs_the_same_whatever_its_length(office: Client, mine: Organisation) -> None:
    team = make_team(mine)
    make_intervention(team=team)
    office.get(LIST)
    with assert_num_queries(QUERIES):
        office.get(LIST)
    for _ in range(10):
        make_intervention(team=team)
    with assert_num_queries(QUERIES):
        office.get(LIST)


QUERIES = 9
"""Organisation, session, account, rights (2), communes, teams, count, page."""


def test_a_page_costs_the_same_whatever_its_story(office: Client, mine: Organisation) -> None:
    team = make_team(mine)
    intervention = make_intervention(team=team, started_by=make_crew(team))
    office.get(page(intervention))
    with assert_num_queries(10):
        office.get(page(intervention))


@pytest.mark.parametrize("path", ["", "new", "1", "1/photos/1/large"])
def test_strangers_and_agents_without_the_right_are_refused(client: Client, path: str) -> None:
    assert client.get(LIST + path).status_code == 302
    assert sign_in(client, make_resident()).get(LIST + path).status_code == 403
    assert sign_in(client, make_agent("requests.view")).get(LIST + path).status_code == 403


def test_the_work_of_another_organisation_does_not_exist_for_me(office: Client) -> None:
    other = make_intervention()
    assert office.get(page(other)).status_code == 404
    assert office.post(f"{page(other)}/assign", {"team": make_team(other.organisation).pk}).status_code == 404
    assert office.post(f"{page(other)}/take-back", {"reason": "x"}).status_code == 404
    other.refresh_from_db()
    assert other.state == State.OPEN


def test_who_may_only_see_has_no_button_and_no_door(client: Client, mine: Organisation) -> None:
    sign_in(client, make_agent("interventions.view", organisation=mine))
    intervention = make_intervention(mine)
    body = client.get(page(intervention)).content.decode()
    assert "Affecter" not in body
    assert "Annuler" not in body
    assert client.post(f"{page(intervention)}/assign").status_code == 403
    assert client.get(NEW).status_code == 403


def test_assigning_and_taking_back(office: Client, mine: Organisation) -> None:
    intervention, team = make_intervention(mine), make_team(mine)
    assert (
        "Intervention affectée."
        in office.post(f"{page(intervention)}/assign", {"team": team.pk}, follow=True).content.decode()
    )
    intervention.refresh_from_db()
    assert (intervention.state, intervention.team) == (State.ASSIGNED, team)
    assert (
        "Dites pourquoi"
        in office.post(f"{page(intervention)}/take-back", {"reason": " "}, follow=True).content.decode()
    )
    office.post(f"{page(intervention)}/take-back", {"reason": "doublon"})
    intervention.refresh_from_db()
    assert (intervention.state, intervention.reason) == (State.CANCELLED, "doublon")
    office.post(f"{page(intervention)}/take-back", {"reason": "non, pas un doublon"})
    intervention.refresh_from_db()
    assert intervention.state == State.ASSIGNED


def test_a_team_of_another_organisation_is_not_offered_nor_taken(office: Client, mine: Organisation) -> None:
    intervention, foreign = make_intervention(mine), make_team(make_organisation())
    assert foreign.name not in office.get(page(intervention)).content.decode()
    answer = office.post(f"{page(intervention)}/assign", {"team": foreign.pk}, follow=True)
    assert "Choisissez une équipe de cette organisation." in answer.content.decode()


def test_what_was_begun_meanwhile_is_not_reassigned_and_the_dispatcher_reads_why(
    office: Client, mine: Organisation
) -> None:
    team = make_team(mine)
    crew = make_crew(team)
    intervention = make_intervention(team=team, started_by=crew)
    answer = office.post(f"{page(intervention)}/assign", {"team": make_team(mine).pk}, follow=True)
    assert crew.display_name in answer.content.decode()


def test_words_of_a_crew_are_escaped(office: Client, mine: Organisation) -> None:
    make_intervention(mine, title="<script>alert(1)</script>", description="<img src=x onerror=alert(2)>")
    intervention = Intervention.objects.get()
    body = office.get(page(intervention)).content.decode() + office.get(LIST).content.decode()
    assert "<script>alert" not in body
    assert "<img src=x" not in body


def fields(client: Client, **more: Any) -> dict[str, Any]:
    """What the form sends when a person fills it."""
    nonce = re.search(r'name="nonce" value="([^"]+)"', client.get(NEW).content.decode())
    assert nonce
    return {
        "nonce": nonce.group(1),
        "title": "Banc cassé",
        "subject": "roads",
        "priority": "normal",
        "address": "12 rue de la Préfecture",
        **more,
    }


def test_opening_by_hand_for_ones_organisation(office: Client, mine: Organisation) -> None:
    data = fields(office, organisation=mine.pk, longitude="5.04", latitude="47.32")
    answer = office.post(NEW, data, follow=True)
    opened = Intervention.objects.get()
    assert answer.redirect_chain[-1][0] == page(opened)
    assert (opened.organisation, opened.longitude, opened.title) == (mine, 5.04, "Banc cassé")
    again = office.post(NEW, data, follow=True)  # sent twice
    assert "était déjà ouverte" in again.content.decode()
    assert Intervention.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "Ce champ est obligatoire"),
        ({"address": ""}, "Dites où"),
        ({"longitude": "500", "latitude": "47"}, "inférieure ou égale à 180"),
        ({"organisation": ""}, "Personne n’est déclaré compétent"),
        ({"nonce": "x"}, "UUID"),
    ],
)
def test_what_makes_no_order_is_refused_in_words(
    office: Client, mine: Organisation, change: dict[str, str], message: str
) -> None:
    answer = office.post(NEW, fields(office, organisation=mine.pk) | change)
    assert message in answer.content.decode()
    assert not Intervention.objects.exists()


def test_an_organisation_that_is_not_mine_cannot_be_charged(office: Client) -> None:
    answer = office.post(NEW, fields(office, organisation=make_organisation().pk))
    assert answer.status_code == 200
    assert not Intervention.objects.exists()


def test_from_an_alarm_the_form_is_filled_and_the_alarm_is_the_cause(office: Client, mine: Organisation) -> None:
    alarm = raise_alarm(organisation=mine)
    body = office.get(NEW, {"cause": str(alarm.urn)}).content.decode()
    assert alarm.title in body
    office.post(NEW, fields(office, organisation=mine.pk, cause=str(alarm.urn)))
    opened = Intervention.objects.get()
    assert [cause.cause_urn for cause in opened.causes.all()] == [str(alarm.urn)]
    assert opened.thing_urn == alarm.entity_urn


def test_the_alarm_of_another_organisation_fills_nothing_and_is_no_cause(office: Client, mine: Organisation) -> None:
    """Else the end of the work would close an alarm its author may not even see."""
    alarm = raise_alarm(organisation=make_organisation())
    assert alarm.title not in office.get(NEW, {"cause": str(alarm.urn)}).content.decode()
    forged = [str(alarm.urn), "urn:ngsi-ld:ServiceRequest:1", "nonsense"]
    for cause in forged:
        office.post(NEW, fields(office, organisation=mine.pk, cause=cause, thing=make_thing().urn))
    assert Intervention.objects.count() == len(forged)
    assert not Intervention.objects.filter(causes__isnull=False).exists()
    assert set(Intervention.objects.values_list("thing_urn", flat=True)) == {""}  # may not see things either


def test_the_page_of_an_alarm_offers_to_open_then_shows_the_work(office: Client, mine: Organisation) -> None:
    alarm = raise_alarm(organisation=mine)
    address = f"/control-room/supervision/{alarm.pk}"
    assert "Ouvrir une intervention" in office.get(address).content.decode()
    office.post(NEW, fields(office, organisation=mine.pk, cause=str(alarm.urn)))
    body = office.get(address).content.decode()
    assert Intervention.objects.get().number in body
    assert "Ouvrir une intervention" not in body
