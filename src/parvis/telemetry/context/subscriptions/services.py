"""The verbs of subscriptions; each runs in one transaction, and every process knows of it when it commits."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connection, transaction

from parvis.kernel.sql import statement
from parvis.telemetry.context.attributes import parse_instant
from parvis.telemetry.context.broker.problems import AlreadyExists, ResourceNotFound
from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.federation.copies import keeping
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import QueuedNotification, Subject, Subscription
from parvis.telemetry.context.subscriptions.documents import Draft, patched
from parvis.telemetry.context.subscriptions.limits import limits_of
from parvis.telemetry.context.subscriptions.queueing import tell_changed, wake
from parvis.telemetry.context.subscriptions.revisions import SUBSCRIPTIONS, touch

log = logging.getLogger(__name__)

KEEP_GIVEN_UP_DAYS = 30
MOST_GIVEN_UP = 100_000
"""Of one subscription: a receiver that nobody misses must not fill the disk."""


def create_subscription(
    *,
    draft: Draft,
    tenant_id: int,
    context: Context,
    rights: BrokerRights,
    now: datetime,
    subject: Subject = Subject.ENTITIES,
    via: Sequence[str] = (),
) -> Subscription:
    """`context`: of the request, which came through the brokers `via`. Raises `AlreadyExists`, and what the context named by
    `jsonldContext` raises."""
    _check_context(draft.document, tenant_id)
    row = Subscription(
        tenant_id=tenant_id,
        subject=subject,
        urn=draft.urn or f"urn:ngsi-ld:Subscription:{uuid4()}",
        document=draft.document | ({"via": list(via)} if via else {}),
        context=context.value,
        query_context=context.value,
        organisation_id=rights.organisation_id,
        limits=limits_of(rights),
        created_at=now,
        modified_at=now,
    )
    _derive(row, now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _announce(row)
            if subject == Subject.ENTITIES:
                keeping.look_again(row, now)
    except IntegrityError as error:
        if "context_subscription_urn" not in str(error):
            raise
        raise AlreadyExists(f"{row.urn} exists already") from None
    return row


@transaction.atomic
def update_subscription(
    *,
    urn: str,
    tenant_id: int,
    fragment: Mapping[str, Any],
    context: Context,
    now: datetime,
    subject: Subject = Subject.ENTITIES,
) -> Subscription:
    """Names of the fragment are read in `context`, the one of the request. Raises `ResourceNotFound`, `BadRequestData`."""
    row = Subscription.objects.select_for_update().filter(tenant_id=tenant_id, subject=subject, urn=urn).first()
    if row is None:
        raise ResourceNotFound(f"there is no subscription {urn}")
    interval = row.document.get("timeInterval")
    known = resolve(row.query_context, tenant_id=tenant_id, counted=False)
    draft = patched(row.document, fragment, context, known, now=now)
    _check_context(draft.document, tenant_id)
    row.document = draft.document
    if draft.query_context is not None:
        row.query_context = draft.query_context.value
    row.modified_at = max(now, row.modified_at + timedelta(microseconds=1))  # a version too: never twice the same
    row.not_before, row.failures = None, 0
    _derive(row, now, keep_next=interval is not None and interval == draft.document.get("timeInterval"))
    row.save(
        update_fields=[
            "document",
            "query_context",
            "modified_at",
            "not_before",
            "failures",
            "is_active",
            "expires_at",
            "next_at",
        ]
    )
    _announce(row)
    if subject == Subject.ENTITIES:
        keeping.look_again(row, now)
    return row


@transaction.atomic
def delete_subscription(*, urn: str, tenant_id: int, now: datetime, subject: Subject = Subject.ENTITIES) -> None:
    """With all that was still to be told; its copies are taken back. Raises `ResourceNotFound`."""
    # The row first, then what `_announce` locks: in the order of every other service.
    row = Subscription.objects.select_for_update().filter(tenant_id=tenant_id, subject=subject, urn=urn).first()
    if row is None:
        raise ResourceNotFound(f"there is no subscription {urn}")
    _announce(row)
    QueuedNotification.objects.filter(subscription=row).delete()
    if subject == Subject.ENTITIES:
        keeping.end(row, now)
    row.delete()


def _derive(row: Subscription, now: datetime, *, keep_next: bool = False) -> None:
    """The columns that are looked for, from the document."""
    row.is_active = row.document.get("isActive", True)
    expires = row.document.get("expiresAt")
    row.expires_at = parse_instant(expires) if expires else None
    interval = row.document.get("timeInterval")
    if interval is None:
        row.next_at = None
    elif not keep_next:
        row.next_at = now + timedelta(seconds=interval)


def _announce(row: Subscription) -> None:
    touch(SUBSCRIPTIONS if row.subject == Subject.ENTITIES else f"{SUBSCRIPTIONS}-{row.subject}")
    tell_changed(row.pk)


def _check_context(document: Mapping[str, Any], tenant_id: int) -> None:
    if link := document.get("jsonldContext"):
        resolve(link, tenant_id=tenant_id)


@transaction.atomic
def replay_notifications(*, subscription_id: int, ids: list[int] | None = None) -> int:
    """Sends what was given up once more, before what waits; all of it without `ids`. Answers how many."""
    given_up = QueuedNotification.objects.filter(subscription_id=subscription_id, dead=True)
    if ids is not None:
        given_up = given_up.filter(pk__in=ids)
    found = given_up.update(dead=False, attempts=0, error="")
    Subscription.objects.filter(pk=subscription_id).update(not_before=None, failures=0)
    wake(subscription_id)
    tell_changed(subscription_id)
    return found


@transaction.atomic
def discard_notifications(*, subscription_id: int, ids: list[int] | None = None) -> int:
    """Forgets what was given up; what is still to be tried is left."""
    given_up = QueuedNotification.objects.filter(subscription_id=subscription_id, dead=True)
    if ids is not None:
        given_up = given_up.filter(pk__in=ids)
    return given_up._raw_delete(given_up.db)


@transaction.atomic
def forget_given_up(*, now: datetime) -> int:
    """Dead letters past their time, and the oldest of those of a subscription that has too many. Answers how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "forget_given_up"),
            {"before": now - timedelta(days=KEEP_GIVEN_UP_DAYS), "most": MOST_GIVEN_UP},
        )
        forgotten = int(cursor.rowcount)
    if forgotten:
        log.warning("%d notifications that nobody replayed are forgotten", forgotten)
    return forgotten
