"""The loop between alarms and work, through the queue of events."""

from datetime import timedelta

import pytest

from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import State
from parvis.domains.interventions.services import assign, finish, start
from parvis.domains.interventions.tests.factories import make_crew, make_organisation, make_team
from parvis.foundations.identity.tests.factories import make_agent
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.testing import deliver
from parvis.telemetry.context.tests.factories import NOW
from parvis.telemetry.supervision.models import Alarm
from parvis.telemetry.supervision.rules.alarms import State as AlarmState
from parvis.telemetry.supervision.tests.factories import raise_alarm, say

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def owner() -> Organisation:
    return make_organisation()


def test_an_alarm_opens_one_intervention_and_the_work_closes_the_alarm(owner: Organisation) -> None:
    team = make_team(owner)
    crew = make_crew(team)
    alarm = raise_alarm(organisation=owner, opens_intervention=True)
    deliver()
    opened = Intervention.objects.get()
    assert (opened.title, opened.priority, opened.thing_urn) == (alarm.title, "urgent", alarm.entity_urn)
    assert opened.description == "La rivière monte."
    assign(intervention=opened, team=team, by=make_agent(), now=NOW)
    start(intervention=opened, by=crew, now=NOW)
    finish(intervention=opened, by=crew, now=NOW + MINUTE)
    deliver()
    alarm.refresh_from_db()
    assert (alarm.state, alarm.closed_by_urn) == (AlarmState.CLOSED, str(opened.urn))


def test_a_condition_that_persists_after_the_work_asks_for_new_work(owner: Organisation) -> None:
    team = make_team(owner)
    crew = make_crew(team)
    alarm = raise_alarm(organisation=owner, opens_intervention=True)
    deliver()
    opened = Intervention.objects.get()
    assign(intervention=opened, team=team, by=make_agent(), now=NOW)
    start(intervention=opened, by=crew, now=NOW)
    finish(intervention=opened, by=crew, now=NOW + MINUTE)
    deliver()
    say(alarm.entity, 12, at=NOW + 2 * MINUTE)
    deliver()
    assert Alarm.objects.open().count() == 1
    assert list(Intervention.objects.order_by("id").values_list("state", flat=True)) == [State.DONE, State.OPEN]


def test_chattering_and_redelivery_open_nothing_more(owner: Organisation) -> None:
    alarm = raise_alarm(organisation=owner, opens_intervention=True)
    say(alarm.entity, *(5, 11) * 5, at=NOW + MINUTE)
    deliver()
    assert Intervention.objects.count() == 1


def test_an_alarm_that_wants_no_work_or_ended_already_opens_none(owner: Organisation) -> None:
    raise_alarm(organisation=owner)
    fleeting = raise_alarm(organisation=owner, opens_intervention=True, needs_acknowledgement=False)
    say(fleeting.entity, 5, at=NOW + MINUTE)
    deliver()
    assert not Intervention.objects.exists()


def test_the_crew_reads_that_the_thing_works_again(owner: Organisation) -> None:
    alarm = raise_alarm(organisation=owner, opens_intervention=True, needs_acknowledgement=False)
    deliver()
    say(alarm.entity, 5, at=NOW + MINUTE)
    deliver()
    line = Intervention.objects.get().events.get(kind="noted")
    assert line.text == "L’alarme est revenue à la normale d’elle-même."


def test_without_any_competent_organisation_the_metropolis_is_asked() -> None:
    main = make_organisation(kind="metropolis")
    raise_alarm(opens_intervention=True)
    deliver()
    assert Intervention.objects.get().organisation == main
