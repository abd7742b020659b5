"""Registering context sources, changing and removing them (ETSI GS CIM 009 V1.8.1, 5.9)."""

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from parvis.telemetry.context.broker.problems import AlreadyExists, ResourceNotFound
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.federation.conflicts import check_conflicts
from parvis.telemetry.context.federation.documents import Draft, patched
from parvis.telemetry.context.federation.sources import Source, source_of
from parvis.telemetry.context.federation.telling import source_changed
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import Registration


def present(tenant_id: int, now: datetime) -> QuerySet[Registration]:
    """Those that have not expired, the oldest first."""
    return Registration.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), tenant_id=tenant_id)


def registration(urn: str, *, tenant_id: int, now: datetime) -> Registration:
    """Raises `ResourceNotFound`."""
    found = present(tenant_id, now).filter(urn=urn).first()
    if found is None:
        raise ResourceNotFound(f"There is no registration {urn}.")
    return found


def check_context(source: Source) -> None:
    """The @context in which a source wants to be spoken to must be known before it is. Raises `LdContextNotAvailable`, `BadRequestData`."""
    if source.context:
        resolve(source.context, tenant_id=source.tenant_id, counted=False)


@transaction.atomic
def register(draft: Draft, *, context: Context, tenant_id: int, now: datetime) -> str:
    """Gives its id. Raises `AlreadyExists`, `Conflict`."""
    urn = draft.urn or f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}"
    Registration.objects.filter(tenant_id=tenant_id, urn=urn, expires_at__lte=now).delete()
    row = Registration(
        tenant_id=tenant_id,
        urn=urn,
        document=draft.document,
        context=context.value,
        alias=draft.alias,
        expires_at=draft.expires_at,
        created_at=now,
        modified_at=now,
    )
    source = source_of(row)
    check_context(source)
    check_conflicts(source, index.registered(tenant_id, now))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyExists(f"There is a registration {urn} already.") from error
    index.changed()
    source_changed(before=None, after=source_of(row), now=now)
    return urn


@transaction.atomic
def change(urn: str, fragment: dict[str, Any], *, context: Context, tenant_id: int, now: datetime) -> None:
    """Raises `ResourceNotFound`, `BadRequestData`, `Conflict`."""
    row = present(tenant_id, now).select_for_update().filter(urn=urn).first()
    if row is None:
        raise ResourceNotFound(f"There is no registration {urn}.")
    before = source_of(row)
    draft = patched(row.document, fragment, context, urn=urn, now=now)
    row.document, row.alias, row.expires_at, row.modified_at = draft.document, draft.alias, draft.expires_at, now
    after = source_of(row)
    check_context(after)
    check_conflicts(after, index.registered(tenant_id, now))
    row.save(update_fields=["document", "alias", "expires_at", "modified_at"])
    index.changed()
    source_changed(before=before, after=after, now=now)


@transaction.atomic
def remove(urn: str, *, tenant_id: int, now: datetime) -> None:
    """Raises `ResourceNotFound`."""
    row = registration(urn, tenant_id=tenant_id, now=now)
    before = source_of(row)
    row.delete()
    index.changed()
    source_changed(before=before, after=None, now=now)


def remove_expired_sources(*, now: datetime) -> int:
    """Registrations past their `expiresAt`, which match nothing any more; who follows the registrations is told. Answers how many."""
    removed = 0
    while expired := list(
        Registration.objects.filter(expires_at__lte=now).order_by("id").values_list("pk", flat=True)[:100]
    ):
        removed += sum(_expired(pk, now) for pk in expired)
    return removed


@transaction.atomic
def _expired(pk: int, now: datetime) -> bool:
    """False: it was prolonged, or removed, meanwhile."""
    row = Registration.objects.select_for_update().filter(pk=pk, expires_at__lte=now).first()
    if row is None:
        return False
    before = source_of(row)
    row.delete()
    index.changed()
    source_changed(before=before, after=None, now=now)
    return True
