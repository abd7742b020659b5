"""The indicators of ISA-18.2, and what a rule would have done; no database."""

from datetime import UTC, datetime, timedelta

import pytest

from parvis.telemetry.supervision.rules.alarms import Priority
from parvis.telemetry.supervision.rules.conditions import Condition, Operator
from parvis.telemetry.supervision.rules.indicators import Verdict, indicate
from parvis.telemetry.supervision.rules.replay import count_alarms
from parvis.telemetry.supervision.rules.tracking import Reading

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CALM = {"open_count": 0, "stale": 0, "chattering": 0, "by_priority": {}, "now": NOW}


def every(minutes: float, count: int) -> list[datetime]:
    return [NOW - timedelta(minutes=minutes * rank) for rank in range(count)]


@pytest.mark.parametrize(
    ("announced_at", "mean", "verdict", "flooded"),
    [
        ([], 0, Verdict.GOOD, 0),
        (every(10, 144), 1, Verdict.GOOD, 0),  # 144 a day: the target itself
        (every(7, 205), 205 / 144, Verdict.WATCH, 0),
        (every(4, 360), 2.5, Verdict.ACT, 0),
        (every(0, 10), 10 / 144, Verdict.GOOD, 0),  # ten in ten minutes is not yet a flood
        (every(0, 11), 11 / 144, Verdict.GOOD, 100 / 144),
    ],
)
def test_alarms_per_ten_minutes_and_floods(
    announced_at: list[datetime], mean: float, verdict: Verdict, flooded: float
) -> None:
    row = indicate(announced_at=announced_at, **CALM).row
    assert (row[0].value, row[0].verdict) == (pytest.approx(mean), verdict)
    assert row[1].value == pytest.approx(flooded)


@pytest.mark.parametrize(
    ("stale", "verdict"), [(0, Verdict.GOOD), (4, Verdict.GOOD), (5, Verdict.WATCH), (11, Verdict.ACT)]
)
def test_stale(stale: int, verdict: Verdict) -> None:
    assert indicate(announced_at=[], **CALM | {"stale": stale}).row[2].verdict == verdict


def test_one_chattering_alarm_is_one_too_many() -> None:
    assert indicate(announced_at=[], **CALM | {"chattering": 1}).row[3].verdict == Verdict.WATCH


def test_mix_of_priorities_against_the_target() -> None:
    by_priority = {Priority.HIGH: 1, Priority.MEDIUM: 3, Priority.LOW: 16}
    assert indicate(announced_at=[], **CALM | {"by_priority": by_priority}).mix == (
        (Priority.HIGH, 5, 5),
        (Priority.MEDIUM, 15, 15),
        (Priority.LOW, 80, 80),
    )


RISES = Condition(operator=Operator.GT, threshold=10, deadband=2)
LASTS = Condition(operator=Operator.GT, threshold=10, deadband=2, on_delay=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("condition", "said", "expected"),
    [
        (RISES, [], 0),
        (RISES, [(0, 11), (5, 12)], 1),
        (RISES, [(0, 11), (5, 7), (10, 11)], 1),  # back within half an hour: the same alarm
        (RISES, [(0, 11), (5, 7), (60, 11)], 2),
        (LASTS, [(0, 11), (5, 7)], 0),  # fleeting
        (LASTS, [(0, 11), (60, 7)], 1),  # it was abnormal for an hour as far as anybody knew
        (LASTS, [(0, 11)], 1),  # and still is
        (LASTS, [(115, 11)], 0),  # not for long enough yet
    ],
)
def test_replay(condition: Condition, said: list[tuple[int, float]], expected: int) -> None:
    begin = NOW - timedelta(hours=2)
    readings = [Reading(value=value, observed_at=begin + timedelta(minutes=minutes)) for minutes, value in said]
    assert count_alarms(condition, readings, NOW) == expected
