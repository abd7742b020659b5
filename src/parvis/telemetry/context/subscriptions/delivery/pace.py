"""How long to wait after a failure, and how much to send at once: plain values, no clock."""

from dataclasses import dataclass, replace
from typing import Self

GIVE_UP_AFTER = 12
"""Failures in a row, some 25 minutes with the delays below: all that waits is then left to an operator."""

REFUSED_AFTER = 3
"""Times a receiver that is there may refuse one notification; it alone is then given up."""

LONGEST_DELAY_S = 300.0
MOST_ROWS = 500
MOST_CHARACTERS = 256 * 1024
SLOW_S = 1.0


def delay_after(failures: int, cooldown_s: float = 0.0) -> float:
    """1, 2, 4… seconds, at most five minutes; at least the cooldown the subscriber asked for."""
    return max(min(2.0 ** min(failures, 20) / 2, LONGEST_DELAY_S), cooldown_s)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a receiver has done of late. `rows`: how many it is told at once. A `troubled` one fails or is slow: it waits its turn among
    its like, never before those who are well."""

    rows: int = MOST_ROWS
    troubled: bool = False

    def failed(self) -> Self:
        """One at a time: if one is what is not wanted, it is found."""
        return replace(self, rows=1, troubled=True)

    def delivered(self, took_s: float) -> Self:
        return replace(self, rows=min(self.rows * 4, MOST_ROWS), troubled=took_s > SLOW_S)
