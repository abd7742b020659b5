"""The life of a work order: who may leave which state, how long there is, and in which order a crew goes round."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal


class State(TextChoices):
    OPEN = "open", _("à affecter")
    ASSIGNED = "assigned", _("affectée")
    IN_PROGRESS = "in_progress", _("en cours")
    DONE = "done", _("terminée")
    REFUSED = "refused", _("impossible")
    CANCELLED = "cancelled", _("annulée")


OPEN_STATES = (State.OPEN, State.ASSIGNED, State.IN_PROGRESS)
"""Work remains; a cause has at most one intervention in these. Left by a dispatcher (assign, cancel) or the crew."""

CREW_STATES = (State.ASSIGNED, State.IN_PROGRESS)
"""On the list of a team; left by the crew, or by the dispatcher who takes it back."""

ENDED_STATES = (State.DONE, State.REFUSED, State.CANCELLED)
"""Left by `reopen` only."""


class Priority(TextChoices):
    URGENT = "urgent", _("urgente")
    HIGH = "high", _("haute")
    NORMAL = "normal", _("normale")
    LOW = "low", _("basse")


DUE_WITHIN = {
    Priority.URGENT: timedelta(hours=4),
    Priority.HIGH: timedelta(days=1),
    Priority.NORMAL: timedelta(days=7),
    Priority.LOW: timedelta(days=30),
}
"""The time promised for the work, from its opening."""


class Action(StrEnum):
    ASSIGN = "assign"
    START = "start"
    FINISH = "finish"
    REFUSE = "refuse"
    CANCEL = "cancel"
    REOPEN = "reopen"


class NotPossibleNow(Refusal):
    """The action does not fit the state; the message says why and what happened meanwhile."""

    status = 409
    code = "intervention-not-possible-now"
    message = _("Cette action n’est plus possible : l’intervention a changé d’état entre-temps.")


class NobodyAssigned(NotPossibleNow):
    code = "intervention-not-assigned"
    message = _("Cette intervention n’est affectée à aucune équipe : affectez-la d’abord.")


class AlreadyStarted(NotPossibleNow):
    code = "intervention-already-started"
    message = _("Cette intervention est déjà commencée.")


class NotStarted(NotPossibleNow):
    code = "intervention-not-started"
    message = _("Cette intervention n’est pas commencée : touchez d’abord « Démarrer ».")


class AlreadyEnded(NotPossibleNow):
    code = "intervention-already-ended"
    message = _("Cette intervention est déjà close.")


class NotEnded(NotPossibleNow):
    code = "intervention-not-ended"
    message = _("Cette intervention n’est pas close : il n’y a rien à rouvrir.")


class ReasonMissing(Refusal):
    code = "intervention-reason-missing"
    message = _("Dites pourquoi : la personne qui a demandé l’intervention lira cette raison.")


def after(state: State, action: Action, *, has_team: bool) -> State:
    """The next state. Raises a `NotPossibleNow` that a crew can understand."""
    if action == Action.REOPEN:
        if state not in ENDED_STATES:
            raise NotEnded
        return State.ASSIGNED if has_team else State.OPEN
    if state in ENDED_STATES:
        raise AlreadyEnded
    match action:
        case Action.ASSIGN:
            return _assigned(state)
        case Action.START:
            return _started(state)
        case Action.FINISH:
            return _finished(state)
        case Action.REFUSE:
            return State.REFUSED
        case Action.CANCEL:
            return State.CANCELLED


def _assigned(state: State) -> State:
    if state == State.IN_PROGRESS:
        raise AlreadyStarted
    return State.ASSIGNED


def _started(state: State) -> State:
    match state:
        case State.ASSIGNED:
            return State.IN_PROGRESS
        case State.IN_PROGRESS:
            raise AlreadyStarted
        case _:
            raise NobodyAssigned


def _finished(state: State) -> State:
    match state:
        case State.IN_PROGRESS:
            return State.DONE
        case State.ASSIGNED:
            raise NotStarted
        case _:
            raise NobodyAssigned


def actions(state: State) -> frozenset[Action]:
    """What may be done next, to show only those buttons."""
    return frozenset(action for action in Action if _is_possible(state, action))


def _is_possible(state: State, action: Action) -> bool:
    try:
        after(state, action, has_team=True)
    except NotPossibleNow:
        return False
    return True


def due_at(priority: Priority, opened_at: datetime) -> datetime:
    return opened_at + DUE_WITHIN[priority]


def number(year: int, rank: int) -> str:
    """`I-2026-000123`; from the millionth of a year on, the number grows instead of repeating."""
    return f"I-{year}-{rank:06d}"


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A place to go to, EPSG:4326; without a place it comes last of its priority."""

    key: int
    priority: Priority
    started: bool
    longitude: float | None
    latitude: float | None


Place = tuple[float, float]
"""Longitude, latitude."""


def round_order(stops: Sequence[Stop], start: Place | None = None) -> list[int]:
    """Keys in the order to do them: what is begun, then by priority, each time the nearest to the one before.

    A plain nearest-neighbour walk: a crew's list of the day is tens of stops, and a more urgent one always goes first.
    """
    order: list[int] = []
    here = start
    for group in _groups(stops):
        left = list(group)
        while left:
            following = left[0] if here is None else min(left, key=lambda stop: _distance_m(here, stop))
            left.remove(following)
            order.append(following.key)
            if following.longitude is not None and following.latitude is not None:
                here = (following.longitude, following.latitude)
    return order


def _groups(stops: Sequence[Stop]) -> list[list[Stop]]:
    begun = [stop for stop in stops if stop.started]
    waiting = [[stop for stop in stops if not stop.started and stop.priority == priority] for priority in Priority]
    return [begun, *waiting]


def _distance_m(here: Place | None, stop: Stop) -> float:
    if here is None or stop.longitude is None or stop.latitude is None:
        return math.inf
    return distance_m(here, (stop.longitude, stop.latitude))


def distance_m(one: Place, other: Place) -> float:
    """Metres as the crow flies, equirectangular: off by less than 0.1 % across a metropolis."""
    mean = math.radians((one[1] + other[1]) / 2)
    east = math.radians(other[0] - one[0]) * math.cos(mean)
    north = math.radians(other[1] - one[1])
    return 6_371_008.8 * math.hypot(east, north)
