"""Rules, what each remembers of each thing, and the alarms they raised."""

from parvis.telemetry.supervision.models.alarm import Alarm, AlarmEvent, AlarmEventKind
from parvis.telemetry.supervision.models.rule import Rule, RuleState

__all__ = ["Alarm", "AlarmEvent", "AlarmEventKind", "Rule", "RuleState"]
