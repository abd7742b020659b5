"""Subscriptions with `timeInterval`: every so often all the entities that match (ETSI GS CIM 009 V1.8.1, 5.8.6).

Nothing is queued: what could not be told now is told, newer, the next time. Many entities go in several notifications.
"""

import logging
from typing import Protocol

from parvis.kernel import clock
from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.federation.telling import present_members
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.finding import Caller, bounded
from parvis.telemetry.context.query.sql import where
from parvis.telemetry.context.store.rows import COLUMNS, stored_of
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.conditions import entity_query
from parvis.telemetry.context.subscriptions.delivery.outbox import Outbox
from parvis.telemetry.context.subscriptions.delivery.pace import MOST_ROWS
from parvis.telemetry.context.subscriptions.delivery.payloads import (
    Payload,
    periodic_notification,
    sources_notification,
)
from parvis.telemetry.context.subscriptions.delivery.receivers import DeliveryFailed
from parvis.telemetry.context.subscriptions.delivery.sender import Sender
from parvis.telemetry.context.subscriptions.delivery.targets import Target, target_of
from parvis.telemetry.context.subscriptions.watchers import context_of_query

log = logging.getLogger(__name__)

_ROWS = 2000  # read at once; of them the matching ones are kept until they are told


class Office(Protocol):
    outbox: Outbox
    sender: Sender


async def tell_periodically(subscription_id: int, office: Office) -> None:
    """One round. Raises what a lost database raises."""
    sender = office.sender
    try:
        target = await sender.in_database(target_of, subscription_id)
        if target is None:
            return
        if target.subject == Subject.SOURCES:
            payload = await sender.in_database(_sources, target)
            if payload is not None:
                await _tell(target, payload, office)
            return
        after: int | None = 0
        while after is not None:
            payloads, after = await sender.in_database(_page, target, after)
            for payload in payloads:
                await _tell(target, payload, office)
    except LdError as error:
        log.warning("periodic subscription %s: %s", subscription_id, error.detail)
        await office.outbox.told_periodically(subscription_id, failed=True, now=clock.now())


async def _tell(target: Target, payload: Payload, office: Office) -> None:
    failed = False
    async with office.sender.troubled:  # its own pace; it must not hold back what is queued
        try:
            await office.sender.send(target.receiver, payload)
        except DeliveryFailed as failure:
            failed = True
            log.info("periodic subscription %s: %s", target.urn, failure)
    await office.outbox.told_periodically(target.id, failed=failed, now=clock.now())


def _sources(target: Target) -> Payload | None:
    """Of the registrations that match. Reads the database."""
    now = clock.now()
    row = Subscription.objects.filter(pk=target.id).first()
    members = None if row is None else present_members(row, now)
    return None if members is None else sources_notification(members, target, key=now.isoformat(), now=now)


def _page(target: Target, after: int) -> tuple[list[Payload], int | None]:
    """What to tell of the next entities, by creation; and after which to go on, None at the end. Reads the database."""
    now = clock.now()
    things, following = _matching(target, Caller(tenant_id=target.tenant_id, rights=target.rights, now=now), after)
    told = []
    for start in range(0, len(things), MOST_ROWS):
        key = f"{now.isoformat()} {after} {start}"
        payload = periodic_notification(things[start : start + MOST_ROWS], target, key=key, now=now)
        if payload is not None:
            told.append(payload)
    return told, following


def _matching(target: Target, caller: Caller, after: int) -> tuple[list[Stored], int | None]:
    document = target.document
    query = entity_query(document, context_of_query(document, target.query_context, target.tenant_id))
    condition = where(query, tenant_id=caller.tenant_id, rights=caller.rights, now=caller.now)
    columns = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
    with bounded(), hot_cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM context_entity AS e WHERE {condition.text} AND e.id > %s ORDER BY e.id LIMIT {_ROWS}",  # noqa: S608
            [*condition.values, after],
        )
        rows = [stored_of(row, caller.tenant_id) for row in cursor]
        seen = [thing for row in rows if (thing := caller.rights.visible(row)) is not None]
        links = caller.links()
        if query.q is not None:
            links.prepare(query.q, seen)
        things = [thing for thing in seen if matches(query, thing, linked=links)]
    return things, rows[-1].id if len(rows) == _ROWS else None
