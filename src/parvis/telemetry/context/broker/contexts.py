"""`/jsonldContexts`: @contexts held, given and fetched (ETSI GS CIM 009 V1.8.1, 5.13 and 6.29, 6.30)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from parvis.telemetry.context.broker.answering import Answer, created, nothing
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Body, Right, endpoint
from parvis.telemetry.context.broker.parameters import Parameter, flag
from parvis.telemetry.context.broker.problems import BadRequestData, InvalidRequest, ResourceNotFound
from parvis.telemetry.context.jsonld import catalogue, documents, hits
from parvis.telemetry.context.jsonld.core import CORE_URL, core_document, is_core
from parvis.telemetry.context.jsonld.places import own_id, own_url
from parvis.telemetry.context.jsonld.product import PRODUCT_ID, product_document
from parvis.telemetry.context.models import ContextKind, JsonLdContext
from parvis.telemetry.context.ngsild.instants import instant

BUNDLED_AT: Final = datetime(2024, 3, 1, tzinfo=UTC)
"""`createdAt` of what comes with the product: the month V1.8.1 was published."""

_DETAILS = flag("details", "what is known of it instead of the document")
_KIND = Parameter(name="kind", schema={"type": "string", "enum": [*ContextKind.values]})
_RELOAD = flag("reload", "fetch the copy anew instead of deleting it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A context as the API shows it: a row, or one of the bundle, which has none."""

    url: str
    local_id: str
    kind: str
    created_at: datetime
    bundled: Mapping[str, Any] = field(default_factory=dict)
    row: JsonLdContext | None = None

    @property
    def document(self) -> Mapping[str, Any]:
        """`{"@context": …}`."""
        return self.row.body if self.row is not None else self.bundled

    @property
    def details(self) -> dict[str, Any]:
        told = {"URL": self.url, "localId": self.local_id, "kind": self.kind, "createdAt": instant(self.created_at)}
        if self.row is None:
            return told
        if self.row.used_at is not None:
            told["lastUsage"] = instant(self.row.used_at)
        return told | {"numberOfHits": self.row.hits}


@endpoint(
    "POST",
    "/jsonldContexts",
    right=Right.WRITE,
    body=Body.OBJECT,
    plain_body=True,
    makes_tenant=True,
    answers={201: "the @context is hosted; Location says where"},
)
def add(asked: Asked) -> Answer:
    if "@context" not in asked.body:
        raise InvalidRequest("the body must have the member @context")
    row = documents.host(asked.body["@context"], tenant_id=asked.tenant.id, now=asked.now)
    return created(f"/jsonldContexts/{quote(row.local_id, safe='')}")


@endpoint(
    "GET",
    "/jsonldContexts",
    right=Right.READ,
    parameters=(_DETAILS, _KIND),
    plain_body=True,
    any_tenant=True,
    answers={200: "their URLs, or what is known of them"},
)
def listed(asked: Asked) -> Answer:
    details = asked.query.flag("details")
    kind = asked.query.get("kind")
    if kind not in ("", *ContextKind.values):
        raise BadRequestData(f"kind: one of {', '.join(ContextKind.values)} is expected")
    hits.flush()
    rows = JsonLdContext.objects.filter(tenant_id=asked.tenant.id)
    shown = [*_bundle(), *(_of_row(row) for row in rows.defer("body"))]
    chosen = [one for one in shown if kind in ("", one.kind)]
    return Answer(body=[one.details if details else one.url for one in chosen], media=asked.accept)


@endpoint(
    "GET",
    "/jsonldContexts/{contextId}",
    right=Right.ANYBODY,
    parameters=(_DETAILS,),
    plain_body=True,
    any_tenant=True,
    empty_part=405,
    answers={200: "the document, or what is known of it", 404: "there is none of this id"},
)
def served(asked: Asked) -> Answer:
    details = asked.query.flag("details")
    hits.flush()
    shown = _found(asked)
    if shown is None:
        raise ResourceNotFound(f"there is no @context {asked.path['contextId']!r}")
    answer = Answer(body=shown.details if details else dict(shown.document), media=asked.accept)
    if shown.row is not None and shown.row.kind != ContextKind.HOSTED:
        hits.count((shown.row.pk,))  # a copy that someone asks for is used; the suite of ETSI counts it so
    return answer


@endpoint(
    "DELETE",
    "/jsonldContexts/{contextId}",
    right=Right.WRITE,
    parameters=(_RELOAD,),
    plain_body=True,
    empty_part=405,
    answers={204: "it is deleted, or fetched anew", 404: "there is none of this id", 503: "it cannot be fetched"},
)
def deleted(asked: Asked) -> Answer:
    reload = asked.query.flag("reload")
    shown = _found(asked)
    if reload:
        _reload(shown, asked)
        return nothing()
    if shown is None:
        raise ResourceNotFound(f"there is no @context {asked.path['contextId']!r}")
    if shown.row is None:
        raise BadRequestData("this @context comes with the broker and cannot be deleted")
    shown.row.delete()
    catalogue.forget()
    return nothing()


def _reload(shown: _Shown | None, asked: Asked) -> None:
    """The core is always fresh: it is never fetched. Raises `BadRequestData` and `LdContextNotAvailable`."""
    if shown is None or shown.kind != ContextKind.CACHED:
        raise BadRequestData("reload is only for copies of @contexts from elsewhere")
    if shown.row is not None:
        documents.reload(shown.row, now=asked.now)
        catalogue.forget()


def _found(asked: Asked) -> _Shown | None:
    name = asked.path["contextId"]
    for one in _bundle():
        if name in (one.local_id, one.url) or (one.url == CORE_URL and is_core(name)) or own_id(name) == one.local_id:
            return one
    row = documents.held(name, tenant_id=asked.tenant.id)
    return _of_row(row) if row else None


def _of_row(row: JsonLdContext) -> _Shown:
    return _Shown(
        url=row.url or own_url(row.local_id),
        local_id=row.local_id,
        kind=row.kind,
        created_at=row.created_at,
        row=row,
    )


def _bundle() -> tuple[_Shown, ...]:
    return (
        _Shown(url=CORE_URL, local_id="core", kind=ContextKind.CACHED, created_at=BUNDLED_AT, bundled=core_document()),
        _Shown(
            url=own_url(PRODUCT_ID),
            local_id=PRODUCT_ID,
            kind=ContextKind.HOSTED,
            created_at=BUNDLED_AT,
            bundled=product_document(),
        ),
    )


ENDPOINTS = (add, listed, served, deleted)
