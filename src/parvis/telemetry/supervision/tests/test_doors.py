"""`/live/alarms`: an alarm reaches the control rooms that may see it, at commit, and nobody else."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.tests.factories import NOW
from parvis.telemetry.context.tests.serving import Site, next_event, served
from parvis.telemetry.supervision import doors
from parvis.telemetry.supervision.services import acknowledge
from parvis.telemetry.supervision.tests.factories import make_organisation, make_rule, make_thing, raise_alarm, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site() -> Iterator[Site]:
    with served(doors) as site:
        yield site


def session(*rights: str, organisation: Organisation | None = None) -> str:
    agent = make_agent(*(rights or ("supervision.view",)), organisation=organisation)
    key: str = sign_in(Client(), agent).session.session_key
    return key


def test_raised_acknowledged_and_returned_are_told_at_once(site: Site) -> None:
    stream = site.get("/live/alarms", session=session())
    alarm = raise_alarm()
    name, data = next_event(stream)
    assert name == "alarm"
    assert json.loads(data) == {
        "urn": str(alarm.urn),
        "title": alarm.title,
        "priority": "high",
        "state": "active_unacknowledged",
        "entity_urn": alarm.entity_urn,
        "longitude": 5.04,
        "latitude": 47.32,
        "raised_at": alarm.raised_at.isoformat(),
        "url": f"/control-room/supervision/{alarm.pk}",
    }
    acknowledge(alarm=alarm, by=make_agent(), now=NOW)
    assert json.loads(next_event(stream)[1])["state"] == "active_acknowledged"
    say(alarm.entity, 5, at=NOW + timedelta(minutes=1))
    assert json.loads(next_event(stream)[1])["state"] == "closed"


def test_each_hears_of_its_own_organisation_only(site: Site) -> None:
    mine = make_organisation()
    stream = site.get("/live/alarms", session=session(organisation=mine))
    raise_alarm(organisation=make_organisation())
    raise_alarm()
    own = raise_alarm(organisation=mine)
    assert json.loads(next_event(stream)[1])["urn"] == str(own.urn)


def test_strangers_and_agents_without_the_right_hear_nothing(site: Site) -> None:
    assert site.get("/live/alarms").status == 401
    assert site.get("/live/alarms", session=session("context.view")).status == 403


def test_a_feeder_that_fails_is_told_whole(site: Site) -> None:
    make_rule()
    things = [make_thing() for _ in range(60)]
    stream = site.get("/live/alarms", session=session())
    for thing in things:
        say(thing, 11)
    heard = {json.loads(next_event(stream)[1])["entity_urn"] for _ in things}
    assert heard == {thing.urn for thing in things}
