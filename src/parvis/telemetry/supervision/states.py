"""Reading, locking and writing what the rules remember, a batch at a time."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from parvis.kernel.sql import statement
from parvis.telemetry.supervision.rules.tracking import Phase, Tracking

PACKAGE = "parvis.telemetry.supervision"

Pair = tuple[int, int]
"""Ids of a rule and of an entity."""


@dataclass(frozen=True, kw_only=True)
class LockedState:
    id: int
    pair: Pair
    tracking: Tracking


def lock_states(pairs: Collection[Pair]) -> dict[Pair, LockedState]:
    """The states of these pairs, made where missing, locked until the end of the transaction in the order of their key."""
    ordered = sorted(pairs)
    locked = _lock(ordered)
    if len(locked) < len(ordered):
        with connection.cursor() as cursor:
            cursor.execute(
                statement(PACKAGE, "make_states"), _columns([pair for pair in ordered if pair not in locked])
            )
        locked = _lock(ordered)
    return locked


def lock_due_states(now: datetime, *, limit: int) -> list[LockedState]:
    with connection.cursor() as cursor:
        cursor.execute(statement(PACKAGE, "lock_due_states"), {"now": now, "limit": limit})
        return [_state(row) for row in cursor.fetchall()]


def save_states(states: Iterable[tuple[LockedState, Tracking]]) -> None:
    """Writes those that changed."""
    changed = [(state, tracking) for state, tracking in states if state.tracking != tracking]
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            statement(PACKAGE, "save_states"),
            {
                "id": [state.id for state, _ in changed],
                "phase": [str(tracking.phase) for _, tracking in changed],
                "observed_at": [tracking.observed_at for _, tracking in changed],
                "due_at": [tracking.due_at for _, tracking in changed],
                "value": [json.dumps(tracking.value) for _, tracking in changed],
            },
        )


def _lock(pairs: list[Pair]) -> dict[Pair, LockedState]:
    with connection.cursor() as cursor:
        cursor.execute(statement(PACKAGE, "lock_states"), _columns(pairs))
        return {state.pair: state for state in map(_state, cursor.fetchall())}


def _columns(pairs: list[Pair]) -> dict[str, list[int]]:
    return {"rule_id": [rule for rule, _ in pairs], "entity_id": [entity for _, entity in pairs]}


def _state(row: tuple[Any, ...]) -> LockedState:
    key, rule_id, entity_id, phase, observed_at, due_at, value = row
    tracking = Tracking(
        phase=Phase(phase), observed_at=observed_at, due_at=due_at, value=None if value is None else json.loads(value)
    )
    return LockedState(id=key, pair=(rule_id, entity_id), tracking=tracking)
