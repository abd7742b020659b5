"""Documents held for a tenant: hosted, copied from elsewhere, made for inline contexts; and those an operator loaded by hand.

What the operator loaded is not a copy but a source: it stands for the network, is pinned, and survives the deletion of copies.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.db import transaction

from parvis.telemetry.context.broker.problems import BadRequestData, LdContextNotAvailable, LdError
from parvis.telemetry.context.jsonld.core import core_document, is_core
from parvis.telemetry.context.jsonld.definitions import check_context
from parvis.telemetry.context.jsonld.fetching import alone, fetch, forget_failures
from parvis.telemetry.context.jsonld.places import is_here, own_id
from parvis.telemetry.context.models import ContextKind, JsonLdContext

OPERATOR: Final = -1
"""The `tenant_id` of documents loaded by hand: no tenant's, a source for all."""

MOST_COPIES: Final = 1000
"""Kept per tenant; anybody may name a @context, so the copies used longest ago give way."""


def canonical(value: Any) -> str:
    """The same text for equal values. Raises `BadRequestData` for one nested without end."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise BadRequestData("the @context is nested too deep") from error


def check(value: Any, *, base: str = "") -> None:
    """Of what is about to be kept. Raises `BadRequestData`."""
    check_context(value, base=base)
    if "\\u0000" in canonical(value):
        raise BadRequestData("an @context cannot hold NUL characters")


def held(name: str, *, tenant_id: int) -> JsonLdContext | None:
    """By local id, by the URL of a copy, or by our own URL."""
    rows = JsonLdContext.objects.filter(tenant_id=tenant_id)
    return rows.filter(local_id=own_id(name) or name).first() or rows.filter(url=name).exclude(url="").first()


def usable(url: str, *, tenant_id: int, now: datetime) -> JsonLdContext:
    """The row to use for a URL, copied now if it must be. Raises `LdContextNotAvailable` or `BadRequestData`."""
    if row := held(url, tenant_id=tenant_id):
        return row
    if own_id(url) is not None and is_here(url):
        raise LdContextNotAvailable(f"there is no @context at {url}")
    with alone(url):
        return held(url, tenant_id=tenant_id) or _copy(url, source(url), tenant_id=tenant_id, now=now)


def source(url: str) -> Mapping[str, Any]:
    """What is at the URL: bundled, loaded by hand, else of the network. Raises `LdContextNotAvailable` or `BadRequestData`."""
    if is_core(url):
        return core_document()
    loaded = JsonLdContext.objects.filter(tenant_id=OPERATOR, url=url).values_list("body", flat=True).first()
    return loaded if loaded is not None else fetch(url)


def _copy(url: str, document: Mapping[str, Any], *, tenant_id: int, now: datetime) -> JsonLdContext:
    with transaction.atomic():
        row, made = JsonLdContext.objects.get_or_create(
            tenant_id=tenant_id,
            url=url,
            defaults={
                "local_id": str(uuid4()),
                "kind": ContextKind.CACHED,
                "body": dict(document),
                "created_at": now,
                "fetched_at": now,
            },
        )
        if made:
            _give_way(tenant_id)
    return row


def _give_way(tenant_id: int) -> None:
    copies = JsonLdContext.objects.filter(tenant_id=tenant_id, kind=ContextKind.CACHED)
    if copies.count() > MOST_COPIES:
        oldest = copies.order_by("used_at", "id").values_list("id", flat=True)[: MOST_COPIES // 10]
        copies.filter(id__in=list(oldest)).delete()


def host(value: Any, *, tenant_id: int, now: datetime) -> JsonLdContext:
    """Takes a document in. Raises `BadRequestData`."""
    if value is None:
        raise BadRequestData("the @context is null")
    check(value)
    return JsonLdContext.objects.create(
        tenant_id=tenant_id,
        local_id=str(uuid4()),
        kind=ContextKind.HOSTED,
        body={"@context": value},
        created_at=now,
    )


def inline_id(value: Any) -> str:
    """The local id an inline context is kept by: the same for equal ones."""
    return str(uuid5(NAMESPACE_URL, canonical(value)))


def keep_inline(value: Any, *, tenant_id: int, now: datetime) -> JsonLdContext:
    """Gives an inline context a row, the same one each time. Raises `BadRequestData`."""
    check(value)
    row, _ = JsonLdContext.objects.get_or_create(
        tenant_id=tenant_id,
        local_id=inline_id(value),
        defaults={"kind": ContextKind.IMPLICIT, "body": {"@context": value}, "created_at": now},
    )
    return row


def reload(row: JsonLdContext, *, now: datetime) -> None:
    """Fetches a copy anew. Raises `LdContextNotAvailable`, also when what comes is no @context: the old copy then stays."""
    forget_failures()
    try:
        document = source(row.url)
    except LdError as error:
        raise LdContextNotAvailable(error.detail) from error
    JsonLdContext.objects.filter(pk=row.pk).update(body=dict(document), fetched_at=now)


def load_by_hand(url: str, document: Mapping[str, Any], *, now: datetime) -> bool:
    """From now on this is the document of that URL, for every tenant; copies made before are dropped. False: it replaces another.

    Raises `BadRequestData`.
    """
    check(document["@context"], base=url)
    with transaction.atomic():
        _, made = JsonLdContext.objects.update_or_create(
            tenant_id=OPERATOR,
            url=url,
            defaults={"local_id": url, "kind": ContextKind.CACHED, "body": dict(document), "created_at": now},
        )
        JsonLdContext.objects.filter(url=url).exclude(tenant_id=OPERATOR).delete()
    return made


def take_back(url: str) -> bool:
    """The document loaded by hand and its copies are dropped. False: there was none."""
    with transaction.atomic():
        found, _ = JsonLdContext.objects.filter(tenant_id=OPERATOR, url=url).delete()
        if found:
            JsonLdContext.objects.filter(url=url).delete()
    return found > 0
