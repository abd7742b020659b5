"""How long a child is waited for: wall time, unless the machine is too busy to run it.

A codec must not be condemned because the processor was elsewhere: past the limit, a child that is ready to run but has not
been given most of the time it is accused of gets more, up to ten times the limit.
"""

import time
from pathlib import Path

_STARVED = 10
_SHARE = 0.8  # of the watched time that the child must have used for its lateness to be its own


class Patience:
    def __init__(self, pid: int, limit_s: float) -> None:
        self._proc = Path(f"/proc/{pid}")
        self._limit_s = limit_s
        self.renew()

    def renew(self) -> None:
        """The child has just answered."""
        self._since = time.monotonic()
        self._watched: tuple[float, float] | None = None

    def left_ms(self) -> float:
        """When to look again: once halfway, to note the CPU used so far, then at the limit, then often."""
        gone = time.monotonic() - self._since
        next_look = self._limit_s / 2 if self._watched is None else max(self._limit_s, gone + self._limit_s / 10)
        return max(0.0, next_look - gone) * 1000 + 1

    def is_over(self) -> bool:
        now = time.monotonic()
        gone = now - self._since
        if self._watched is None:
            if gone >= self._limit_s / 2:
                self._watched = (now, self._cpu_s())
            return False
        if gone < self._limit_s:
            return False
        since, cpu_s = self._watched
        return (
            gone > self._limit_s * _STARVED
            or not self._wants_to_run()
            or self._cpu_s() - cpu_s >= min(now - since, self._limit_s / 2) * _SHARE
        )

    def _cpu_s(self) -> float:
        """The first number of `schedstat` is nanoseconds on a processor; `stat` only has hundredths of a second."""
        try:
            return int((self._proc / "schedstat").read_text().split()[0]) / 1e9
        except (OSError, IndexError, ValueError):
            return float("inf")

    def _wants_to_run(self) -> bool:
        try:
            return (self._proc / "stat").read_text().rpartition(")")[2].split()[0] == "R"
        except (OSError, IndexError):
            return False
