"""The subscriptions of this process, in memory: by the entity they name, else by type, so that a write asks few of them."""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connections

from parvis.kernel.contributions import EntityChange
from parvis.kernel.outgoing import Elsewhere
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.subscriptions.conditions import ids_of, types_of
from parvis.telemetry.context.subscriptions.watchers import Watcher

log = logging.getLogger(__name__)

_AGAIN_AFTER_S = 30.0  # a @context that cannot be had now may be later
_FETCHED_AFTER_S = 1.0


@dataclass(slots=True)
class Subscribers:
    """Of one tenant."""

    by_urn: dict[str, list[Watcher]] = field(default_factory=lambda: defaultdict(list))
    by_type: dict[str, list[Watcher]] = field(default_factory=lambda: defaultdict(list))
    others: list[Watcher] = field(default_factory=list)

    def add(self, watcher: Watcher) -> None:
        if (urns := ids_of(watcher.query)) is not None:
            for urn in urns:
                self.by_urn[urn].append(watcher)
        elif (types := types_of(watcher.query.selectors)) is not None:
            for name in types:
                self.by_type[name].append(watcher)
        else:
            self.others.append(watcher)

    def may_concern(self, urn: str, types: Iterable[str]) -> bool:
        return bool(self.others) or urn in self.by_urn or any(name in self.by_type for name in types)

    def concerned(self, change: EntityChange) -> Iterator[Watcher]:
        """Each once; more than those that match, never fewer."""
        types = (change.after or change.before).types
        seen: set[int] = set()
        for watchers in (self.by_urn.get(change.urn, ()), *(self.by_type.get(name, ()) for name in types), self.others):
            for watcher in watchers:
                if watcher.id not in seen:
                    seen.add(watcher.id)
                    yield watcher


class Index:
    """Asked in the transaction of the write; `current` reads again what has changed since it was last asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: UUID | None = None
        self._again_at = inf
        self._watchers: dict[int, tuple[datetime, Watcher]] = {}
        self._tenants: Mapping[int, Subscribers] = {}

    def of(self, tenant_id: int, token: UUID | None) -> Subscribers | None:
        """None when nobody follows anything in this tenant. `token` is the present one of SUBSCRIPTIONS."""
        if token != self._token or monotonic() > self._again_at:
            with self._lock:
                self._read()
                self._token = token
        return self._tenants.get(tenant_id)

    def _read(self) -> None:
        again_at = inf
        followed = Subscription.objects.filter(subject=Subject.ENTITIES, is_active=True, next_at__isnull=True)
        versions = dict(followed.values_list("id", "modified_at"))
        kept = {id_: known for id_, known in self._watchers.items() if versions.get(id_) == known[0]}
        fresh = followed.filter(id__in=versions.keys() - kept.keys()) if len(versions) > len(kept) else ()
        for row in fresh:
            try:
                watcher = Watcher.of(
                    id_=row.pk,
                    tenant_id=row.tenant_id,
                    document=row.document,
                    query_context=row.query_context,
                    limits=row.limits,
                    expires_at=row.expires_at,
                )
            except Elsewhere:  # the writing thread must not wait for the network
                log.warning("the @context of subscription %s is being fetched", row.urn)
                _fetch_beside(row.query_context, row.tenant_id)
                again_at = min(again_at, monotonic() + _FETCHED_AFTER_S)
            except LdError as error:
                log.error("subscription %s cannot be read: %s", row.urn, error)
                again_at = min(again_at, monotonic() + _AGAIN_AFTER_S)
            else:
                kept[row.pk] = row.modified_at, watcher
        tenants: dict[int, Subscribers] = defaultdict(Subscribers)
        for id_ in sorted(kept):
            watcher = kept[id_][1]
            tenants[watcher.tenant_id].add(watcher)
        self._watchers, self._tenants, self._again_at = kept, dict(tenants), again_at


def _fetch_beside(context: Any, tenant_id: int) -> None:
    """In a thread of its own, which leaves it where the next look finds it."""

    def fetch() -> None:
        try:
            resolve(context, tenant_id=tenant_id, counted=False)
        except LdError as error:
            log.error("a @context cannot be had: %s", error)
        finally:
            connections.close_all()

    threading.Thread(target=fetch, name="context-of-subscription", daemon=True).start()


index = Index()
