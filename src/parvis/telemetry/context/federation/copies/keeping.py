"""The keeper of the copies of a subscription: an internal subscription to sources (ETSI GS CIM 009 V1.8.1, 5.8.1.4).

Its document holds `keeps`: `subscription`, the row it is for; `made`, by id of registration, the copies there are (`making.Made`); and
`failing`, by URN of registration, what went wrong last. `ending` once its subscription is gone: it stays until its copies are.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.federation.copies.naming import notified_at
from parvis.telemetry.context.federation.copies.narrowing import concerned
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.models import QueuedNotification, Subject, Subscription
from parvis.telemetry.context.subscriptions.queueing import Entry, enqueue, tell_changed

KEEPS = "keeps"
ENDING = "ending"

_NAMESPACE = UUID("0b0f6f0a-4d5c-4f58-9c1e-6f3f5b0f1c77")
_MIRRORED = ("entities", "watchedAttributes", "csf")


def is_keeper(document: Mapping[str, Any]) -> bool:
    return KEEPS in document


def keepers() -> QuerySet[Subscription]:
    return Subscription.objects.filter(subject=Subject.SOURCES, document__has_key=KEEPS)


def not_ending() -> Q:
    """Of subscriptions to sources: those whose subscription is still there."""
    return ~Q(document__has_key=ENDING)


def keeper_of(row: Subscription) -> Subscription | None:
    return Subscription.objects.filter(tenant_id=row.tenant_id, subject=Subject.SOURCES, urn=_urn(row.pk)).first()


def _urn(subscription_id: int) -> str:
    return f"urn:ngsi-ld:Subscription:{uuid5(_NAMESPACE, str(subscription_id))}"


def look_again(row: Subscription, now: datetime) -> None:
    """In the transaction that makes or changes a subscription to entities: its copies are to become what it says now."""
    keeper = keeper_of(row)
    if keeper is None:
        index.forget()  # another process may have registered a source a moment ago
        if not concerned(row, index.registered(row.tenant_id, now), now):
            return
        keeper = _made(row, now)
    keeper.document = keeper.document | _mirrored(row)
    _ask(keeper, now)


def end(row: Subscription, now: datetime) -> None:
    """In the transaction that deletes it."""
    if (keeper := keeper_of(row)) is not None:
        keeper.document = keeper.document | {ENDING: True}
        keeper.is_active = True  # one that an operator paused has its copies taken back all the same
        _ask(keeper, now)


def source_changed(*, before: Source | None, after: Source | None, now: datetime) -> None:
    """In the transaction that changes a registration."""
    told = [source for source in (before, after) if source is not None]
    following = Subscription.objects.filter(tenant_id=told[0].tenant_id, subject=Subject.ENTITIES).order_by("id")
    for row in following.iterator():
        if _may_concern(row, told, now):
            _ask(keeper_of(row) or _made(row, now), now)


def relook(now: datetime) -> int:
    """What no event has told: registrations and subscriptions that have expired, sources that stayed away for long. Answers how many
    keepers look again."""
    index.forget()
    waiting = QueuedNotification.objects.filter(subscription=OuterRef("pk"), dead=False)
    found = 0
    for keeper in keepers().exclude(Exists(waiting)).order_by("id"):
        with transaction.atomic():
            keeps = keeper.document[KEEPS]
            row = Subscription.objects.filter(pk=keeps["subscription"]).first()
            sources = () if row is None else index.registered(row.tenant_id, now)
            present = set() if row is None else {str(one.id) for one in sources if _may_concern(row, [one], now)}
            if keeps["failing"] or present != keeps["made"].keys() or row is None:
                found += 1
                _ask(keeper, now)
    for tenant_id in list(index.tenants()):
        kept = set(keepers().filter(tenant_id=tenant_id).values_list("document__keeps__subscription", flat=True))
        rows = Subscription.objects.filter(tenant_id=tenant_id, subject=Subject.ENTITIES).exclude(pk__in=kept)
        for row in rows.order_by("id"):
            if _may_concern(row, index.registered(tenant_id, now), now):
                found += 1
                with transaction.atomic():
                    _ask(_made(row, now), now)
    return found


def failing(row: Subscription) -> Mapping[str, str]:
    """By URN of registration, why the copy there is not what it should be."""
    keeper = keeper_of(row)
    return {} if keeper is None else keeper.document[KEEPS]["failing"]


def _may_concern(row: Subscription, sources: "list[Source] | tuple[Source, ...]", now: datetime) -> bool:
    """One whose @context cannot be had waits until it can: the next look tells."""
    try:
        return bool(concerned(row, sources, now))
    except LdError:
        return False


def _made(row: Subscription, now: datetime) -> Subscription:
    keeper, _ = Subscription.objects.get_or_create(
        tenant_id=row.tenant_id,
        subject=Subject.SOURCES,
        urn=_urn(row.pk),
        defaults={
            "document": {KEEPS: {"subscription": row.pk, "made": {}, "failing": {}}} | _mirrored(row),
            "context": row.context,
            "query_context": row.query_context,
            "organisation_id": row.organisation_id,
            "limits": row.limits,
            "created_at": now,
            "modified_at": now,
        },
    )
    return keeper


def _mirrored(row: Subscription) -> dict[str, Any]:
    """What those who list the subscriptions to sources are shown of it."""
    return {name: row.document[name] for name in _MIRRORED if name in row.document} | {
        "notification": {"endpoint": {"uri": notified_at()}}
    }


def _ask(keeper: Subscription, now: datetime) -> None:
    """Wakes the notifier for it; whatever it waited for after a failure, it tries at once."""
    QueuedNotification.objects.filter(subscription=keeper).delete()
    row = Subscription.objects.select_for_update().filter(pk=keeper.pk).first()
    if row is None:  # the notifier has just done with it
        return
    row.document = keeper.document | {KEEPS: row.document[KEEPS]}  # the notifier may have made copies meanwhile
    row.is_active, row.failures, row.not_before = keeper.is_active, 0, None
    row.save(update_fields=["document", "is_active", "failures", "not_before"])
    enqueue([Entry(subscription_ids=[row.pk], urn=row.urn, content="{}")], now)
    tell_changed(row.pk)
