"""Readings and the passing of time, through the rules, into alarms. Safe however many processes do it at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from parvis.foundations.organisations.selectors import with_services
from parvis.kernel.contributions import Change
from parvis.telemetry.context.models import Entity
from parvis.telemetry.supervision.book import AlarmBook, Happening
from parvis.telemetry.supervision.locks import hold_rules
from parvis.telemetry.supervision.models import Rule, RuleState
from parvis.telemetry.supervision.rules.tracking import Reading, Tracking, elapse, settle, step
from parvis.telemetry.supervision.states import LockedState, Pair, lock_due_states, lock_states, save_states

TICK_BATCH = 1000
"""Delays completed in one transaction: a failing feeder makes some hundreds due together."""

RETRY_AFTER = timedelta(seconds=1)
"""When what is due is locked by another process, which will most likely have done it by then."""

Readings = dict[Pair, list[Reading]]


@transaction.atomic
def evaluate(*, changes: Sequence[Change], now: datetime) -> None:
    """Applies every enabled rule to these changes of state, in any order and as often as one likes: each reading counts
    once per rule and thing, and readings older than the latest are ignored.
    """
    hold_rules()
    rules, readings = _concerned(changes)
    if not readings:
        return
    conditions = {key: rule.condition for key, rule in rules.items()}
    moves: list[tuple[LockedState, Tracking]] = []
    happenings: list[Happening] = []
    for pair, state in lock_states(readings.keys()).items():
        tracking = state.tracking
        for reading in sorted(readings[pair], key=lambda one: one.observed_at):
            tracking, effect = step(conditions[pair[0]], tracking, reading, now)
            if effect:
                happenings.append(Happening(pair=pair, effect=effect, value=reading.value))
        moves.append((state, tracking))
    _settle_down(rules, moves, happenings, now)


@transaction.atomic
def tick(now: datetime) -> datetime | None:
    """Completes the delays that are over; answers when the next one will be (never a moment already past)."""
    hold_rules()
    due = lock_due_states(now, limit=TICK_BATCH)
    rules = Rule.objects.enabled().in_bulk({state.pair[0] for state in due})
    moves: list[tuple[LockedState, Tracking]] = []
    happenings: list[Happening] = []
    for state in due:
        if state.pair[0] not in rules:
            moves.append((state, settle(state.tracking)))
            continue
        tracking, effect = elapse(state.tracking, now)
        if effect:
            happenings.append(Happening(pair=state.pair, effect=effect, value=tracking.value))
        moves.append((state, tracking))
    _settle_down(rules, moves, happenings, now)
    return _next_due(now, full=len(due) == TICK_BATCH)


def _settle_down(
    rules: Mapping[int, Rule], moves: list[tuple[LockedState, Tracking]], happenings: list[Happening], now: datetime
) -> None:
    save_states(moves)
    if happenings:
        book = AlarmBook(rules, [happening.pair for happening in happenings], now)
        for happening in happenings:
            book.apply(happening)
        book.write()


def _next_due(now: datetime, *, full: bool) -> datetime | None:
    if full:
        return now
    earliest: datetime | None = RuleState.objects.filter(due_at__isnull=False).aggregate(at=Min("due_at"))["at"]
    if earliest is None or earliest > now:
        return earliest
    return now + RETRY_AFTER


def _concerned(changes: Sequence[Change]) -> tuple[dict[int, Rule], Readings]:
    """The rules these changes are under, and what each has to look at."""
    by_attribute: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    attributes = {change.attribute for change in changes}
    for rule in Rule.objects.enabled().filter(
        entity_type__in={change.type for change in changes}, attribute__in=attributes
    ):
        by_attribute[rule.entity_type, rule.attribute].append(rule)
    rules = {rule.pk: rule for group in by_attribute.values() for rule in group}
    readings: Readings = defaultdict(list)
    for change in changes:
        for rule in by_attribute.get((change.type, change.attribute), ()):
            readings[rule.pk, change.entity_id].append(Reading(value=change.value, observed_at=change.observed_at))
    return rules, _within_organisations(rules, readings)


def _within_organisations(rules: Mapping[int, Rule], readings: Readings) -> Readings:
    """Without the things that are not of the organisation of the rule, where it has one."""
    limited = {key: rule.organisation_id for key, rule in rules.items() if rule.organisation_id is not None}
    if not limited:
        return readings
    allowed = {organisation: with_services(organisation) for organisation in set(limited.values())}
    owner = _owners(entity for rule, entity in readings if rule in limited)
    return {
        (rule, entity): said
        for (rule, entity), said in readings.items()
        if rule not in limited or owner.get(entity) in allowed[limited[rule]]
    }


def _owners(entities: Iterable[int]) -> dict[int, int | None]:
    return dict(Entity.objects.filter(pk__in=set(entities)).values_list("pk", "organisation_id"))
