"""What a rule would have done: the same machine, run over the past."""

from collections.abc import Iterable
from datetime import datetime

from parvis.telemetry.supervision.rules.alarms import REOPEN_WITHIN
from parvis.telemetry.supervision.rules.conditions import Condition
from parvis.telemetry.supervision.rules.tracking import Effect, Reading, Tracking, elapse, step


def count_alarms(condition: Condition, readings: Iterable[Reading], until: datetime) -> int:
    """Alarms that one thing would have raised; what comes back at once is the same alarm. `readings` in order of time."""
    tracking, count = Tracking(), 0
    returned_at: datetime | None = None

    def account(effect: Effect | None, at: datetime) -> None:
        nonlocal count, returned_at
        if effect is Effect.RETURN:
            returned_at = at
        elif effect is Effect.RAISE and (returned_at is None or at - returned_at > REOPEN_WITHIN):
            count += 1

    for reading in readings:
        tracking, effect = elapse(tracking, reading.observed_at)
        account(effect, reading.observed_at)
        tracking, effect = step(condition, tracking, reading, reading.observed_at)
        account(effect, reading.observed_at)
    tracking, effect = elapse(tracking, until)
    account(effect, until)
    return count
