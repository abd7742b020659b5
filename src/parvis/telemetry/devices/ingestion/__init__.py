"""From envelopes to committed readings: one function for the webhook, MQTT and replay. See `ingest`."""

from .patiently import ingest_patiently
from .run import Unavailable, ingest
from .sources import source_ref
from .values import Outcome, OutcomeStatus, RawUplink, SourceRef

__all__ = [
    "Outcome",
    "OutcomeStatus",
    "RawUplink",
    "SourceRef",
    "Unavailable",
    "ingest",
    "ingest_patiently",
    "source_ref",
]
