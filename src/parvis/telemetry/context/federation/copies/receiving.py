"""What sources tell us under the copies we made there becomes what our subscriber is told (ETSI GS CIM 009 V1.8.1, 5.8.6): it is read
like any answer of a source, narrowed to the registration and the subscription, and put into the queue of the subscription."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from parvis.telemetry.context.attributes import (
    PREVIOUS_MEMBERS,
    VALUE_MEMBERS,
    Instance,
    instances_of,
    is_deletion,
)
from parvis.telemetry.context.broker.asking import link_of
from parvis.telemetry.context.broker.problems import BadRequestData, InvalidRequest, ResourceNotFound
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.federation.copies.naming import copy_of
from parvis.telemetry.context.federation.copies.narrowing import concerned
from parvis.telemetry.context.federation.matching import claim
from parvis.telemetry.context.federation.merging import merged, read_account
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.ngsild.reading import read_types
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.conditions import entity_query
from parvis.telemetry.context.subscriptions.limits import rights_of_limits
from parvis.telemetry.context.subscriptions.queueing import Entry, enqueue
from parvis.telemetry.context.subscriptions.snapshots import Snapshot, Touched, encoded_snapshot
from parvis.telemetry.context.subscriptions.watchers import context_of_query

_MEMBER_OF = {previous: member for member, previous in PREVIOUS_MEMBERS.items()}


@transaction.atomic
def receive(headers: Mapping[str, str], body: bytes, now: datetime) -> int:
    """Answers how many entities our subscriber will be told of. Raises `LdError`: `ResourceNotFound` for a copy that is none of ours, or
    no longer wanted.

    `headers` by lower-case name.
    """
    notification = _decoded(body)
    row, source = _known(notification.get("subscriptionId"), now)
    if not row.is_active:
        return 0
    data = notification.get("data")
    listed = data if isinstance(data, list) else [data]
    default = _context(link_of(headers), row)
    told = [
        one for document in listed for one in _told(document, _context_of(document, default, row), row, source, now)
    ]
    enqueue([Entry(subscription_ids=[row.pk], urn=one.urn, content=encoded_snapshot(one)) for one in told], now)
    return len(told)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        notification = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if not isinstance(notification, dict):
        raise InvalidRequest("the body must be a JSON object")
    return notification


def _known(urn: object, now: datetime) -> tuple[Subscription, Source]:
    copy = copy_of(urn)
    row = None
    if copy is not None:
        row = Subscription.objects.filter(pk=copy.subscription_id, subject=Subject.ENTITIES).first()
    if copy is not None and row is not None:
        for source, _ in concerned(row, index.registered(row.tenant_id, now), now):
            if source.id == copy.registration_id:
                return row, source
    raise ResourceNotFound("there is no such subscription")


def _context(value: Any, row: Subscription) -> Context:
    return resolve(value, tenant_id=row.tenant_id, counted=False)


def _context_of(document: Any, default: Context, row: Subscription) -> Context:
    """JSON-LD holds it in each entity."""
    if isinstance(document, dict) and "@context" in document:
        return _context(document["@context"], row)
    return default


def _told(document: Any, context: Context, row: Subscription, source: Source, now: datetime) -> Iterator[Snapshot]:
    """At most one."""
    if not isinstance(document, dict):
        raise BadRequestData("data: an array of entities is expected")
    if "deletedAt" in document:
        account = _departed(document, context, source, now)
        deleted, touched = True, list[Touched]()
    else:
        document, touched = _untangled(document, context)
        account = read_account(document, source, context, now)
        deleted = False
    if account is None:
        return
    names = claim(source, account.urn, account.types)
    touched = [one for one in touched if names is True or (names and one.attribute in names)]
    account = _complete(account, row, deleted, now)
    if account is None or not (deleted or account.attributes or touched or names is True):
        return
    yield Snapshot(
        urn=account.urn,
        types=account.types,
        attributes=account.attributes,
        scopes=account.scopes,
        created_at=account.created_at,
        modified_at=account.modified_at,
        expires_at=account.expires_at,
        area_code=account.area_code,
        organisation_id=account.organisation_id,
        at=now,
        deleted=deleted,
        touched=touched,
    )


def _complete(account: Stored, row: Subscription, deleted: bool, now: datetime) -> Stored | None:
    """With what is here of it, where the subscriber says that entities are split; None when it is not what was subscribed to."""
    document = row.document
    query = entity_query(document, context_of_query(document, row.query_context, row.tenant_id))
    if deleted or not document.get("splitEntities"):
        return account if matches(EntityQuery(selectors=query.selectors), account) else None
    here = load([account.urn], tenant_id=row.tenant_id, now=now).get(account.urn)
    seen = None if here is None else rights_of_limits(row.limits).visible(here)
    whole = account if seen is None else merged(account, seen)
    return whole if matches(query, whole) else None


def _departed(document: Mapping[str, Any], context: Context, source: Source, now: datetime) -> Stored | None:
    """An entity deleted at its source, with the attributes it had, as far as they are told; only of one that is all the source's."""
    urn, types = uri(document.get("id")), read_types(document.get("type"), context)
    if claim(source, urn, types) is not True:
        return None
    attributes = {}
    for term, given in document.items():
        gone = [_before(one) for one in instances_of(given) if isinstance(one, dict)]
        if gone and term != "@context":
            attributes[context.attribute_name(term)] = gone if len(gone) > 1 else gone[0]
    return Stored(
        urn=urn, types=types, attributes=attributes, created_at=now, modified_at=now, tenant_id=source.tenant_id
    )


def _untangled(document: Mapping[str, Any], context: Context) -> tuple[dict[str, Any], list[Touched]]:
    """The entity as it is now, and what the change took away from it or put in its place."""
    present: dict[str, Any] = {}
    touched: list[Touched] = []
    for term, given in document.items():
        if term == "@context" or not _is_attribute(given):
            present[term] = given
            continue
        name = context.attribute_name(term)
        kept = []
        for one in instances_of(given):
            dataset = str(one.get("datasetId", ""))
            if is_deletion(one):
                touched.append(Touched(name, dataset, _before(one), gone=True))
                continue
            if any(member in one for member in _MEMBER_OF):
                touched.append(Touched(name, dataset, _before(one)))
            kept.append({member: value for member, value in one.items() if member not in _MEMBER_OF})
        if kept:
            present[term] = kept if isinstance(given, list) else kept[0]
    return present, touched


def _is_attribute(given: Any) -> bool:
    listed = given if isinstance(given, list) else [given]
    return bool(listed) and all(isinstance(one, dict) and one.get("type") in VALUE_MEMBERS for one in listed)


def _before(instance: Instance) -> Instance:
    """What is told of the instance before the change; only its kind, when no previous value is told."""
    kind = instance.get("type", "Property")
    kind = kind if kind in VALUE_MEMBERS else "Property"
    before: Instance = {"type": kind}
    for name in ("datasetId", "createdAt", "modifiedAt"):
        if isinstance(instance.get(name), str):
            before[name] = instance[name]
    for previous, member in _MEMBER_OF.items():
        if previous in instance:
            before[member] = instance[previous]
    return before
