"""`ingest` for the threads of doors, which no request opens or closes: a database that restarts is away for seconds."""

import threading
import time
from collections.abc import Sequence

from django.db import close_old_connections

from parvis.kernel import clock

from .run import Unavailable, ingest
from .values import Outcome, RawUplink

_PATIENCE_S = 3.0  # ChirpStack's webhook gives up after 5 s
_RENEW_EVERY_S = 60.0

_renewed = threading.local()


def ingest_patiently(batch: Sequence[RawUplink]) -> list[Outcome]:
    """Raises `Unavailable` when the database stays away for 3 s.

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
    """What Django does between two requests, once a minute and per thread."""
    if time.monotonic() - getattr(_renewed, "at", 0.0) > _RENEW_EVERY_S:
        close_old_connections()
        _renewed.at = time.monotonic()
