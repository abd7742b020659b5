"""What is to be told goes into the queue with the change itself: both are committed or neither is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.waking import payloads

CHANNEL = "parvis_notifications"
"""Its payloads are ids of subscriptions with something in their queue, or `CHANGED` and ids of those that were changed."""

CHANGED = "changed:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One content for several subscriptions; `urn` is the entity, or registration, it is about."""

    subscription_ids: Sequence[int]
    urn: str
    content: str


def enqueue(entries: Sequence[Entry], now: datetime) -> None:
    """In the transaction of the change; the notifiers are woken when it commits."""
    pairs = [(id_, position) for position, entry in enumerate(entries, 1) for id_ in entry.subscription_ids]
    if not pairs:
        return
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "queue_notifications"),
            {
                "urns": [entry.urn for entry in entries],
                "contents": [entry.content for entry in entries],
                "subscriptions": [id_ for id_, _ in pairs],
                "positions": [position for _, position in pairs],
                "payloads": payloads(sorted({id_ for id_, _ in pairs})),
                "now": now,
            },
            prepare=True,
        )


def wake(subscription_id: int) -> None:
    """Tells the notifiers, at the commit, that there is something to send."""
    _notify(str(subscription_id))


def tell_changed(subscription_id: int) -> None:
    """Tells the notifiers, at the commit, that a subscription is new, different or gone."""
    _notify(f"{CHANGED}{subscription_id}")


def _notify(payload: str) -> None:
    with hot_cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
