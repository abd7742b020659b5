"""The durable queue of changes: one row for each change and consumer, taken and handled in one transaction.

Order is that of arrival for one reactor; two reactors may handle two changes of one thing at once, and a failed change comes
back later: a consumer that minds compares `observed_at`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import connection, transaction

from parvis.kernel.contributions import Change, ChangeConsumer
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.models import QueuedChange

log = logging.getLogger(__name__)

BATCH = 200
GIVE_UP_AFTER = 12
"""Attempts; with the delays below, the last comes some 2 h 30 min after the first."""

_LONGEST_DELAY_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    id: int
    change: Change
    attempts: int


def delay_after(attempts: int) -> timedelta:
    """2 s, 4 s, 8 s… at most one hour."""
    return timedelta(seconds=min(2**attempts, _LONGEST_DELAY_S))


@transaction.atomic
def handle_batch(consumer: ChangeConsumer, *, now: datetime, limit: int = BATCH) -> int:
    """Hands the next changes due to their consumer and answers how many; 0 when there is none.

    When the handler fails on a batch each of its changes is tried alone, so that one bad change stops no other; those that
    still fail are put back with a delay and the error.
    """
    taken = _take(consumer.code, now, limit)
    if taken and _fails(consumer, taken):
        failed = [(one, error) for one in taken if (error := _fails(consumer, [one]))]
        QueuedChange.objects.bulk_create([_put_back(consumer, one, error, now) for one, error in failed])
    return len(taken)


def _take(consumer: str, now: datetime, limit: int) -> list[_Taken]:
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "take_changes"), {"consumer": consumer, "now": now, "limit": limit}
        )
        rows = sorted(cursor.fetchall())
    return [
        _Taken(id=id_, change=msgspec.json.decode(change, type=Change), attempts=attempts)
        for id_, change, attempts in rows
    ]


def _fails(consumer: ChangeConsumer, taken: Sequence[_Taken]) -> str:
    """The error of the handler, empty when it does its work. A lost database is no fault of its own: it is raised."""
    try:
        with transaction.atomic():
            consumer.handler([one.change for one in taken])
    except Exception as error:
        if connection.connection is None or connection.connection.closed:
            raise
        log.warning("%s failed on %d changes", consumer.code, len(taken), exc_info=True)
        return f"{type(error).__name__}: {error}"
    return ""


def _put_back(consumer: ChangeConsumer, one: _Taken, error: str, now: datetime) -> QueuedChange:
    attempts = one.attempts + 1
    return QueuedChange(
        id=one.id,
        consumer=consumer.code,
        change=msgspec.to_builtins(one.change),
        attempts=attempts,
        not_before=None if attempts >= GIVE_UP_AFTER else now + delay_after(attempts),
        error=error[:2000],
    )


def next_due(consumer: str, *, now: datetime) -> datetime | None:
    """When the earliest failed change falls due again. One due already is in another reactor's hands, or soon notified."""
    waiting = QueuedChange.objects.filter(consumer=consumer, not_before__gt=now).order_by("not_before")
    return waiting.values_list("not_before", flat=True).first()
