"""Whose history it is: things of the present, and those that have departed and left theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.history.models import Departed

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`thing`: as it is now, or, once `deleted_at`, without attributes, as it was known by its types and dates."""

    thing: Stored
    deleted_at: datetime | None = None

    @property
    def id(self) -> int:
        return self.thing.id


def subject(urn: str, *, tenant_id: int, now: datetime) -> Subject | None:
    """The thing of this name, present or departed."""
    found = load([urn], tenant_id=tenant_id, now=now)
    if urn in found:
        return Subject(thing=found[urn])
    row = Departed.objects.filter(tenant_id=tenant_id, urn=urn).first()
    return None if row is None else of_departed(row)


def expired(urn: str, *, tenant_id: int) -> Subject | None:
    """A thing past its term that has not been removed yet: its history goes on being known."""
    thing = load([urn], tenant_id=tenant_id, now=_LONG_AGO).get(urn)
    return None if thing is None else Subject(thing=thing, deleted_at=thing.expires_at)


def of_departed(row: Departed) -> Subject:
    thing = Stored(
        id=row.entity_id,
        tenant_id=row.tenant_id,
        urn=row.urn,
        types=row.types,
        attributes={},
        created_at=row.created_at,
        modified_at=row.modified_at,
    )
    return Subject(thing=thing, deleted_at=row.deleted_at)


def departed_ids(tenant_id: int, urns: Sequence[str]) -> Mapping[str, int]:
    with hot_cursor() as cursor:
        cursor.execute(
            "SELECT urn, entity_id FROM history_departed WHERE tenant_id = %s AND urn = ANY(%s::text[])",
            [tenant_id, list(urns)],
        )
        return dict(cursor.fetchall())


def remember(departed: Sequence[tuple[int, int, Stored]], now: datetime) -> None:
    """Things just deleted: their id, tenant, and what they were."""
    rows = [
        Departed(
            entity_id=entity_id,
            tenant_id=tenant_id,
            urn=thing.urn,
            types=thing.types,
            created_at=thing.created_at,
            modified_at=thing.modified_at,
            deleted_at=now,
        )
        for entity_id, tenant_id, thing in departed
    ]
    by_tenant: dict[int, list[str]] = {}
    for row in rows:
        by_tenant.setdefault(row.tenant_id, []).append(row.urn)
    for tenant_id, urns in by_tenant.items():  # an inventory may have made it anew, under another number
        Departed.objects.filter(tenant_id=tenant_id, urn__in=urns).delete()
    Departed.objects.bulk_create(rows)


def welcome(entity_ids: Sequence[int]) -> None:
    """Things created: those that had departed are back."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM history_departed WHERE entity_id = ANY(%s)", [list(entity_ids)])
