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


class _Uses:
    """By row: how many, and the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[int, tuple[int, datetime]] = {}
        self._taken_at = 0.0

    def add(self, rows: Iterable[int], now: datetime) -> bool:
        """Whether it is time to write them down."""
        with self._lock:
            for row in rows:
                self._counted[row] = (self._counted.get(row, (0, now))[0] + 1, now)
        return monotonic() - self._taken_at > FLUSH_EVERY_S

    def take(self) -> list[tuple[int, tuple[int, datetime]]]:
        with self._lock:
            taken = sorted(self._counted.items())
            self._counted.clear()
            self._taken_at = monotonic()
        return taken


_uses = _Uses()


def count(rows: Iterable[int]) -> None:
    """One use of each of these rows, now."""
    if _uses.add(rows, clock.now()) and not connection.in_atomic_block:
        flush()


def flush() -> None:
    """Adds what was counted to the rows; whoever shows them calls it before."""
    taken = _uses.take()
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
    _uses.take()
