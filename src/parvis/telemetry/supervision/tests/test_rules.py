"""The state machines of supervision, as tables; no database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parvis.telemetry.supervision.rules import titles
from parvis.telemetry.supervision.rules.alarms import (
    REOPEN_WITHIN,
    AlreadyAcknowledged,
    AlreadyClosed,
    ClosedBy,
    Closing,
    Signal,
    State,
    after,
    is_same_trouble,
)
from parvis.telemetry.supervision.rules.conditions import Condition, Operator, is_asserted
from parvis.telemetry.supervision.rules.tracking import (
    Effect,
    Phase,
    Reading,
    Tracking,
    elapse,
    reset,
    settle,
    step,
)

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("operator", "threshold", "deadband", "value", "already", "expected"),
    [
        ("gt", 10, 0, 10, False, False),  # strictly above
        ("gt", 10, 0, 10.1, False, True),
        ("ge", 10, 0, 10, False, True),
        ("lt", 10, 0, 10, False, False),
        ("le", 10, 0, 10, False, True),
        ("gt", 10, 2, 9, False, False),  # inside the band, coming from below: still normal
        ("gt", 10, 2, 9, True, True),  # inside the band, coming from above: still abnormal
        ("gt", 10, 2, 8, True, False),  # past the band
        ("ge", 10, 2, 8, True, True),
        ("lt", 10, 2, 11, True, True),
        ("lt", 10, 2, 12, True, False),
        ("le", 10, 2, 12, True, True),
        ("eq", 0, 0, 0, False, True),
        ("eq", 0, 0.5, 0.4, False, False),
        ("eq", 0, 0.5, 0.4, True, True),
        ("ne", 5, 1, 5.5, False, False),
        ("ne", 5, 1, 6.5, False, True),
        ("ne", 5, 1, 5.5, True, True),  # left normal by more than the band: back only at normal
        ("ne", 5, 1, 5, True, False),
        ("eq", "off", 0, "off", False, True),
        ("eq", "off", 0, "on", True, False),
        ("ne", "ok", 0, "fault", False, True),
        ("eq", True, 0, True, False, True),
        ("eq", True, 0, False, False, False),
        ("eq", True, 0, 1, False, None),  # 1 is not True
        ("gt", 0.5, 0, True, False, None),  # a boolean is no measure
        ("gt", 10, 0, "12", False, None),
        ("gt", 10, 0, None, True, None),
        ("gt", 10, 0, float("nan"), True, None),
        ("gt", "a", 0, "b", False, None),  # text has no order here
        ("eq", "off", 0, {"value": "off"}, False, None),
    ],
)
def test_condition(
    operator: str, threshold: Any, deadband: float, value: Any, already: bool, expected: bool | None
) -> None:
    condition = Condition(operator=Operator(operator), threshold=threshold, deadband=deadband)
    assert is_asserted(condition, value, already=already) is expected


IMMEDIATE = Condition(operator=Operator.GT, threshold=10, deadband=2)
DELAYED = Condition(
    operator=Operator.GT, threshold=10, deadband=2, on_delay=timedelta(seconds=60), off_delay=timedelta(seconds=30)
)

Said = tuple[float, Any]
"""Seconds after T0, and the value read; the value `...` means that time passes with no reading."""


def play(condition: Condition, said: list[Said]) -> tuple[Tracking, list[tuple[float, Effect]]]:
    tracking, effects = Tracking(), []
    for seconds, value in said:
        if value is ...:
            tracking, effect = elapse(tracking, at(seconds))
        else:
            tracking, effect = step(condition, tracking, Reading(value=value, observed_at=at(seconds)), at(seconds))
        if effect:
            effects.append((seconds, effect))
    return tracking, effects


@pytest.mark.parametrize(
    ("condition", "said", "phase", "effects"),
    [
        (IMMEDIATE, [(0, 9)], Phase.NORMAL, []),
        (IMMEDIATE, [(0, 11)], Phase.ACTIVE, [(0, Effect.RAISE)]),
        # stays: one effect, not one per reading
        (IMMEDIATE, [(0, 11), (1, 12), (2, 13)], Phase.ACTIVE, [(0, Effect.RAISE)]),
        # hovering inside the deadband is one alarm
        (IMMEDIATE, [(0, 11), (1, 9.5), (2, 10.5), (3, 9)], Phase.ACTIVE, [(0, Effect.RAISE)]),
        (IMMEDIATE, [(0, 11), (1, 8)], Phase.NORMAL, [(0, Effect.RAISE), (1, Effect.RETURN)]),
        # chattering beyond the deadband: every turn is told, the alarm counts occurrences
        (
            IMMEDIATE,
            [(0, 11), (1, 7), (2, 11), (3, 7), (4, 11)],
            Phase.ACTIVE,
            [(0, Effect.RAISE), (1, Effect.RETURN), (2, Effect.RAISE), (3, Effect.RETURN), (4, Effect.RAISE)],
        ),
        # missing values change nothing
        (IMMEDIATE, [(0, 11), (1, None), (2, "?"), (3, float("nan"))], Phase.ACTIVE, [(0, Effect.RAISE)]),
        (IMMEDIATE, [(0, None)], Phase.NORMAL, []),
        # on-delay: by the passing of time
        (DELAYED, [(0, 11)], Phase.RISING, []),
        (DELAYED, [(0, 11), (59, ...)], Phase.RISING, []),
        (DELAYED, [(0, 11), (60, ...)], Phase.ACTIVE, [(60, Effect.RAISE)]),
        # on-delay: by a reading that confirms it later
        (DELAYED, [(0, 11), (75, 12)], Phase.ACTIVE, [(75, Effect.RAISE)]),
        # on-delay interrupted: fleeting, nobody hears of it, and the count starts again
        (DELAYED, [(0, 11), (30, 7), (60, ...)], Phase.NORMAL, []),
        (DELAYED, [(0, 11), (30, 7), (40, 11), (60, ...)], Phase.RISING, []),
        (DELAYED, [(0, 11), (30, 7), (40, 11), (100, ...)], Phase.ACTIVE, [(100, Effect.RAISE)]),
        # a value in the deadband does not interrupt, a missing one neither
        (DELAYED, [(0, 11), (30, 9), (60, ...)], Phase.ACTIVE, [(60, Effect.RAISE)]),
        (DELAYED, [(0, 11), (30, None), (60, ...)], Phase.ACTIVE, [(60, Effect.RAISE)]),
        # the first good reading arrives after the delay but before anybody looked: fleeting too
        (DELAYED, [(0, 11), (75, 7), (80, ...)], Phase.NORMAL, []),
        # off-delay
        (DELAYED, [(0, 11), (60, ...), (70, 7)], Phase.FALLING, [(60, Effect.RAISE)]),
        (DELAYED, [(0, 11), (60, ...), (70, 7), (100, ...)], Phase.NORMAL, [(60, Effect.RAISE), (100, Effect.RETURN)]),
        (DELAYED, [(0, 11), (60, ...), (70, 7), (101, 6)], Phase.NORMAL, [(60, Effect.RAISE), (101, Effect.RETURN)]),
        # comes back before the off-delay ends: still the same alarm, silently
        (DELAYED, [(0, 11), (60, ...), (70, 7), (80, 11), (200, ...)], Phase.ACTIVE, [(60, Effect.RAISE)]),
        # ... but inside the deadband is not back
        (
            DELAYED,
            [(0, 11), (60, ...), (70, 7), (80, 9), (100, ...)],
            Phase.NORMAL,
            [(60, Effect.RAISE), (100, Effect.RETURN)],
        ),
    ],
)
def test_tracking(condition: Condition, said: list[Said], phase: Phase, effects: list[tuple[float, Effect]]) -> None:
    tracking, got = play(condition, said)
    assert got == effects
    assert tracking.phase == phase
    assert (tracking.due_at is not None) is (phase in (Phase.RISING, Phase.FALLING))


@pytest.mark.parametrize("seconds", [-1, 0])
def test_out_of_order_or_repeated_reading_is_ignored(seconds: float) -> None:
    active, _ = step(IMMEDIATE, Tracking(), Reading(value=11, observed_at=at(0)), at(0))
    assert step(IMMEDIATE, active, Reading(value=1, observed_at=at(seconds)), at(5)) == (active, None)


def test_missing_value_still_makes_older_readings_old() -> None:
    tracking, _ = step(IMMEDIATE, Tracking(), Reading(value=None, observed_at=at(10)), at(10))
    assert step(IMMEDIATE, tracking, Reading(value=11, observed_at=at(5)), at(11))[1] is None


def test_clock_that_runs_ahead_does_not_postpone_the_alarm() -> None:
    tracking, _ = step(DELAYED, Tracking(), Reading(value=11, observed_at=at(86_400)), at(0))
    assert tracking.due_at == at(60)


def test_delay_counts_from_the_observation_even_when_it_comes_late() -> None:
    tracking, effect = step(DELAYED, Tracking(), Reading(value=11, observed_at=at(0)), at(3600))
    assert (effect, tracking.due_at) == (None, at(60))
    assert elapse(tracking, at(3600))[1] is Effect.RAISE


def test_change_of_definition_drops_delays_only() -> None:
    rising, _ = play(DELAYED, [(0, 11)])
    falling, _ = play(DELAYED, [(0, 11), (60, ...), (70, 7)])
    assert settle(rising).phase == Phase.NORMAL
    assert settle(falling).phase == Phase.ACTIVE
    assert settle(falling).due_at is None


def test_persisting_condition_raises_again_after_a_repair() -> None:
    active, _ = play(DELAYED, [(0, 11), (60, ...)])
    repaired = reset(active)
    rising, effect = step(DELAYED, repaired, Reading(value=11, observed_at=at(100)), at(100))
    assert (rising.phase, effect) == (Phase.RISING, None)
    assert elapse(rising, at(160))[1] is Effect.RAISE


A_U, A_A, R_U, C = State.ACTIVE_UNACKNOWLEDGED, State.ACTIVE_ACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED, State.CLOSED


@pytest.mark.parametrize(
    ("state", "signal", "needs", "expected"),
    [
        (A_U, Signal.ACKNOWLEDGE, True, A_A),
        (R_U, Signal.ACKNOWLEDGE, True, C),
        (A_U, Signal.RETURN, True, R_U),
        (A_U, Signal.RETURN, False, C),  # the rule asks for nobody
        (A_A, Signal.RETURN, True, C),
        (R_U, Signal.RETURN, True, R_U),  # said twice
        (C, Signal.RETURN, True, C),
        (R_U, Signal.REOCCUR, True, A_U),
        (A_U, Signal.REOCCUR, True, A_U),
        (C, Signal.REOCCUR, True, A_U),  # reopened: must be seen again
        (C, Signal.REOCCUR, False, A_U),
        (A_U, Signal.REPAIR, True, C),
        (A_A, Signal.REPAIR, True, C),
        (R_U, Signal.REPAIR, True, C),
    ],
)
def test_alarm_life(state: State, signal: Signal, needs: bool, expected: State) -> None:
    assert after(state, signal, needs_acknowledgement=needs) == expected


@pytest.mark.parametrize(("state", "refusal"), [(A_A, AlreadyAcknowledged), (C, AlreadyClosed)])
def test_acknowledging_twice_is_refused_in_words(state: State, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match="déjà"):
        after(state, Signal.ACKNOWLEDGE, needs_acknowledgement=True)


@pytest.mark.parametrize(
    ("by", "ago", "same"),
    [
        (ClosedBy.RETURN, timedelta(minutes=1), True),
        (ClosedBy.RETURN, REOPEN_WITHIN, True),
        (ClosedBy.RETURN, REOPEN_WITHIN + timedelta(seconds=1), False),
        (ClosedBy.INTERVENTION, timedelta(seconds=1), False),  # the repair did not hold: a new alarm
        (ClosedBy.RULE, timedelta(seconds=1), False),
    ],
)
def test_same_trouble(by: ClosedBy, ago: timedelta, same: bool) -> None:
    assert is_same_trouble(Closing(by=by, at=T0 - ago), T0) is same


def test_title_is_filled_without_evaluating_anything() -> None:
    values = {"thing": "Candélabre 12", "value": 3.5, "threshold": 3.0, "unit": "V"}
    assert titles.fill("{thing} : {value} {unit} (seuil {threshold})", values) == "Candélabre 12 : 3,5 V (seuil 3)"
    with pytest.raises(titles.UnknownPlace):
        titles.check_template("{thing.__class__}")


def test_title_of_a_hostile_name_stays_one_short_line() -> None:
    assert len(titles.fill("{thing}", {"thing": "a\nb " * 200})) == titles.MAX_LENGTH
    assert "\n" not in titles.fill("{thing}", {"thing": "a\nb"})


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "1 minute"), (45, "45 minutes"), (60, "1 heure"), (90, "90 minutes"), (2880, "2 jours")]
)
def test_time_to_act(minutes: int, said: str) -> None:
    assert titles.delay_text(minutes) == said
