"""What one rule remembers of one thing, and what each reading or the passing of time does to it.

The signal after the deadband goes through an on-delay and an off-delay (ISA-18.2 clause 10.5, EEMUA 191 8.4): what does
not last never reaches an operator.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.supervision.rules.conditions import Condition, is_asserted


class Phase(TextChoices):
    NORMAL = "normal", _("normal")
    RISING = "rising", _("anormal, en attente de confirmation")
    ACTIVE = "active", _("en alarme")
    FALLING = "falling", _("revenu, en attente de confirmation")


ASSERTED = (Phase.RISING, Phase.ACTIVE)
"""Phases in which the previous reading was abnormal."""


class Effect(StrEnum):
    RAISE = "raise"
    """The condition lasted: raise an alarm, or count one more occurrence on the one still open."""
    RETURN = "return"
    """The condition ended for good."""


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """`observed_at` is the latest instant heard of; `due_at` the end of the delay in progress, if any."""

    phase: Phase = Phase.NORMAL
    observed_at: datetime | None = None
    due_at: datetime | None = None
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    value: Any
    observed_at: datetime


Step = tuple[Tracking, Effect | None]


def step(condition: Condition, tracking: Tracking, reading: Reading, now: datetime) -> Step:
    """The state after a reading. One not newer than the latest is ignored; a missing value changes no phase.

    A delay counts from the observation, never from later than `now`: a device whose clock runs ahead cannot postpone its
    alarm. A delay already over in a late reading is left to `elapse`, since the next reading may contradict it.
    """
    if tracking.observed_at is not None and reading.observed_at <= tracking.observed_at:
        return tracking, None
    seen = replace(tracking, observed_at=reading.observed_at)
    asserted = is_asserted(condition, reading.value, already=tracking.phase in ASSERTED)
    if asserted is None:
        return seen, None
    return _judged(
        condition, replace(seen, value=reading.value), asserted=asserted, since=min(reading.observed_at, now)
    )


def _judged(condition: Condition, seen: Tracking, *, asserted: bool, since: datetime) -> Step:
    match seen.phase, asserted:
        case (Phase.NORMAL, True):
            return _begin(seen, Phase.RISING, since + condition.on_delay, immediate=not condition.on_delay)
        case (Phase.ACTIVE, False):
            return _begin(seen, Phase.FALLING, since + condition.off_delay, immediate=not condition.off_delay)
        case (Phase.RISING, False):
            return replace(seen, phase=Phase.NORMAL, due_at=None), None
        case (Phase.FALLING, True):
            return replace(seen, phase=Phase.ACTIVE, due_at=None), None
        case _:
            return elapse(seen, since)


def elapse(tracking: Tracking, now: datetime) -> Step:
    """The state once time reached `now` without another reading: a delay that is over has its effect."""
    if tracking.due_at is None or now < tracking.due_at:
        return tracking, None
    return _complete(tracking)


def _begin(tracking: Tracking, phase: Phase, due_at: datetime, *, immediate: bool) -> Step:
    waiting = replace(tracking, phase=phase, due_at=due_at)
    return _complete(waiting) if immediate else (waiting, None)


def _complete(tracking: Tracking) -> Step:
    match tracking.phase:
        case Phase.RISING:
            return replace(tracking, phase=Phase.ACTIVE, due_at=None), Effect.RAISE
        case Phase.FALLING:
            return replace(tracking, phase=Phase.NORMAL, due_at=None), Effect.RETURN
        case Phase.NORMAL | Phase.ACTIVE:
            return replace(tracking, due_at=None), None


def settle(tracking: Tracking) -> Tracking:
    """The state after the condition's definition changed: no delay in progress is kept, the next reading decides."""
    match tracking.phase:
        case Phase.RISING:
            return replace(tracking, phase=Phase.NORMAL, due_at=None)
        case Phase.FALLING:
            return replace(tracking, phase=Phase.ACTIVE, due_at=None)
        case Phase.NORMAL | Phase.ACTIVE:
            return tracking


def reset(tracking: Tracking) -> Tracking:
    """The state after someone repaired the thing: a condition that persists must be seen again to raise again."""
    return replace(tracking, phase=Phase.NORMAL, due_at=None)
