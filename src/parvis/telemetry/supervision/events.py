"""What supervision tells the rest, after commit."""

from dataclasses import dataclass
from datetime import datetime

from parvis.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class AlarmRaised(Event):
    """A new alarm, or one closed by itself a moment ago that came back (then `occurrences` > 1). `urn` is the alarm's."""

    urn: str
    rule_name: str
    entity_urn: str
    entity_type: str
    priority: str
    subject: str
    title: str
    longitude: float | None
    latitude: float | None
    area_code: str
    organisation_id: int | None
    opens_intervention: bool
    occurrences: int
    raised_at: datetime


@dataclass(frozen=True, kw_only=True)
class AlarmReoccurred(Event):
    """An alarm still open became active again."""

    urn: str
    entity_urn: str
    occurrences: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AlarmAcknowledged(Event):
    urn: str
    entity_urn: str
    by_urn: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AlarmReturnedToNormal(Event):
    """The condition ended; the alarm may still wait for someone to acknowledge it."""

    urn: str
    entity_urn: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AlarmClosed(Event):
    """`closed_by` is `return`, `intervention` or `rule`; `closed_by_urn` the intervention, if one did."""

    urn: str
    entity_urn: str
    closed_by: str
    closed_by_urn: str
    at: datetime
