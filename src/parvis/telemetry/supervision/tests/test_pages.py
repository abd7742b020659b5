"""What supervision shows on the pages of others, and forgets after its term."""

from datetime import timedelta

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.kernel.urn import Urn
from parvis.telemetry.context.tests.factories import NOW
from parvis.telemetry.supervision import pages, retention
from parvis.telemetry.supervision.models import Alarm, AlarmEvent
from parvis.telemetry.supervision.services import acknowledge
from parvis.telemetry.supervision.tests.factories import make_organisation, make_thing, raise_alarm, say

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def test_the_page_of_a_thing_shows_its_alarms_to_who_may_see_them(client: Client) -> None:
    mine = make_organisation()
    alarm = raise_alarm(organisation=mine)
    address = f"/control-room/context/entities/{alarm.entity_urn}"
    sign_in(client, make_agent("context.view", "supervision.view", organisation=mine))
    assert alarm.title in client.get(address).content.decode()
    sign_in(client, make_agent("context.view"))
    assert alarm.title not in client.get(address).content.decode()


def test_a_thing_without_alarm_has_no_panel(client: Client) -> None:
    thing = make_thing()
    sign_in(client, make_agent("context.view", "supervision.view"))
    assert ">Alarmes</h2>" not in client.get(f"/control-room/context/entities/{thing.urn}").content.decode()


def test_beside_the_map_the_most_urgent_with_their_place(client: Client) -> None:
    mine = make_organisation()
    raise_alarm(organisation=mine, priority="low", title="Basse")
    raise_alarm(organisation=mine, priority="high", title="Haute")
    raise_alarm(organisation=make_organisation(), title="Ailleurs")
    sign_in(client, make_agent("supervision.view", organisation=mine))
    body = client.get("/control-room/").content.decode()
    assert body.index("Haute") < body.index("Basse")
    assert 'data-longitude="5.040000" data-latitude="47.320000"' in body
    assert "Ailleurs" not in body
    assert "2 alarmes ouvertes" in body


def test_urns_lead_to_pages() -> None:
    alarm = raise_alarm()
    assert pages.alarm_page(alarm.urn) == f"/control-room/supervision/{alarm.pk}"
    assert pages.rule_page(Urn("Rule", str(alarm.rule_id))) == f"/backoffice/supervision/{alarm.rule_id}"
    for local in ("999999", "x", "1e3"):
        assert pages.alarm_page(Urn("Alarm", local)) is None


def test_alarms_are_forgotten_after_their_term_and_open_ones_lose_names() -> None:
    agent = make_agent()
    old, still_open = raise_alarm(), raise_alarm()
    for alarm in (old, still_open):
        acknowledge(alarm=alarm, by=agent, comment="vu", now=NOW)
    say(old.entity, 5, at=NOW + MINUTE)
    term = NOW + timedelta(days=retention.KEEP_DAYS)
    assert (retention.purge_alarms(term), retention.purge_lines(term - MINUTE)) == (0, 0)
    later = term + timedelta(days=1)
    assert retention.purge_alarms(later) == 1
    assert retention.purge_lines(later) == 1
    assert retention.purge_alarms(later) == retention.purge_lines(later) == 0
    assert Alarm.objects.get() == still_open
    assert not AlarmEvent.objects.exclude(by=None).exists()


def test_an_agent_reads_and_erases_what_is_kept_of_them() -> None:
    agent = make_agent()
    alarm = raise_alarm()
    acknowledge(alarm=alarm, by=agent, comment="vu", now=NOW)
    assert retention.export(agent) == [
        {"alarm": str(alarm.urn), "title": alarm.title, "at": NOW.isoformat(), "comment": "vu"}
    ]
    assert retention.erase(agent) == 1
    assert retention.export(agent) == []
    alarm.refresh_from_db()
    assert (alarm.acknowledged_by, alarm.comment, alarm.acknowledged_at) == (None, "", NOW)
