"""What agents do to the broker: the services of the API, and a line in the journal in the same transaction."""

from datetime import datetime

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.models import User
from parvis.telemetry.context.console.rights import ADMINISTER
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.federation.registering import remove
from parvis.telemetry.context.jsonld import catalogue, documents
from parvis.telemetry.context.jsonld.fetching import checked_document
from parvis.telemetry.context.models import JsonLdContext, Registration, Subject, Subscription
from parvis.telemetry.context.subscriptions.services import (
    delete_subscription,
    discard_notifications,
    replay_notifications,
    update_subscription,
)


def _record(by: User, action: str, urn: str, now: datetime, organisation: str = "", **details: int) -> None:
    record(actor=by.urn, action=action, urn=urn, right=ADMINISTER, organisation=organisation, details=details, now=now)


def _of(row: Subscription) -> str:
    return row.organisation.slug if row.organisation else ""


@transaction.atomic
def set_active(*, subscription: Subscription, active: bool, by: User, now: datetime) -> None:
    """What changes while it is paused is not told later. Raises `LdError`, such as a @context that cannot be had."""
    update_subscription(
        urn=subscription.urn,
        tenant_id=subscription.tenant_id,
        subject=Subject(subscription.subject),
        fragment={"isActive": active},
        context=catalogue.product(),
        now=now,
    )
    action = "subscription.resumed" if active else "subscription.paused"
    _record(by, action, subscription.urn, now, _of(subscription))


@transaction.atomic
def remove_subscription(*, subscription: Subscription, by: User, now: datetime) -> None:
    delete_subscription(
        urn=subscription.urn, tenant_id=subscription.tenant_id, subject=Subject(subscription.subject), now=now
    )
    _record(by, "subscription.deleted", subscription.urn, now, _of(subscription))


@transaction.atomic
def replay(*, subscription: Subscription, notification_id: int | None, by: User, now: datetime) -> int:
    """Answers how many; all that were given up without `notification_id`."""
    ids = None if notification_id is None else [notification_id]
    found = replay_notifications(subscription_id=subscription.pk, ids=ids)
    _record(by, "notifications.replayed", subscription.urn, now, _of(subscription), count=found)
    return found


@transaction.atomic
def discard(*, subscription: Subscription, notification_id: int | None, by: User, now: datetime) -> int:
    """Answers how many; all that were given up without `notification_id`."""
    ids = None if notification_id is None else [notification_id]
    found = discard_notifications(subscription_id=subscription.pk, ids=ids)
    _record(by, "notifications.discarded", subscription.urn, now, _of(subscription), count=found)
    return found


@transaction.atomic
def remove_source(*, source: Registration, by: User, now: datetime) -> None:
    if source.expires_at is not None and source.expires_at <= now:
        source.delete()
        index.changed()
    else:
        remove(source.urn, tenant_id=source.tenant_id, now=now)
    _record(by, "source.deleted", source.urn, now)


@transaction.atomic
def load_context(*, url: str, body: bytes, by: User, now: datetime) -> bool:
    """False: it replaces another. Raises `BadRequestData`."""
    made = documents.load_by_hand(url, checked_document(url, body), now=now)
    catalogue.forget()
    _record(by, "jsonld_context.loaded", url, now)
    return made


@transaction.atomic
def reload_context(*, row: JsonLdContext, by: User, now: datetime) -> None:
    """Raises `LdContextNotAvailable`."""
    documents.reload(row, now=now)
    catalogue.forget()
    _record(by, "jsonld_context.reloaded", row.url, now)


@transaction.atomic
def remove_context(*, row: JsonLdContext, by: User, now: datetime) -> None:
    """One loaded by hand goes with its copies: its URL is fetched again when a client next names it."""
    if row.tenant_id == documents.OPERATOR:
        documents.take_back(row.url)
    else:
        row.delete()
    catalogue.forget()
    _record(by, "jsonld_context.deleted", row.url or row.local_id, now)
