"""When is a reading abnormal? A comparison with a deadband (ISA-18.2 clause 10.5: a value that hovers is one alarm)."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Operator(TextChoices):
    GT = "gt", _("supérieur à")
    GE = "ge", _("supérieur ou égal à")
    LT = "lt", _("inférieur à")
    LE = "le", _("inférieur ou égal à")
    EQ = "eq", _("égal à")
    NE = "ne", _("différent de")


SYMBOLS = {
    Operator.GT: ">",
    Operator.GE: "≥",
    Operator.LT: "<",
    Operator.LE: "≤",
    Operator.EQ: "=",
    Operator.NE: "≠",
}

ORDERING = (Operator.GT, Operator.GE, Operator.LT, Operator.LE)
"""These compare numbers only; the others also compare text and booleans."""

Threshold = float | str | bool


@dataclass(frozen=True, kw_only=True)
class Condition:
    """`deadband` is in the unit of the attribute and never negative; the delays filter what does not last."""

    operator: Operator
    threshold: Threshold
    deadband: float = 0.0
    on_delay: timedelta = timedelta()
    off_delay: timedelta = timedelta()


def is_asserted(condition: Condition, value: Any, *, already: bool) -> bool | None:
    """Is this value abnormal? None when it says nothing: missing, not a number, or not of the threshold's kind.

    `already`: the condition held at the previous reading, so that the value must come back past the deadband to end it.
    """
    threshold = condition.threshold
    if _is_number(threshold):
        if not _is_number(value):
            return None
        return _compare_numbers(condition, float(value), float(threshold), already=already)
    if type(value) is not type(threshold) or condition.operator in ORDERING:
        return None
    return bool((value == threshold) is (condition.operator == Operator.EQ))


def _is_number(value: Any) -> bool:
    # A boolean is an int in Python, never a measure; a NaN compares false with everything and would end an alarm.
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _compare_numbers(condition: Condition, value: float, threshold: float, *, already: bool) -> bool:
    band = condition.deadband if already else 0.0
    match condition.operator:
        case Operator.GT:
            return value > threshold - band
        case Operator.GE:
            return value >= threshold - band
        case Operator.LT:
            return value < threshold + band
        case Operator.LE:
            return value <= threshold + band
        case Operator.EQ:
            return abs(value - threshold) <= band
        case Operator.NE:
            # The band lies around the normal value here, so it widens what counts as normal before, not after.
            return value != threshold if already else abs(value - threshold) > condition.deadband
