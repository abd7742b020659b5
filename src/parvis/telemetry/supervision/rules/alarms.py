"""The life of an alarm in the vocabulary of ISA-18.2 / IEC 62682: who may leave which state, and to where."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal


class Priority(TextChoices):
    """Target mix of what operators see: 80 % low, 15 % medium, 5 % high (EEMUA 191)."""

    HIGH = "high", _("haute")
    MEDIUM = "medium", _("moyenne")
    LOW = "low", _("basse")


TARGET_MIX = {Priority.LOW: 80, Priority.MEDIUM: 15, Priority.HIGH: 5}


class State(TextChoices):
    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged", _("active, non acquittée")
    ACTIVE_ACKNOWLEDGED = "active_acknowledged", _("active, acquittée")
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged", _("revenue à la normale, non acquittée")
    CLOSED = "closed", _("close")


OPEN_STATES = (State.ACTIVE_UNACKNOWLEDGED, State.ACTIVE_ACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED)
"""At most one alarm of a rule and a thing is in these; left for CLOSED by the return to normal and the acknowledgement,
or by the intervention that repaired."""

ACTIVE_STATES = (State.ACTIVE_UNACKNOWLEDGED, State.ACTIVE_ACKNOWLEDGED)
"""The condition holds; left when it ends."""

UNACKNOWLEDGED_STATES = (State.ACTIVE_UNACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED)
"""Waiting for a person; left by `acknowledge`."""


class Signal(StrEnum):
    """What may happen to an alarm that exists."""

    REOCCUR = "reoccur"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    REPAIR = "repair"


class ClosedBy(TextChoices):
    RETURN = "return", _("retour à la normale")
    INTERVENTION = "intervention", _("intervention")
    RULE = "rule", _("règle désactivée")


class AlreadyAcknowledged(Refusal):
    status = 409
    code = "alarm-already-acknowledged"
    message = _("Cette alarme est déjà acquittée.")


class AlreadyClosed(Refusal):
    status = 409
    code = "alarm-already-closed"
    message = _("Cette alarme est déjà close.")


def after(state: State, signal: Signal, *, needs_acknowledgement: bool) -> State:
    """The next state. An alarm that needs no acknowledgement closes by its return alone.

    Raises `AlreadyAcknowledged` and `AlreadyClosed` for what a person asks; the machine's signals are never refused.
    """
    match signal:
        case Signal.REOCCUR:
            # A new occurrence wants a new look, whoever acknowledged the one before (ISA-18.2 table 4).
            return State.ACTIVE_ACKNOWLEDGED if state == State.ACTIVE_ACKNOWLEDGED else State.ACTIVE_UNACKNOWLEDGED
        case Signal.RETURN:
            waits = state == State.ACTIVE_UNACKNOWLEDGED and needs_acknowledgement
            if state not in ACTIVE_STATES:
                return state
            return State.RETURNED_UNACKNOWLEDGED if waits else State.CLOSED
        case Signal.ACKNOWLEDGE:
            return _acknowledged(state)
        case Signal.REPAIR:
            return State.CLOSED


def _acknowledged(state: State) -> State:
    match state:
        case State.ACTIVE_UNACKNOWLEDGED:
            return State.ACTIVE_ACKNOWLEDGED
        case State.RETURNED_UNACKNOWLEDGED:
            return State.CLOSED
        case State.ACTIVE_ACKNOWLEDGED:
            raise AlreadyAcknowledged
        case State.CLOSED:
            raise AlreadyClosed


REOPEN_WITHIN = timedelta(minutes=30)
"""A condition that comes back this soon after its own return is the same trouble: one alarm with one more occurrence.
EEMUA 191 counts an alarm that repeats within minutes as chattering; half an hour covers sensors that speak each quarter."""

CHATTERING_OCCURRENCES = 3
"""From this number of occurrences an alarm is counted as chattering (EEMUA 191 10.3)."""

STALE_AFTER = timedelta(hours=24)
"""An alarm open longer is stale (ISA-18.2 16.5): nobody acts on it, so it is not an alarm."""


@dataclass(frozen=True, kw_only=True)
class Closing:
    """How the last alarm of a rule and a thing ended."""

    by: ClosedBy
    at: datetime


def is_same_trouble(closing: Closing, now: datetime) -> bool:
    """Does a condition raised now belong to that closed alarm? Never after a repair: it did not hold, which is news."""
    return closing.by == ClosedBy.RETURN and now - closing.at <= REOPEN_WITHIN
