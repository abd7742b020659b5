"""`/csourceSubscriptions`: following the registrations (ETSI GS CIM 009 V1.8.1, 5.11, 6.12 and 6.13)."""

from typing import Any
from urllib.parse import quote

from django.db import transaction

from parvis.telemetry.context.broker.answering import Answer, created, document, nothing, page_of, paged
from parvis.telemetry.context.broker.asking import Asked, link_of
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.parameters import PAGING, SYS_ATTRS
from parvis.telemetry.context.broker.problems import BadRequestData, OperationNotSupported
from parvis.telemetry.context.broker.subscriptions import found, kept_context, reachable
from parvis.telemetry.context.federation.copies.keeping import is_keeper
from parvis.telemetry.context.federation.telling import tell_present
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.subscriptions.documents import read_new
from parvis.telemetry.context.subscriptions.presenting import presented
from parvis.telemetry.context.subscriptions.services import (
    create_subscription,
    delete_subscription,
    update_subscription,
)

_PATH = "/csourceSubscriptions"
_ONE = _PATH + "/{subscriptionId}"


@endpoint(
    "POST",
    _PATH,
    right=Right.REGISTER,
    body=Body.OBJECT,
    makes_tenant=True,
    answers={201: "created; its address is in Location", 400: "not a subscription", 409: "the id is taken"},
)
def _create(asked: Asked) -> Answer:
    draft = read_new(asked.body, asked.context, now=asked.now)
    with transaction.atomic():
        row = create_subscription(
            draft=draft,
            tenant_id=asked.tenant.id,
            context=kept_context(asked),
            rights=asked.rights,
            now=asked.now,
            subject=Subject.SOURCES,
        )
        tell_present(row, asked.now)
    return created(f"{_PATH}/{quote(row.urn, safe=':')}")


@endpoint(
    "GET",
    _PATH,
    right=Right.REGISTER,
    parameters=(*PAGING, SYS_ATTRS),
    answers={200: "the subscriptions, oldest first"},
)
def _listed(asked: Asked) -> Answer:
    page = page_of(asked)
    rows = reachable(asked, Subject.SOURCES)
    chosen = list(rows[page.offset : page.offset + page.limit + 1]) if page.limit else []
    return paged(
        asked,
        [_shown(row, asked) for row in chosen[: page.limit]],
        page,
        more=len(chosen) > page.limit,
        total=rows.count() if page.count else None,
    )


@endpoint(
    "GET",
    _ONE,
    right=Right.REGISTER,
    parameters=(SYS_ATTRS,),
    answers={200: "the subscription", 404: "there is none of this id"},
)
def _retrieve(asked: Asked) -> Answer:
    return document(asked, _shown(found(asked, Subject.SOURCES), asked))


@endpoint(
    "PATCH",
    _ONE,
    right=Right.REGISTER,
    body=Body.OBJECT,
    empty_part=405,
    answers={204: "changed", 400: "not a fragment of a subscription", 404: "there is none of this id"},
)
def _update(asked: Asked) -> Answer:
    before = _own(asked)
    if not asked.body.keys() - {"@context"}:
        raise BadRequestData("the fragment is empty")
    with transaction.atomic():
        row = update_subscription(
            urn=asked.path["subscriptionId"],
            tenant_id=asked.tenant.id,
            fragment=asked.body,
            context=_context_of_fragment(asked, before),
            now=asked.now,
            subject=Subject.SOURCES,
        )
        tell_present(row, asked.now)
    return nothing()


@endpoint(
    "DELETE",
    _ONE,
    right=Right.REGISTER,
    empty_part=405,
    answers={204: "deleted", 404: "there is none of this id"},
)
def _delete(asked: Asked) -> Answer:
    _own(asked)
    delete_subscription(
        urn=asked.path["subscriptionId"], tenant_id=asked.tenant.id, subject=Subject.SOURCES, now=asked.now
    )
    return nothing()


def _own(asked: Asked) -> Subscription:
    """Raises `OperationNotSupported` for one that this broker made to follow other brokers for a subscription."""
    row = found(asked, Subject.SOURCES)
    if is_keeper(row.document):
        raise OperationNotSupported("it goes with the subscription to entities that it is for")
    return row


def _context_of_fragment(asked: Asked, row: Subscription) -> Context:
    """That of the request; one that brings none is understood in the words of the subscription: clients are seen to count on it."""
    if "@context" in asked.body or link_of(asked.headers) is not None:
        return kept_context(asked)
    return resolve(row.context, tenant_id=asked.tenant.id, keep_inline=True, counted=False)


def _shown(row: Subscription, asked: Asked) -> dict[str, Any]:
    return presented(row, asked.context, sys_attrs="sysAttrs" in asked.query.options, now=asked.now)


ENDPOINTS: tuple[Endpoint, ...] = (_create, _listed, _retrieve, _update, _delete)
