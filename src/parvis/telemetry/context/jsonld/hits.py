"""Uses of @contexts, counted in memory and added to their rows from time to time: no write per request."""

import threading
from collections.abc import Iterable
from datetime import datetime
from time import monotonic
from typing import Final

from django.db import connection

from parvis.kernel import clock
from parvis.kernel.sql import hot_cursor, statement

FLUSH_EVERY_S: Final = 10.0

_lock = threading.Lock()
_uses: dict[int, tuple[int, datetime]] = {}
_flushed_at = 0.0


def count(rows: Iterable[int]) -> None:
    """One use of each of these rows, now."""
    now = clock.now()
    with _lock:
        for row in rows:
            _uses[row] = (_uses.get(row, (0, now))[0] + 1, now)
    if monotonic() - _flushed_at > FLUSH_EVERY_S and not connection.in_atomic_block:
        flush()


def flush() -> None:
    """Adds what was counted to the rows; whoever shows them calls it before."""
    global _flushed_at
    with _lock:
        taken = sorted(_uses.items())
        _uses.clear()
        _flushed_at = monotonic()
    if not taken:
        return
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "count_context_uses"),
            {
                "ids": [row for row, _ in taken],
                "uses": [uses for _, (uses, _) in taken],
                "used_at": [used_at for _, (_, used_at) in taken],
            },
        )


def forget() -> None:
    """A test takes its rows back."""
    with _lock:
        _uses.clear()
