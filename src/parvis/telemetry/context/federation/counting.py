"""How the sources answer, counted in memory and written from time to time: a row is not updated for every request (5.2.9)."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from parvis.telemetry.context.models import Registration

FLUSH_EVERY_S = 5.0


@dataclass(slots=True)
class _Count:
    sent: int = 0
    failed: int = 0
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None


class Counter:
    """Of this process."""

    def __init__(self) -> None:
        self._counts: dict[int, _Count] = {}
        self._lock = threading.Lock()
        self._flushed = time.monotonic()

    def count(self, source_id: int, *, failed: bool, now: datetime) -> None:
        with self._lock:
            one = self._counts.setdefault(source_id, _Count())
            one.sent += 1
            if failed:
                one.failed, one.failed_at = one.failed + 1, now
            else:
                one.succeeded_at = now
            due = time.monotonic() - self._flushed > FLUSH_EVERY_S
        if due:
            self.flush()

    def flush(self) -> None:
        """Writes what was counted; also before a registration is read."""
        with self._lock:
            counts, self._counts = self._counts, {}
            self._flushed = time.monotonic()
        for source_id, one in counts.items():
            changes: dict[str, Any] = {"times_sent": F("times_sent") + one.sent}
            if one.failed:
                changes |= {"times_failed": F("times_failed") + one.failed, "last_failure": one.failed_at}
            if one.succeeded_at is not None:
                changes["last_success"] = one.succeeded_at
            Registration.objects.filter(pk=source_id).update(**changes)


counter = Counter()
