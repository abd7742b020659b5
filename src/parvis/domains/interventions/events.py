"""What interventions tell the other domains, after commit. `cause_urns` are the requests and alarms that led to the work."""

from dataclasses import dataclass
from datetime import datetime

from parvis.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class _InterventionEvent(Event):
    urn: str
    number: str
    cause_urns: tuple[str, ...]
    thing_urn: str
    organisation_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class InterventionOpened(_InterventionEvent):
    title: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class InterventionAssigned(_InterventionEvent):
    """`team` is the name of the team, which names nobody."""

    team: str


@dataclass(frozen=True, kw_only=True)
class InterventionStarted(_InterventionEvent):
    pass


@dataclass(frozen=True, kw_only=True)
class InterventionFinished(_InterventionEvent):
    """`comment` is for agents, `public_comment` for who asked; either may be empty."""

    comment: str
    public_comment: str


@dataclass(frozen=True, kw_only=True)
class InterventionRefused(_InterventionEvent):
    """Not doable: `reason` is for agents, `public_comment` for who asked and empty unless written for them."""

    reason: str
    public_comment: str


@dataclass(frozen=True, kw_only=True)
class InterventionCancelled(_InterventionEvent):
    """Withdrawn by a dispatcher: its causes want another answer."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class InterventionReopened(_InterventionEvent):
    reason: str


@dataclass(frozen=True, kw_only=True)
class CauseLinked(_InterventionEvent):
    """One more cause points at an intervention that was already there; `cause_urn` is the new one."""

    cause_urn: str
    state: str
