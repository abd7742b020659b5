"""The operator's screens: who sees what, what a press of a button does, how many queries a list costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.services import record_readings
from parvis.telemetry.supervision.models import Alarm
from parvis.telemetry.supervision.rules.alarms import State
from parvis.telemetry.supervision.services import acknowledge
from parvis.telemetry.supervision.tests.factories import make_organisation, raise_alarm, say

pytestmark = pytest.mark.django_db

LIST = "/control-room/supervision/"


@pytest.fixture
def mine() -> Organisation:
    return make_organisation()


@pytest.fixture
def operator(mine: Organisation) -> User:
    return make_agent("supervision.view", "supervision.acknowledge", organisation=mine)


@pytest.fixture
def room(client: Client, operator: User) -> Client:
    return sign_in(client, operator)


def raised(organisation: Organisation | None, **more: Any) -> Alarm:
    return raise_alarm(organisation=organisation, at=clock.now() - timedelta(minutes=5), **more)


def page(alarm: Alarm) -> str:
    return reverse("control_room:supervision:alarm", args=[alarm.pk])


def test_the_list_shows_open_alarms_of_ones_organisation_most_urgent_first(room: Client, mine: Organisation) -> None:
    low = raised(mine, priority="low", title="Basse")
    high = raised(mine, priority="high", title="Haute")
    closed = raised(mine, needs_acknowledgement=False, title="Finie")
    say(closed.entity, 1, at=clock.now())
    raised(make_organisation(), title="Ailleurs")
    raised(None, title="De personne")
    body = room.get(LIST).content.decode()
    assert body.index(high.title) < body.index(low.title)
    assert all(text not in body for text in ("Finie", "Ailleurs", "De personne"))
    assert "Finie" in room.get(LIST, {"state": "closed"}).content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"priority": "high"}, {"Haute"}),
        ({"subject": "lighting"}, {"Basse"}),
        ({"q": "asse"}, {"Basse"}),
        ({"state": "unacknowledged"}, {"Haute", "Basse"}),
        ({"state": "stale"}, set()),
        ({"state": "all"}, {"Haute", "Basse"}),
        ({"state": "nonsense", "page": "x"}, {"Haute", "Basse"}),  # a wrong address is not an error page
    ],
)
def test_filters(room: Client, mine: Organisation, query: dict[str, str], shown: set[str]) -> None:
    raised(mine, priority="high", title="Haute")
    raised(mine, priority="low", title="Basse", subject="lighting")
    body = room.get(LIST, query).content.decode()
    assert {title for title in ("Haute", "Basse") if f">{title}</a>" in body} == shown


def test_the_list_costs_the_same_whatever_its_length(room: Client, mine: Organisation) -> None:
    raised(mine)
    room.get(LIST)
    with assert_num_queries(QUERIES):
        room.get(LIST)
    for _ in range(10):
        raised(mine)
    with assert_num_queries(QUERIES):
        room.get(LIST)


QUERIES = 10
"""Organisation, session, account, rights (2), communes, count, page, indicators (2)."""


@pytest.mark.parametrize("path", ["", "1"])
def test_strangers_and_agents_without_the_right_are_refused(client: Client, path: str) -> None:
    assert client.get(LIST + path).status_code == 302
    sign_in(client, make_resident())
    assert client.get(LIST + path).status_code == 403
    sign_in(client, make_agent("requests.view"))
    assert client.get(LIST + path).status_code == 403


def test_the_alarm_of_another_organisation_does_not_exist_for_me(room: Client) -> None:
    other = raised(make_organisation())
    assert room.get(page(other)).status_code == 404
    assert room.post(f"{page(other)}/acknowledge").status_code == 404
    room.post(f"{LIST}acknowledge", {"alarms": [other.pk]})
    other.refresh_from_db()
    assert other.state == State.ACTIVE_UNACKNOWLEDGED


def test_who_may_only_see_has_no_button_and_no_door(client: Client, mine: Organisation) -> None:
    sign_in(client, make_agent("supervision.view", organisation=mine))
    alarm = raised(mine)
    assert "Acquitter" not in client.get(page(alarm)).content.decode()
    assert "Acquitter" not in client.get(LIST).content.decode()
    assert client.post(f"{page(alarm)}/acknowledge").status_code == 403


def test_the_page_says_what_to_do_and_draws_the_last_day(room: Client, mine: Organisation) -> None:
    alarm = raised(mine)
    now = clock.now()
    readings = [
        Reading(
            entity_id=alarm.entity_id, attribute="level", value=float(hour), observed_at=now - timedelta(hours=hour)
        )
        for hour in range(1, 12)
    ]
    record_readings(readings, now=now)
    body = room.get(page(alarm)).content.decode()
    for text in ("Prévenir l’astreinte.", "La rivière monte.", "Le quai est inondé.", "30 minutes", "chart__limit"):
        assert text in body


def test_acknowledging_with_a_comment_escapes_it(room: Client, operator: User, mine: Organisation) -> None:
    alarm = raised(mine)
    answer = room.post(f"{page(alarm)}/acknowledge", {"comment": "<script>alert(1)</script>"}, follow=True)
    alarm.refresh_from_db()
    assert (alarm.state, alarm.acknowledged_by) == (State.ACTIVE_ACKNOWLEDGED, operator)
    body = answer.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "<script>alert" not in body


def test_the_second_to_acknowledge_is_told_so(room: Client, mine: Organisation) -> None:
    alarm = raised(mine)
    acknowledge(alarm=alarm, by=make_agent(), now=clock.now())
    answer = room.post(f"{page(alarm)}/acknowledge", follow=True)
    assert "Cette alarme est déjà acquittée." in answer.content.decode()


def test_several_at_once_and_back_to_the_filters(room: Client, mine: Organisation) -> None:
    alarms = [raised(mine) for _ in range(3)]
    answer = room.post(
        f"{LIST}acknowledge",
        {"alarms": [alarms[0].pk, alarms[1].pk], "comment": "orage", "next": f"{LIST}?priority=high"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == f"{LIST}?priority=high"
    assert "2 alarmes acquittées." in answer.content.decode()
    assert Alarm.objects.unacknowledged().get() == alarms[2]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(room: Client, mine: Organisation, target: str) -> None:
    answer = room.post(f"{LIST}acknowledge", {"alarms": [raised(mine).pk], "next": target})
    assert answer.headers["Location"] == LIST


def test_choosing_nothing_says_so(room: Client) -> None:
    answer = room.post(f"{LIST}acknowledge", follow=True)
    assert "Choisissez au moins une alarme." in answer.content.decode()


def test_a_forged_post_without_token_is_refused(operator: User, mine: Organisation) -> None:
    client = sign_in(Client(enforce_csrf_checks=True), operator)
    assert client.post(f"{page(raised(mine))}/acknowledge").status_code == 403
