"""The life of a work order, and the order of a round, as tables; no database."""

from datetime import UTC, datetime, timedelta

import pytest

from parvis.domains.interventions.rules import (
    Action,
    AlreadyEnded,
    AlreadyStarted,
    NobodyAssigned,
    NotEnded,
    NotStarted,
    Priority,
    State,
    Stop,
    actions,
    after,
    distance_m,
    due_at,
    number,
    round_order,
)

OPEN, ASSIGNED, IN_PROGRESS, DONE, REFUSED, CANCELLED = State


@pytest.mark.parametrize(
    ("state", "action", "has_team", "expected"),
    [
        (OPEN, Action.ASSIGN, False, ASSIGNED),
        (ASSIGNED, Action.ASSIGN, True, ASSIGNED),  # to another team
        (IN_PROGRESS, Action.ASSIGN, True, AlreadyStarted),  # the crew is at work
        (ASSIGNED, Action.START, True, IN_PROGRESS),
        (OPEN, Action.START, False, NobodyAssigned),
        (IN_PROGRESS, Action.START, True, AlreadyStarted),
        (IN_PROGRESS, Action.FINISH, True, DONE),
        (ASSIGNED, Action.FINISH, True, NotStarted),
        (OPEN, Action.FINISH, False, NobodyAssigned),
        (OPEN, Action.REFUSE, False, REFUSED),
        (ASSIGNED, Action.REFUSE, True, REFUSED),
        (IN_PROGRESS, Action.REFUSE, True, REFUSED),
        (OPEN, Action.CANCEL, False, CANCELLED),
        (IN_PROGRESS, Action.CANCEL, True, CANCELLED),
        (OPEN, Action.REOPEN, False, NotEnded),
        (IN_PROGRESS, Action.REOPEN, True, NotEnded),
        (DONE, Action.REOPEN, True, ASSIGNED),  # back to the team that did it
        (CANCELLED, Action.REOPEN, False, OPEN),
        *(
            (state, action, True, AlreadyEnded)
            for state in (DONE, REFUSED, CANCELLED)
            for action in Action
            if action != Action.REOPEN
        ),
    ],
)
def test_transitions(state: State, action: Action, has_team: bool, expected: State | type[Exception]) -> None:
    if isinstance(expected, State):
        assert after(state, action, has_team=has_team) == expected
    else:
        with pytest.raises(expected) as refused:
            after(state, action, has_team=has_team)
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (OPEN, {Action.ASSIGN, Action.REFUSE, Action.CANCEL}),
        (ASSIGNED, {Action.ASSIGN, Action.START, Action.REFUSE, Action.CANCEL}),
        (IN_PROGRESS, {Action.FINISH, Action.REFUSE, Action.CANCEL}),
        (DONE, {Action.REOPEN}),
    ],
)
def test_only_possible_buttons_are_shown(state: State, buttons: set[Action]) -> None:
    assert actions(state) == buttons


def test_numbers() -> None:
    assert number(2026, 123) == "I-2026-000123"
    assert number(2026, 1_000_000) == "I-2026-1000000"


def test_due_by_priority() -> None:
    opened = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert due_at(Priority.URGENT, opened) - opened == timedelta(hours=4)
    assert sorted(Priority, key=lambda one: due_at(one, opened)) == list(Priority)


def stop(
    key: int, priority: Priority = Priority.NORMAL, longitude: float | None = None, *, started: bool = False
) -> Stop:
    latitude = None if longitude is None else 47.0
    return Stop(key=key, priority=priority, started=started, longitude=longitude, latitude=latitude)


@pytest.mark.parametrize(
    ("stops", "start", "expected"),
    [
        ([], None, []),
        # nearest to the one before, beginning with the first of the list
        ([stop(1, longitude=5.0), stop(2, longitude=5.9), stop(3, longitude=5.1)], None, [1, 3, 2]),
        # from where the crew is
        ([stop(1, longitude=5.0), stop(2, longitude=5.9), stop(3, longitude=5.1)], (6.0, 47.0), [2, 3, 1]),
        # urgent first, however far
        ([stop(1, longitude=5.0), stop(2, Priority.URGENT, 9.0), stop(3, longitude=8.0)], (5.0, 47.0), [2, 3, 1]),
        # what is begun is finished first
        ([stop(1, Priority.URGENT, 5.0), stop(2, Priority.LOW, 6.0, started=True)], None, [2, 1]),
        # without a place: last of its priority
        ([stop(1), stop(2, longitude=5.0), stop(3, Priority.LOW, 5.0)], (5.0, 47.0), [2, 1, 3]),
    ],
)
def test_round(stops: list[Stop], start: tuple[float, float] | None, expected: list[int]) -> None:
    assert round_order(stops, start) == expected


def test_distance_against_a_known_one() -> None:
    """Dijon town hall to Chenôve town hall: 4.43 km on the ellipsoid (GRS 80)."""
    assert distance_m((5.0415, 47.3220), (5.0067, 47.2904)) == pytest.approx(4390, rel=0.01)
