"""The registrations of a tenant, compiled, in the memory of this process.

The process that changes one forgets at once; whether another process changed something is asked of the database at most every
`CHECK_EVERY_S` seconds. Where nothing is registered, an operation costs a look into a dictionary.
"""

import time
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.federation.sources import Source, source_of
from parvis.telemetry.context.models import Registration

CHECK_EVERY_S = 0.2

_STAMP = "SELECT count(*), coalesce(max(id), 0), max(modified_at) FROM context_registration"


class _Index:
    def __init__(self) -> None:
        self.stamp: object = None
        self.checked = 0.0
        self.by_tenant: dict[int, tuple[Source, ...]] = {}
        self.fresh = False
        self.forgotten = 0

    def refresh(self) -> None:
        """Reads again what is registered, if that is not what is in memory."""
        forgotten = self.forgotten
        with hot_cursor() as cursor:
            stamp = cursor.execute(_STAMP).fetchone()
        if stamp != self.stamp or not self.fresh:
            by_tenant: dict[int, list[Source]] = {}
            if stamp is not None and stamp[0]:
                for row in Registration.objects.order_by("id"):
                    by_tenant.setdefault(row.tenant_id, []).append(source_of(row))
            self.by_tenant = {tenant: tuple(sources) for tenant, sources in by_tenant.items()}
            self.stamp = stamp
        self.checked = time.monotonic()
        self.fresh = self.forgotten == forgotten  # else another thread has changed something meanwhile


_index = _Index()


def registered(tenant_id: int, now: datetime) -> tuple[Source, ...]:
    """Those in force, the oldest first."""
    if not _index.fresh or time.monotonic() - _index.checked > CHECK_EVERY_S:
        _index.refresh()
    sources = _index.by_tenant.get(tenant_id)
    if not sources:
        return ()
    return tuple(source for source in sources if source.expires_at is None or source.expires_at > now)


def tenants() -> Iterator[int]:
    yield from _index.by_tenant


def forget() -> None:
    """What is in memory is read again before it is next used."""
    _index.forgotten += 1
    _index.fresh = False


def changed() -> None:
    """To be called in the transaction that changes a registration."""
    forget()
    transaction.on_commit(forget)
