"""A batch of the door goes to `ingest`, patiently: a database that restarts is away for seconds."""

import time
from collections.abc import Sequence

from django.db import close_old_connections

from parvis.kernel import clock
from parvis.telemetry.devices.ingestion import Outcome, RawUplink, Unavailable, ingest

_PATIENCE_S = 3.0  # ChirpStack gives up after 5 s
_RENEW_EVERY_S = 60.0

_renewed_at = 0.0


def store(batch: Sequence[RawUplink]) -> list[Outcome]:
    """Synchronous, in the one thread of the door. Raises `Unavailable` when the database stays away.

    A batch whose commit was in doubt is sent again whole: what was committed is then a duplicate.
    """
    _renew_connection()
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ingest(batch, now=clock.now())
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _renew_connection() -> None:
    """What Django does between two requests, once a minute: there are no requests here."""
    global _renewed_at  # noqa: PLW0603 (one thread)
    if time.monotonic() - _renewed_at > _RENEW_EVERY_S:
        close_old_connections()
        _renewed_at = time.monotonic()
