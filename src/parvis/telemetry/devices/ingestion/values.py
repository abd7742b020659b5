"""What goes into ingestion, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from parvis.telemetry.devices.rules.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRef:
    """A source, as a value that doors keep; `server` is a key of `envelopes.PARSERS`. `organisation_ids`: None, all devices."""

    id: int
    slug: str
    server: str
    organisation_ids: frozenset[int] | None = None
    organisation_id: int | None = None
    form: Mapping[str, Any] = field(default_factory=dict)
    """Of plain JSON: where its members are."""

    def speaks_for(self, organisation_id: int | None) -> bool:
        """Whether a device of this organisation (None: of nobody) may be heard through it: who has the token of one network
        must not write the measurements of another organisation's things."""
        return self.organisation_ids is None or organisation_id in self.organisation_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class RawUplink:
    """A body as it came. `event` is what the URL or topic says of it, `topic` the MQTT topic. `uplink_id`: a stored one, to be tried again;
    with `replace` even if it was read already, and what it tells now replaces what it told then."""

    source: SourceRef
    body: bytes
    received_at: datetime
    event: str = ""
    topic: str = ""
    uplink_id: int | None = None
    replace: bool = False


class OutcomeStatus(StrEnum):
    """Each is committed: whoever sent the message may forget it."""

    ACCEPTED = "accepted"
    """Its readings are observations and state."""
    REJECTED = "rejected"
    """Kept raw, with its reason, for an agent to see and replay."""
    IGNORED = "ignored"
    """Kept; it carries no measurement."""
    DUPLICATE = "duplicate"
    """Known already: nothing has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    status: OutcomeStatus
    reason: Reason | None = None
    detail: str = ""
