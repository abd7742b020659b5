"""`/subscriptions` (ETSI GS CIM 009 V1.8.1, 6.10 and 6.11)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from parvis.telemetry.context.broker.answering import Answer, created, document, nothing, page_of, paged
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Body, Right, endpoint
from parvis.telemetry.context.broker.parameters import LOCAL, PAGING, SYS_ATTRS
from parvis.telemetry.context.broker.problems import BadRequestData, LoopDetected, ResourceNotFound
from parvis.telemetry.context.federation.copies.keeping import failing, not_ending
from parvis.telemetry.context.federation.forwarding import is_back
from parvis.telemetry.context.federation.identity import alias_of
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.subscriptions.documents import read_new
from parvis.telemetry.context.subscriptions.presenting import presented
from parvis.telemetry.context.subscriptions.services import (
    create_subscription,
    delete_subscription,
    update_subscription,
)

_ID = "subscriptionId"


def kept_context(asked: Asked) -> Context:
    """The one of the request; an inline one is given an address, for notifications to name it."""
    if isinstance(asked.body, Mapping) and "@context" in asked.body:
        return resolve(asked.body["@context"], tenant_id=asked.tenant.id, keep_inline=True, counted=False)
    return asked.context


@endpoint(
    "POST",
    "/subscriptions",
    right=Right.SUBSCRIBE,
    parameters=(LOCAL,),
    body=Body.OBJECT,
    makes_tenant=True,
    answers={201: "created; its address is in Location", 400: "not a subscription", 409: "the id is taken"},
)
def create(asked: Asked) -> Answer:
    if is_back(asked):
        raise LoopDetected("The request came back: what changes here is told by the subscription it came from.")
    draft = read_new(asked.body, asked.context, now=asked.now)
    if asked.local:
        draft.document["localOnly"] = True
    row = create_subscription(
        draft=draft,
        tenant_id=asked.tenant.id,
        context=kept_context(asked),
        rights=asked.rights,
        now=asked.now,
        via=asked.via,
    )
    return created(f"/subscriptions/{quote(row.urn, safe=':')}")


@endpoint(
    "GET",
    "/subscriptions",
    right=Right.SUBSCRIBE,
    parameters=(*PAGING, SYS_ATTRS, LOCAL),
    answers={200: "the subscriptions, oldest first"},
)
def listed(asked: Asked) -> Answer:
    page = page_of(asked)
    rows = reachable(asked, Subject.ENTITIES)
    found = list(rows[page.offset : page.offset + page.limit + 1]) if page.limit else []
    return paged(
        asked,
        [_shown(row, asked) for row in found[: page.limit]],
        page,
        more=len(found) > page.limit,
        total=rows.count() if page.count else None,
    )


@endpoint(
    "GET",
    "/subscriptions/{subscriptionId}",
    right=Right.SUBSCRIBE,
    parameters=(SYS_ATTRS, LOCAL),
    answers={200: "the subscription", 404: "there is none of this id"},
)
def retrieve(asked: Asked) -> Answer:
    row = found(asked, Subject.ENTITIES)
    return document(asked, _shown(row, asked), headers=_warnings(row, asked))


@endpoint(
    "PATCH",
    "/subscriptions/{subscriptionId}",
    right=Right.SUBSCRIBE,
    parameters=(LOCAL,),
    body=Body.OBJECT,
    empty_part=405,
    answers={204: "changed", 400: "not a fragment of a subscription", 404: "there is none of this id"},
)
def update(asked: Asked) -> Answer:
    found(asked, Subject.ENTITIES)
    if not asked.body.keys() - {"@context"}:
        raise BadRequestData("the fragment is empty")
    update_subscription(
        urn=asked.path[_ID],
        tenant_id=asked.tenant.id,
        fragment=asked.body,
        context=kept_context(asked),
        now=asked.now,
    )
    return nothing()


@endpoint(
    "DELETE",
    "/subscriptions/{subscriptionId}",
    right=Right.SUBSCRIBE,
    parameters=(LOCAL,),
    empty_part=405,
    answers={204: "deleted", 404: "there is none of this id"},
)
def delete(asked: Asked) -> Answer:
    found(asked, Subject.ENTITIES)
    delete_subscription(urn=asked.path[_ID], tenant_id=asked.tenant.id, now=asked.now)
    return nothing()


def reachable(asked: Asked, subject: Subject) -> Any:
    """Those of the tenant; with a token of an organisation only those made with its tokens."""
    rows = Subscription.objects.filter(not_ending(), tenant_id=asked.tenant.id, subject=subject).order_by("id")
    if not asked.rights.open and asked.rights.organisation_id is not None:
        rows = rows.filter(organisation_id=asked.rights.organisation_id)
    return rows


def found(asked: Asked, subject: Subject) -> Subscription:
    """Raises `BadRequestData`, `ResourceNotFound`."""
    urn = uri(asked.path[_ID], "The id of the subscription")
    row: Subscription | None = reachable(asked, subject).filter(urn=urn).first()
    if row is None:
        raise ResourceNotFound(f"there is no subscription {urn}")
    return row


def _warnings(row: Subscription, asked: Asked) -> dict[str, str]:
    """Which sources are not followed as they should be, by the header that says so of reads."""
    agent = alias_of(asked.tenant)
    texts = [f'199 {agent} "{urn} does not follow: {_spoken(text)}"' for urn, text in failing(row).items()]
    return {"NGSILD-Warning": ", ".join(texts)} if texts else {}


def _spoken(text: str) -> str:
    """In a quoted string of a header."""
    return "".join(letter for letter in text if letter.isascii() and letter.isprintable() and letter not in '"\\\\')


def _shown(row: Subscription, asked: Asked) -> dict[str, Any]:
    return presented(row, asked.context, sys_attrs="sysAttrs" in asked.query.options, now=asked.now)


ENDPOINTS = (create, listed, retrieve, update, delete)
