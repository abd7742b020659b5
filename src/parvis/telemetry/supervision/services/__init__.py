"""Everything that changes supervision: evaluating readings, answering alarms, writing rules."""

from parvis.telemetry.supervision.services.alarms import acknowledge, acknowledge_many, close_by_intervention
from parvis.telemetry.supervision.services.evaluation import evaluate, tick
from parvis.telemetry.supervision.services.rules import RuleDraft, create_rule, ensure_rules, set_enabled, update_rule

__all__ = [
    "RuleDraft",
    "acknowledge",
    "acknowledge_many",
    "close_by_intervention",
    "create_rule",
    "ensure_rules",
    "evaluate",
    "set_enabled",
    "tick",
    "update_rule",
]
