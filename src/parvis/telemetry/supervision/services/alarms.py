"""What people, and repairs, do to alarms."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.models import User
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish
from parvis.kernel.urn import SYSTEM
from parvis.telemetry.supervision.events import AlarmAcknowledged, AlarmClosed
from parvis.telemetry.supervision.live import announce
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, AlarmEventKind, RuleState
from parvis.telemetry.supervision.rules.alarms import ClosedBy, Signal, State, after
from parvis.telemetry.supervision.rules.tracking import reset
from parvis.telemetry.supervision.selectors import alarm_by_urn

ACKNOWLEDGE_RIGHT = "supervision.acknowledge"


@transaction.atomic
def acknowledge(*, alarm: Alarm, by: User, now: datetime, comment: str = "") -> Alarm:
    """Answers the row as it became. Raises `AlreadyAcknowledged` or `AlreadyClosed`: the first of two people has it."""
    row = _locked(alarm.pk)
    row.state = after(State(row.state), Signal.ACKNOWLEDGE, needs_acknowledgement=row.rule.needs_acknowledgement)
    _acknowledged(row, by=by, comment=comment, now=now)
    if row.state == State.CLOSED:
        _close(row, ClosedBy.RETURN, now)
    row.save()
    record(
        actor=str(by.urn),
        action="alarm.acknowledged",
        urn=str(row.urn),
        right=ACKNOWLEDGE_RIGHT,
        organisation=row.organisation.slug if row.organisation else "",
        details={"entity": row.entity_urn},  # not the comment: free text has no place in what cannot be erased
        now=now,
    )
    publish(AlarmAcknowledged(urn=str(row.urn), entity_urn=row.entity_urn, by_urn=str(by.urn), at=now))
    announce([row])
    return row


def acknowledge_many(*, alarms: Sequence[Alarm], by: User, now: datetime, comment: str = "") -> int:
    """How many are now acknowledged by this person; those that someone else answered meanwhile are left as they are."""
    done = 0
    for alarm in sorted(alarms, key=lambda one: one.pk):
        try:
            acknowledge(alarm=alarm, by=by, comment=comment, now=now)
        except Refusal:
            continue
        done += 1
    return done


@transaction.atomic
def close_by_intervention(*, alarm_urn: str, intervention_urn: str, now: datetime) -> None:
    """The thing was repaired: the alarm closes whatever its state, and the rule starts afresh, so that a condition that
    persists raises a new alarm. An alarm already closed, or a URN that is no alarm, changes nothing.
    """
    known = alarm_by_urn(alarm_urn)
    if known is None:
        return
    # States before alarms, as the evaluation locks them.
    states = list(RuleState.objects.select_for_update().filter(rule_id=known.rule_id, entity_id=known.entity_id))
    alarm = _locked(known.pk)
    if not alarm.is_open:
        return
    for state in states:
        state.take(reset(state.tracking))
        state.save()
    if alarm.is_unacknowledged:
        alarm.acknowledged_at = now
    alarm.state = after(State(alarm.state), Signal.REPAIR, needs_acknowledgement=alarm.rule.needs_acknowledgement)
    alarm.closed_by_urn = intervention_urn
    _close(alarm, ClosedBy.INTERVENTION, now)
    alarm.save()
    record(actor=str(SYSTEM), action="alarm.closed", urn=alarm_urn, details={"intervention": intervention_urn}, now=now)
    announce([alarm])


def _locked(key: int) -> Alarm:
    return Alarm.objects.select_for_update(of=("self",)).select_related("rule", "organisation").get(pk=key)


def _acknowledged(alarm: Alarm, *, by: User, comment: str, now: datetime) -> None:
    alarm.acknowledged_at = now
    alarm.acknowledged_by = by
    alarm.comment = comment
    AlarmEvent.objects.create(alarm=alarm, kind=AlarmEventKind.ACKNOWLEDGED, at=now, by=by, text=comment)


def _close(alarm: Alarm, by: ClosedBy, now: datetime) -> None:
    alarm.closed_at = now
    alarm.closed_by = by
    AlarmEvent.objects.create(alarm=alarm, kind=AlarmEventKind.CLOSED, at=now, text=alarm.closed_by_urn)
    publish(
        AlarmClosed(
            urn=str(alarm.urn),
            entity_urn=alarm.entity_urn,
            closed_by=by,
            closed_by_urn=alarm.closed_by_urn,
            at=now,
        )
    )
