"""Which subscriptions a write concerns; asked in its transaction."""

import logging
from collections.abc import Sequence
from datetime import datetime

from parvis.kernel.contributions import EntityChange
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.subscriptions.index import Subscribers
from parvis.telemetry.context.subscriptions.queueing import Entry, enqueue
from parvis.telemetry.context.subscriptions.snapshots import encoded
from parvis.telemetry.context.subscriptions.watchers import Watcher

log = logging.getLogger(__name__)


def on_changes(changes: Sequence[EntityChange], followed: Subscribers, now: datetime) -> None:
    """Queues what subscribers are to be told of these changes, all of one tenant; in their transaction."""
    entries: list[Entry] = []
    for change in changes:
        told: dict[bool, list[int]] = {}
        for watcher in followed.concerned(change):
            if _is_told(watcher, change, now):
                told.setdefault(watcher.shows_changes, []).append(watcher.id)
        for with_previous, ids in told.items():
            content = encoded(change, with_previous=with_previous, now=now)
            entries.append(Entry(subscription_ids=ids, urn=change.urn, content=content))
    if entries:
        enqueue(entries, now)


def _is_told(watcher: Watcher, change: EntityChange, now: datetime) -> bool:
    """A subscription that cannot be asked stops no write; a lost database does."""
    try:
        return watcher.is_told(change, now)
    except (LdError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        log.exception("subscription %s cannot be asked about %s", watcher.id, change.urn)
        return False
