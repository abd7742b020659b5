"""Those who follow the registrations hear of their changes (ETSI GS CIM 009 V1.8.1, 5.11.7).

What is to be told goes into the queue of the subscription, in the transaction that changes the registration; the notifier sends it.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q

from parvis.telemetry.context.federation import index
from parvis.telemetry.context.federation.asking import period
from parvis.telemetry.context.federation.copies import keeping as copies
from parvis.telemetry.context.federation.copies.narrowing import selectors_of
from parvis.telemetry.context.federation.discovery import SourceQuery, narrowed
from parvis.telemetry.context.federation.documents import rendered
from parvis.telemetry.context.federation.matching import Reach, Wanted
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.q import parsed
from parvis.telemetry.context.subscriptions.conditions import entity_query
from parvis.telemetry.context.subscriptions.queueing import Entry, enqueue


class Reason(StrEnum):
    NEWLY_MATCHING = "newlyMatching"
    UPDATED = "updated"
    NO_LONGER_MATCHING = "noLongerMatching"


def source_changed(*, before: Source | None, after: Source | None, now: datetime) -> None:
    """In the transaction that changes it. None before: it is new; None after: it is gone."""
    present = after or before
    if present is None:
        return
    copies.source_changed(before=before, after=after, now=now)
    following = Subscription.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        ~Q(document__has_key=copies.KEEPS),
        tenant_id=present.tenant_id,
        subject=Subject.SOURCES,
        is_active=True,
        next_at__isnull=True,  # periodic ones are told in their time
    )
    entries = [entry for row in following.order_by("id") for entry in _told(row, before, after)]
    enqueue(entries, now)


def _told(row: Subscription, before: Source | None, after: Source | None) -> Iterator[Entry]:
    query = query_of(row)
    was = None if before is None else query.reach(before)
    now_is = None if after is None else query.reach(after)
    if after is not None and now_is is not None:
        yield _entry(row, [(after, now_is)], Reason.NEWLY_MATCHING if was is None else Reason.UPDATED)
    elif before is not None and was is not None:
        yield _entry(row, [(before, was)], Reason.NO_LONGER_MATCHING)


def tell_present(row: Subscription, now: datetime) -> None:
    """All that matches, to one who has just subscribed or changed what it follows; in that transaction."""
    if not row.is_active or (row.expires_at is not None and row.expires_at <= now):
        return
    found = list(query_of(row).found(index.registered(row.tenant_id, now)))
    if found:
        enqueue([_entry(row, found, Reason.NEWLY_MATCHING)], now)


def present_members(row: Subscription, now: datetime) -> dict[str, Any] | None:
    """What a periodic subscription is told: `data` and `triggerReason` of its notification; None when nothing matches."""
    found = list(query_of(row).found(index.registered(row.tenant_id, now)))
    return _members(row, found, Reason.NEWLY_MATCHING) if found else None


def _entry(row: Subscription, found: list[tuple[Source, Reach]], reason: Reason) -> Entry:
    return Entry(subscription_ids=[row.pk], urn=found[0][0].urn, content=json.dumps(_members(row, found, reason)))


def _members(row: Subscription, found: list[tuple[Source, Reach]], reason: Reason) -> dict[str, Any]:
    context = resolve(row.document.get("jsonldContext", row.context), tenant_id=row.tenant_id)
    data = [rendered(source.urn, narrowed(source.document, how), context) for source, how in found]
    return {"data": data, "triggerReason": reason.value}


def query_of(row: Subscription) -> SourceQuery:
    """Which registrations it is about."""
    document = row.document
    context = resolve(row.query_context, tenant_id=row.tenant_id)
    members = [entity_query({name: document[name] for name in document.keys() & {"q", "geoQ", "scopeQ"}}, context)]
    if "csf" in document:
        members.append(EntityQuery(q=parsed(document["csf"], context)))
    asked = document.get("temporalQ")
    return SourceQuery(
        wanted=Wanted(
            selectors=selectors_of(document), attributes=frozenset(document.get("watchedAttributes", ())) or None
        ),
        members=tuple(members),
        period=None
        if asked is None
        else period(
            asked["timerel"], asked["timeAt"], asked.get("endTimeAt", ""), asked.get("timeproperty", "observedAt")
        ),
    )
