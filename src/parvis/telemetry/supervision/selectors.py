"""Reads of alarms and rules. Nothing here looks at rights: views narrow by `rights.scope(...).filter`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from parvis.capabilities.design.charts import Limit, TimeSeries
from parvis.kernel.units import symbol
from parvis.kernel.urn import MalformedUrn, Urn
from parvis.telemetry.context.attributes import default_instance
from parvis.telemetry.context.presenting import attribute_label
from parvis.telemetry.history.selectors import series
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, AlarmEventKind, Rule
from parvis.telemetry.supervision.models.alarm import IS_CHATTERING, URN_TYPE, AlarmQuerySet, is_stale
from parvis.telemetry.supervision.rules.alarms import OPEN_STATES, TARGET_MIX, Priority, State
from parvis.telemetry.supervision.rules.conditions import SYMBOLS, Operator
from parvis.telemetry.supervision.rules.indicators import WINDOW, Indicators, indicate
from parvis.telemetry.supervision.rules.titles import spoken

CHART_POINTS = 300
"""More than a chart is pixels wide tells nothing more."""

STORY_LINES = 50


def alarms() -> AlarmQuerySet:
    return Alarm.objects.select_related("rule", "acknowledged_by")


def alarm_by_urn(urn: str) -> Alarm | None:
    """None for what is no alarm, or no longer one."""
    try:
        parsed = Urn.parse(urn)
    except MalformedUrn:
        return None
    if parsed.type != URN_TYPE or not parsed.local.isdecimal():
        return None
    return alarms().filter(pk=int(parsed.local)).first()


def has_open_alarm(entity_id: int) -> bool:
    return Alarm.objects.open().filter(entity_id=entity_id).exists()


def alarms_of_thing(urn: Urn, visible: AlarmQuerySet, *, closed: int) -> list[Alarm]:
    """All the open ones, and the `closed` latest of the others."""
    of_thing = visible.filter(entity_urn=str(urn))
    ended = of_thing.filter(state=State.CLOSED).order_by("-raised_at", "-id")[:closed]
    return [*of_thing.open().most_urgent_first(), *ended]


def story(alarm: Alarm) -> list[AlarmEvent]:
    """The latest lines, newest first."""
    return list(alarm.events.select_related("by").order_by("-at", "-id")[:STORY_LINES])


def condition_text(rule: Rule, unit: str = "") -> str:
    """`Température > 30 °C`."""
    sign = SYMBOLS[Operator(rule.operator)]
    return f"{attribute_label(rule.entity_type, rule.attribute)} {sign} {spoken(rule.threshold)} {unit}".strip()


def unit_of(alarm: Alarm) -> str:
    """The printed symbol of the unit of what the rule looks at."""
    instance = default_instance(alarm.entity.attributes.get(alarm.rule.attribute)) or {}
    return symbol(instance.get("unitCode", ""))


def chart(alarm: Alarm, *, now: datetime, span: timedelta = timedelta(hours=24)) -> TimeSeries | None:
    """The attribute over the last hours with the threshold as a line; None when it is not a number."""
    threshold = alarm.rule.threshold
    if isinstance(threshold, bool | str):
        return None
    start = now - span
    return TimeSeries(
        label=attribute_label(alarm.entity_type, alarm.rule.attribute),
        points=series(alarm.entity_id, alarm.rule.attribute, start, now, points=CHART_POINTS),
        start=start,
        end=now,
        unit=unit_of(alarm),
        limits=(Limit(value=float(threshold), label=condition_text(alarm.rule, unit_of(alarm))),),
    )


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    rule: Rule
    condition: str
    open_alarms: int


def rule_lines(rules: Iterable[Rule]) -> list[RuleLine]:
    shown = list(rules)
    open_alarms = Counter(Alarm.objects.open().filter(rule__in=shown).values_list("rule_id", flat=True))
    return [RuleLine(rule=rule, condition=condition_text(rule), open_alarms=open_alarms[rule.pk]) for rule in shown]


def indicators(visible: AlarmQuerySet, *, now: datetime) -> Indicators:
    """Over the last 24 hours, of the alarms in `visible` (ISA-18.2 clause 16, EEMUA 191 appendix 12)."""
    recent, open_now = Q(last_raised_at__gte=now - WINDOW), Q(state__in=OPEN_STATES)
    announced = AlarmEvent.objects.filter(
        alarm__in=visible.filter(recent),
        kind__in=(AlarmEventKind.RAISED, AlarmEventKind.REOCCURRED),
        at__gte=now - WINDOW,
    )
    counted = visible.filter(recent | open_now).aggregate(
        open=Count("pk", filter=open_now),
        stale=Count("pk", filter=is_stale(now)),
        chattering=Count("pk", filter=IS_CHATTERING & recent),
        **{priority: Count("pk", filter=recent & Q(priority=priority)) for priority in TARGET_MIX},
    )
    return indicate(
        announced_at=list(announced.order_by("at").values_list("at", flat=True)),
        open_count=counted["open"],
        stale=counted["stale"],
        chattering=counted["chattering"],
        by_priority={priority: counted[priority] for priority in Priority},
        now=now,
    )
