"""Readings become alarms, and people and repairs answer them; with the database."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent
from parvis.kernel.events import Event
from parvis.telemetry.context.tests.factories import NOW
from parvis.telemetry.supervision import events
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, Rule, RuleState
from parvis.telemetry.supervision.rules.alarms import REOPEN_WITHIN, AlreadyAcknowledged, AlreadyClosed, State
from parvis.telemetry.supervision.rules.titles import UnknownPlace
from parvis.telemetry.supervision.services import (
    RuleDraft,
    acknowledge,
    acknowledge_many,
    close_by_intervention,
    create_rule,
    evaluate,
    set_enabled,
    tick,
    update_rule,
)
from parvis.telemetry.supervision.tests.factories import (
    change,
    make_organisation,
    make_rule,
    make_thing,
    raise_alarm,
    say,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def published(block: Any) -> list[Event]:
    """What the block told the rest of the platform."""
    told: list[Event] = []
    with (
        patch("parvis.telemetry.supervision.book.publish", lambda *facts: told.extend(facts)),
        patch("parvis.telemetry.supervision.services.alarms.publish", told.append),
    ):
        block()
    return told


def test_a_reading_past_the_threshold_raises_one_alarm_that_says_all() -> None:
    owner = make_organisation()
    thing = make_thing(name="Échelle du port", organisation_id=owner.pk)
    rule = make_rule()
    told = published(lambda: say(thing, 9, 11.5, 12, 13))
    alarm = Alarm.objects.get()
    assert alarm.title == "Niveau haut : Échelle du port à 11,5"
    assert (alarm.state, alarm.occurrences, alarm.priority) == (State.ACTIVE_UNACKNOWLEDGED, 1, "high")
    assert (alarm.organisation, alarm.longitude, alarm.latitude) == (owner, 5.04, 47.32)
    assert alarm.raised_at == NOW + SECOND
    assert told == [
        events.AlarmRaised(
            urn=str(alarm.urn),
            rule_name=rule.name,
            entity_urn=thing.urn,
            entity_type=thing.type,
            priority="high",
            subject="water",
            title=alarm.title,
            longitude=5.04,
            latitude=47.32,
            area_code="",
            organisation_id=owner.pk,
            opens_intervention=False,
            occurrences=1,
            raised_at=NOW + SECOND,
        )
    ]


def test_return_and_acknowledgement_close_in_either_order() -> None:
    agent = make_agent()
    first, second = raise_alarm(), raise_alarm()
    acknowledge(alarm=first, by=agent, comment="vu", now=NOW + SECOND)
    say(first.entity, 5, at=NOW + MINUTE)
    first.refresh_from_db()
    assert (first.state, first.closed_by) == (State.CLOSED, "return")
    say(second.entity, 5, at=NOW + MINUTE)
    second.refresh_from_db()
    assert second.state == State.RETURNED_UNACKNOWLEDGED
    acknowledge(alarm=second, by=agent, now=NOW + 2 * MINUTE)
    second.refresh_from_db()
    assert (second.state, second.acknowledged_by) == (State.CLOSED, agent)


def test_an_alarm_that_wants_nobody_closes_by_itself() -> None:
    alarm = raise_alarm(priority="low", needs_acknowledgement=False)
    say(alarm.entity, 5, at=NOW + MINUTE)
    alarm.refresh_from_db()
    assert alarm.state == State.CLOSED
    assert [line.kind for line in alarm.events.all()] == ["raised", "returned", "closed"]


def test_acknowledging_is_journaled_without_the_words_and_refused_the_second_time() -> None:
    agent, other = make_agent(), make_agent()
    alarm = raise_alarm()
    acknowledge(alarm=alarm, by=agent, comment="Appelé Mme Martin", now=NOW)
    entry = Entry.objects.get(action="alarm.acknowledged")
    assert (entry.actor, entry.urn) == (agent.urn, str(alarm.urn))
    assert "Martin" not in entry.details
    with pytest.raises(AlreadyAcknowledged):
        acknowledge(alarm=alarm, by=other, now=NOW)
    say(alarm.entity, 5, at=NOW + MINUTE)
    with pytest.raises(AlreadyClosed):
        acknowledge(alarm=alarm, by=other, now=NOW)
    alarm.refresh_from_db()
    assert alarm.acknowledged_by == agent


def test_several_are_acknowledged_at_once_except_those_answered_meanwhile() -> None:
    agent, other = make_agent(), make_agent()
    alarms = [raise_alarm() for _ in range(3)]
    acknowledge(alarm=alarms[1], by=other, now=NOW)
    assert acknowledge_many(alarms=alarms, by=agent, comment="orage", now=NOW) == 2
    assert Alarm.objects.filter(acknowledged_by=agent).count() == 2


@pytest.mark.parametrize("needs", [True, False])
def test_chattering_is_one_row_that_counts(needs: bool) -> None:
    thing = make_thing()
    make_rule(needs_acknowledgement=needs)
    say(thing, *(11, 7) * 20)
    alarm = Alarm.objects.get()
    assert alarm.occurrences == 20


def test_the_same_trouble_reopens_its_alarm_and_a_later_one_is_new() -> None:
    alarm = raise_alarm(needs_acknowledgement=False)
    back = say(alarm.entity, 5, at=NOW + MINUTE)
    told = published(lambda: say(alarm.entity, 11, 5, at=back + REOPEN_WITHIN))
    assert [type(fact).__name__ for fact in told] == ["AlarmRaised", "AlarmReturnedToNormal", "AlarmClosed"]
    assert Alarm.objects.get().occurrences == 2
    say(alarm.entity, 11, at=back + 2 * REOPEN_WITHIN + MINUTE)
    assert Alarm.objects.count() == 2


def test_on_delay_is_completed_by_time_alone() -> None:
    thing = make_thing()
    make_rule(on_delay_s=60)
    say(thing, 11)
    assert tick(NOW + 10 * SECOND) == NOW + MINUTE
    assert not Alarm.objects.exists()
    assert tick(NOW + MINUTE) is None
    alarm = Alarm.objects.get()
    assert (alarm.value, alarm.raised_at) == (11, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    assert Alarm.objects.get().occurrences == 1


def test_fleeting_reading_raises_nothing() -> None:
    thing = make_thing()
    make_rule(on_delay_s=60)
    say(thing, 11, 5)
    assert tick(NOW + 5 * MINUTE) is None
    assert not Alarm.objects.exists()


def test_off_delay_is_completed_by_time_alone() -> None:
    alarm = raise_alarm(off_delay_s=60)
    say(alarm.entity, 5, at=NOW + MINUTE)
    assert tick(NOW + MINUTE) == NOW + 2 * MINUTE
    tick(NOW + 2 * MINUTE)
    alarm.refresh_from_db()
    assert (alarm.state, alarm.returned_at) == (State.RETURNED_UNACKNOWLEDGED, NOW + 2 * MINUTE)


def test_out_of_order_and_repeated_changes_have_no_effect() -> None:
    thing = make_thing()
    make_rule()
    late, bad, good = (change(thing, value, at=NOW + after * SECOND) for value, after in ((12, -5), (11, 0), (5, 1)))
    evaluate(changes=[good, bad], now=NOW)  # one batch is put in order, and a raise and its return both told
    assert Alarm.objects.get().state == State.RETURNED_UNACKNOWLEDGED
    evaluate(changes=[bad, good, late], now=NOW)
    evaluate(changes=[late], now=NOW)
    assert Alarm.objects.get().occurrences == 1


def test_a_rule_of_an_organisation_looks_at_its_things_and_those_of_its_services_only() -> None:
    mine, other = make_organisation(), make_organisation()
    service = make_organisation(kind="service", parent=mine)
    make_rule(organisation=mine)
    for owner in (mine, other, service, None):
        say(make_thing(organisation_id=owner.pk if owner else None), 11)
    assert sorted(Alarm.objects.values_list("organisation", flat=True)) == sorted([mine.pk, service.pk])


def test_disabled_rules_look_at_nothing() -> None:
    make_rule(enabled=False)
    say(make_thing(), 11)
    assert not RuleState.objects.exists()


def test_a_repair_closes_and_a_condition_that_persists_raises_a_new_alarm() -> None:
    alarm = raise_alarm(on_delay_s=0)
    intervention = "urn:ngsi-ld:Intervention:7"
    told = published(
        lambda: close_by_intervention(alarm_urn=str(alarm.urn), intervention_urn=intervention, now=NOW + MINUTE)
    )
    alarm.refresh_from_db()
    assert (alarm.state, alarm.closed_by, alarm.closed_by_urn) == (State.CLOSED, "intervention", intervention)
    assert [type(fact).__name__ for fact in told] == ["AlarmClosed"]
    say(alarm.entity, 12, at=NOW + 2 * MINUTE)
    again = Alarm.objects.exclude(pk=alarm.pk).get()
    assert again.state == State.ACTIVE_UNACKNOWLEDGED


def test_a_repair_told_twice_or_of_nothing_changes_nothing() -> None:
    alarm = raise_alarm()
    close_by_intervention(alarm_urn=str(alarm.urn), intervention_urn="urn:ngsi-ld:Intervention:7", now=NOW)
    say(alarm.entity, 12, at=NOW + MINUTE)
    for urn in (str(alarm.urn), "urn:ngsi-ld:Alarm:999999", "urn:ngsi-ld:ServiceRequest:1", "nonsense"):
        close_by_intervention(alarm_urn=urn, intervention_urn="urn:ngsi-ld:Intervention:7", now=NOW + 2 * MINUTE)
    assert Alarm.objects.open().count() == 1


def test_two_open_alarms_of_a_rule_and_a_thing_are_refused_by_the_database() -> None:
    alarm = raise_alarm()
    alarm.pk = None
    with pytest.raises(IntegrityError, match="alarm_one_open_per_rule_and_thing"), transaction.atomic():
        alarm.save()


def test_a_rule_that_orders_text_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="rule_threshold_fits_operator"), transaction.atomic():
        make_rule(operator="gt", threshold="fort")
    make_rule(operator="eq", threshold="fort")
    make_rule(operator="ne", threshold=True)


def draft(**fields: Any) -> RuleDraft:
    rule = Rule(**{name: getattr(make_rule(), name) for name in RuleDraft.__dataclass_fields__})
    return RuleDraft(**{name: getattr(rule, name) for name in RuleDraft.__dataclass_fields__} | fields)


def test_rules_are_written_journaled_and_their_title_checked() -> None:
    agent = make_agent()
    rule = create_rule(draft=draft(needs_acknowledgement=None, priority="high"), actor=agent.urn, now=NOW)
    assert rule.needs_acknowledgement
    assert not create_rule(
        draft=draft(needs_acknowledgement=None, priority="low"), actor=agent.urn, now=NOW
    ).needs_acknowledgement
    update_rule(rule=rule, draft=draft(threshold=12), actor=agent.urn, now=NOW)
    actions = Entry.objects.filter(urn=f"urn:ngsi-ld:Rule:{rule.pk}").order_by("id").values_list("action", "details")
    assert [(action, json.loads(details)["threshold"]) for action, details in actions] == [
        ("rule.created", 10),
        ("rule.modified", 12),
    ]
    with pytest.raises(UnknownPlace):
        create_rule(draft=draft(title="{thing.urn}"), actor=agent.urn, now=NOW)


def test_switching_a_rule_off_closes_its_alarms_and_forgets() -> None:
    alarm = raise_alarm()
    set_enabled(rule=alarm.rule, enabled=False, actor=make_agent().urn, now=NOW + MINUTE)
    alarm.refresh_from_db()
    assert (alarm.state, alarm.closed_by) == (State.CLOSED, "rule")
    assert not RuleState.objects.exists()
    set_enabled(rule=alarm.rule, enabled=True, actor=make_agent().urn, now=NOW + MINUTE)
    say(alarm.entity, 11, at=NOW + 2 * MINUTE)
    assert Alarm.objects.open().count() == 1


def test_moving_a_threshold_drops_delays_in_progress() -> None:
    rule, thing = make_rule(on_delay_s=60), make_thing()
    say(thing, 11)
    new = draft(threshold=20, on_delay_s=60)
    update_rule(rule=rule, draft=new, actor=make_agent().urn, now=NOW)
    assert tick(NOW + 5 * MINUTE) is None
    assert not Alarm.objects.exists()


def test_a_thousand_alarms_at_once_cost_a_few_statements() -> None:
    """A feeder that fails: the statements must not grow with the lamps."""
    make_rule(needs_acknowledgement=False)
    owner = make_organisation()
    counts: list[int] = []

    def raise_for(size: int) -> None:
        things = [make_thing(organisation_id=owner.pk) for _ in range(size)]
        with CaptureQueriesContext(connection) as captured:
            evaluate(changes=[change(one, 11, at=NOW) for one in things], now=NOW)
        counts.append(len(captured))

    raise_for(5)
    raise_for(50)
    assert counts[0] == counts[1] < 20
    assert Alarm.objects.count() == AlarmEvent.objects.count() == 55
