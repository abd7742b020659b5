"""The alarms touched by one batch: effects are applied in memory, then written, told and announced together.

A feeder that fails raises hundreds of alarms at once; one by one they would take seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from parvis.foundations.organisations.selectors import competent_organisation
from parvis.kernel.events import Event, publish
from parvis.kernel.units import symbol
from parvis.telemetry.context.attributes import default_instance
from parvis.telemetry.context.models import Entity
from parvis.telemetry.supervision.events import AlarmClosed, AlarmRaised, AlarmReoccurred, AlarmReturnedToNormal
from parvis.telemetry.supervision.live import announce
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, AlarmEventKind, Rule
from parvis.telemetry.supervision.rules.alarms import (
    OPEN_STATES,
    REOPEN_WITHIN,
    ClosedBy,
    Closing,
    Signal,
    State,
    after,
    is_same_trouble,
)
from parvis.telemetry.supervision.rules.titles import fill
from parvis.telemetry.supervision.rules.tracking import Effect
from parvis.telemetry.supervision.states import Pair


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One effect of one reading, or of time, on the alarm of a pair."""

    pair: Pair
    effect: Effect
    value: Any


class AlarmBook:
    """Used once, in a transaction that holds the locks of the states of all the pairs."""

    def __init__(self, rules: Mapping[int, Rule], pairs: Iterable[Pair], now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._current = _current_alarms(set(pairs), now)
        self._entities = Entity.objects.in_bulk({entity for _, entity in pairs})
        self._lines: list[tuple[Alarm, AlarmEventKind, Any]] = []
        self._facts: list[tuple[Alarm, type[Event]]] = []

    def apply(self, happening: Happening) -> None:
        match happening.effect:
            case Effect.RAISE:
                self._raise(happening)
            case Effect.RETURN:
                self._return(happening)

    def write(self) -> None:
        touched = list({id(alarm): alarm for alarm, _, _ in self._lines}.values())
        known = [alarm for alarm in touched if alarm.pk is not None]
        Alarm.objects.bulk_create([alarm for alarm in touched if alarm.pk is None])
        for alarm in known:
            alarm.save()
        AlarmEvent.objects.bulk_create(
            AlarmEvent(alarm=alarm, kind=kind, at=self._now, value=value) for alarm, kind, value in self._lines
        )
        publish(*(self._fact(alarm, kind) for alarm, kind in self._facts))
        announce(touched)

    def _raise(self, happening: Happening) -> None:
        alarm = self._current.get(happening.pair)
        if alarm is None:
            alarm = self._current[happening.pair] = self._new(happening)
            self._tell(alarm, AlarmEventKind.RAISED, AlarmRaised, happening.value)
            return
        reopened = not alarm.is_open
        alarm.state = after(State(alarm.state), Signal.REOCCUR, needs_acknowledgement=alarm.rule.needs_acknowledgement)
        alarm.occurrences += 1
        alarm.last_raised_at = self._now
        alarm.value = happening.value
        alarm.returned_at = alarm.closed_at = None
        alarm.closed_by = ""
        self._tell(alarm, AlarmEventKind.REOCCURRED, AlarmRaised if reopened else AlarmReoccurred, happening.value)

    def _return(self, happening: Happening) -> None:
        alarm = self._current.get(happening.pair)
        if alarm is None or not alarm.is_open:
            return
        alarm.state = after(State(alarm.state), Signal.RETURN, needs_acknowledgement=alarm.rule.needs_acknowledgement)
        alarm.returned_at = self._now
        self._tell(alarm, AlarmEventKind.RETURNED, AlarmReturnedToNormal, happening.value)
        if alarm.state == State.CLOSED:
            alarm.closed_at = self._now
            alarm.closed_by = ClosedBy.RETURN
            self._tell(alarm, AlarmEventKind.CLOSED, AlarmClosed, None)

    def _tell(self, alarm: Alarm, line: AlarmEventKind, fact: type[Event], value: Any) -> None:
        self._lines.append((alarm, line, value))
        self._facts.append((alarm, fact))

    def _new(self, happening: Happening) -> Alarm:
        rule_id, entity_id = happening.pair
        rule, entity = self._rules[rule_id], self._entities[entity_id]
        return Alarm(
            rule=rule,
            entity=entity,
            entity_urn=entity.urn,
            entity_type=entity.type,
            title=title_of(rule, entity, happening.value),
            priority=rule.priority,
            subject=rule.subject,
            value=happening.value,
            organisation_id=_organisation_id(rule, entity),
            area_code=entity.area_code,
            longitude=entity.longitude,
            latitude=entity.latitude,
            raised_at=self._now,
            last_raised_at=self._now,
        )

    def _fact(self, alarm: Alarm, kind: type[Event]) -> Event:
        urn = str(alarm.urn)
        if kind is AlarmRaised:
            return raised_fact(alarm)
        if kind is AlarmReoccurred:
            return AlarmReoccurred(urn=urn, entity_urn=alarm.entity_urn, occurrences=alarm.occurrences, at=self._now)
        if kind is AlarmReturnedToNormal:
            return AlarmReturnedToNormal(urn=urn, entity_urn=alarm.entity_urn, at=self._now)
        return AlarmClosed(
            urn=urn, entity_urn=alarm.entity_urn, closed_by=ClosedBy.RETURN, closed_by_urn="", at=self._now
        )


def raised_fact(alarm: Alarm) -> AlarmRaised:
    return AlarmRaised(
        urn=str(alarm.urn),
        rule_name=alarm.rule.name,
        entity_urn=alarm.entity_urn,
        entity_type=alarm.entity_type,
        priority=alarm.priority,
        subject=alarm.subject,
        title=alarm.title,
        longitude=alarm.longitude,
        latitude=alarm.latitude,
        area_code=alarm.area_code,
        organisation_id=alarm.organisation_id,
        opens_intervention=alarm.rule.opens_intervention,
        occurrences=alarm.occurrences,
        raised_at=alarm.last_raised_at,
    )


def title_of(rule: Rule, entity: Entity, value: Any) -> str:
    instance = default_instance(entity.attributes.get(rule.attribute)) or {}
    return fill(
        rule.title,
        {
            "thing": entity.name,
            "value": value,
            "threshold": rule.threshold,
            "unit": symbol(instance.get("unitCode", "")),
            "attribute": rule.attribute,
        },
    )


def _organisation_id(rule: Rule, entity: Entity) -> int | None:
    """The owner of the thing; else who the rule belongs to; else who is competent for the subject there."""
    if entity.organisation_id or rule.organisation_id:
        return entity.organisation_id or rule.organisation_id
    if entity.longitude is None or entity.latitude is None:
        return None
    competent = competent_organisation(subject=rule.subject, longitude=entity.longitude, latitude=entity.latitude)
    return competent.pk if competent else None


def _current_alarms(pairs: set[Pair], now: datetime) -> dict[Pair, Alarm]:
    """The open alarm of each pair, else the one that closed a moment ago and would be the same trouble; locked."""
    found = (
        Alarm.objects.select_for_update(of=("self",))
        .select_related("rule")
        .filter(Q(state__in=OPEN_STATES) | Q(closed_by=ClosedBy.RETURN, closed_at__gte=now - REOPEN_WITHIN))
        .filter(rule_id__in={rule for rule, _ in pairs}, entity_id__in={entity for _, entity in pairs})
        .order_by("raised_at", "id")
    )
    current: dict[Pair, Alarm] = {}
    for alarm in found:
        pair = (alarm.rule_id, alarm.entity_id)
        if pair in pairs and (alarm.is_open or _is_latest_trouble(alarm, current.get(pair), now)):
            current[pair] = alarm
    return current


def _is_latest_trouble(alarm: Alarm, known: Alarm | None, now: datetime) -> bool:
    if known is not None and known.is_open:
        return False
    assert alarm.closed_at is not None  # by constraint alarm_closed_says_how
    return is_same_trouble(Closing(by=ClosedBy(alarm.closed_by), at=alarm.closed_at), now)
