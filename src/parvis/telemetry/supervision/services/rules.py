"""Writing the rules themselves. Each change is journaled: a threshold moved without trace is an alarm suppressed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.kernel.events import publish
from parvis.kernel.urn import Urn
from parvis.telemetry.supervision.events import AlarmClosed
from parvis.telemetry.supervision.live import announce
from parvis.telemetry.supervision.locks import change_rules
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, AlarmEventKind, Rule, RuleState
from parvis.telemetry.supervision.rules.alarms import ClosedBy, State
from parvis.telemetry.supervision.rules.conditions import Condition, Operator, Threshold
from parvis.telemetry.supervision.rules.titles import check_template
from parvis.telemetry.supervision.rules.tracking import settle

MANAGE_RIGHT = "supervision.manage_rules"


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """What a person decides of a rule; delays in seconds, the response time in minutes."""

    name: str
    entity_type: str
    attribute: str
    operator: str
    threshold: Threshold
    title: str
    meaning: str
    operator_action: str
    consequence: str
    response_minutes: int
    subject: str
    priority: str
    deadband: float = 0.0
    on_delay_s: int = 0
    off_delay_s: int = 0
    needs_acknowledgement: bool | None = None
    """None: as the priority wants, which is for high ones only."""
    opens_intervention: bool = False
    organisation_id: int | None = None

    @property
    def condition(self) -> Condition:
        return Condition(
            operator=Operator(self.operator),
            threshold=self.threshold,
            deadband=self.deadband,
            on_delay=timedelta(seconds=self.on_delay_s),
            off_delay=timedelta(seconds=self.off_delay_s),
        )

    def fields(self) -> dict[str, object]:
        needs = self.priority == "high" if self.needs_acknowledgement is None else self.needs_acknowledgement
        return asdict(self) | {"needs_acknowledgement": needs}


@transaction.atomic
def create_rule(*, draft: RuleDraft, actor: str, now: datetime) -> Rule:
    """Raises `UnknownPlace` when the title names something else than `titles.PLACES`."""
    check_template(draft.title)
    rule = Rule.objects.create(**draft.fields(), created_at=now, modified_at=now)
    _journal(rule, "rule.created", actor, now)
    return rule


@transaction.atomic
def ensure_rules(*, drafts: Iterable[RuleDraft], actor: str, now: datetime) -> None:
    """Creates those whose name no rule has yet: what a city made of the others is left as it is."""
    for draft in drafts:
        if not Rule.objects.filter(name=draft.name).exists():
            create_rule(draft=draft, actor=actor, now=now)


@transaction.atomic
def update_rule(*, rule: Rule, draft: RuleDraft, actor: str, now: datetime) -> Rule:
    """Delays in progress are dropped: the next reading is judged by the new definition. Raises `UnknownPlace`."""
    check_template(draft.title)
    change_rules()
    row = Rule.objects.get(pk=rule.pk)
    moved = (row.entity_type, row.attribute) != (draft.entity_type, draft.attribute)
    for name, value in draft.fields().items():
        setattr(row, name, value)
    row.modified_at = now
    row.save()
    if moved:
        _forget(row, now)
    else:
        _settle(row)
    _journal(row, "rule.modified", actor, now)
    return row


@transaction.atomic
def set_enabled(*, rule: Rule, enabled: bool, actor: str, now: datetime) -> Rule:
    """A rule switched off closes its open alarms: nothing would ever end them."""
    change_rules()
    row = Rule.objects.get(pk=rule.pk)
    if row.enabled == enabled:
        return row
    row.enabled = enabled
    row.modified_at = now
    row.save()
    if not enabled:
        _forget(row, now)
    _journal(row, "rule.enabled" if enabled else "rule.disabled", actor, now)
    return row


def _settle(rule: Rule) -> None:
    for state in RuleState.objects.filter(rule=rule, due_at__isnull=False):
        state.take(settle(state.tracking))
        state.save()


def _forget(rule: Rule, now: datetime) -> None:
    RuleState.objects.filter(rule=rule).delete()
    closed = list(Alarm.objects.select_for_update(of=("self",)).filter(rule=rule).open().order_by("id"))
    for alarm in closed:
        alarm.state, alarm.closed_at, alarm.closed_by = State.CLOSED, now, ClosedBy.RULE
        alarm.save()
        AlarmEvent.objects.create(alarm=alarm, kind=AlarmEventKind.CLOSED, at=now)
        publish(
            AlarmClosed(
                urn=str(alarm.urn), entity_urn=alarm.entity_urn, closed_by=ClosedBy.RULE, closed_by_urn="", at=now
            )
        )
    announce(closed)


def _journal(rule: Rule, action: str, actor: str, now: datetime) -> None:
    record(
        actor=actor,
        action=action,
        urn=str(Urn("Rule", str(rule.pk))),
        right=MANAGE_RIGHT,
        organisation=rule.organisation.slug if rule.organisation else "",
        details={
            "attribute": f"{rule.entity_type}.{rule.attribute}",
            "operator": rule.operator,
            "threshold": rule.threshold,
            "deadband": rule.deadband,
            "on_delay_s": rule.on_delay_s,
            "off_delay_s": rule.off_delay_s,
            "priority": rule.priority,
            "enabled": rule.enabled,
        },
        now=now,
    )
