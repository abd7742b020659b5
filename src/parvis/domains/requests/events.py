"""Facts about requests that other packages may react to. No personal data: the reader loads the row."""

from dataclasses import dataclass
from datetime import datetime

from parvis.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class RequestStep(Event):
    """Base: `step_id` is the timeline row that tells it."""

    urn: str
    number: str
    step_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestReceived(RequestStep):
    category: str
    subject: str
    area_code: str
    organisation_id: int | None


@dataclass(frozen=True, kw_only=True)
class RequestRouted(RequestStep):
    """Given to another organisation than before."""

    organisation_id: int


@dataclass(frozen=True, kw_only=True)
class RequestAccepted(RequestStep):
    intervention_urn: str


@dataclass(frozen=True, kw_only=True)
class RequestStarted(RequestStep):
    """A crew is at work on it."""


@dataclass(frozen=True, kw_only=True)
class RequestClosed(RequestStep):
    """`outcome` is the closed state: done or refused."""

    outcome: str


@dataclass(frozen=True, kw_only=True)
class RequestReopened(RequestStep):
    """Taken out of a closed state by an agent."""


@dataclass(frozen=True, kw_only=True)
class RequestAnswered(RequestStep):
    """A message was written to the resident."""


@dataclass(frozen=True, kw_only=True)
class RequestCompleted(RequestStep):
    """The resident added information."""
