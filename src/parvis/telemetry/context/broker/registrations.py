"""`/csourceRegistrations` (ETSI GS CIM 009 V1.8.1, 5.9, 5.10, 6.8 and 6.9)."""

from typing import Any

from django.conf import settings

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, created, document, nothing, page_of, paged
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.federation.asking import source_query
from parvis.telemetry.context.federation.counting import counter
from parvis.telemetry.context.federation.discovery import narrowed
from parvis.telemetry.context.federation.documents import read_registration, rendered
from parvis.telemetry.context.federation.registering import change, register, registration, remove
from parvis.telemetry.context.models import Registration
from parvis.telemetry.context.ngsild.names import uri

_OPTIONS = parameters.words("options", "sysAttrs", "normalized", "concise", "keyValues", "simplified")
_FORMAT = parameters.words("format", "normalized", "concise", "keyValues", "simplified")


@endpoint(
    "POST",
    "/csourceRegistrations",
    right=Right.REGISTER,
    body=Body.OBJECT,
    makes_tenant=True,
    answers={201: "registered", 409: "the id is taken, or what it claims is"},
)
def _create(asked: Asked) -> Answer:
    draft = read_registration(asked.body, asked.context, now=asked.now)
    urn = register(draft, context=asked.context, tenant_id=asked.tenant.id, now=asked.now)
    return created(f"/csourceRegistrations/{urn}")


@endpoint(
    "GET",
    "/csourceRegistrations",
    right=Right.REGISTER,
    parameters=(
        parameters.TYPE,
        parameters.text("id", "of entities, comma separated"),
        parameters.text("idPattern", "regular expression on ids of entities"),
        parameters.text("attrs", "names of attributes, comma separated"),
        parameters.text("q", "condition on properties of the source"),
        parameters.text("csf", "condition on properties of the source"),
        parameters.text("georel", "relation of a geo-query"),
        parameters.text("geometry", "geometry of a geo-query"),
        parameters.text("coordinates", "coordinates of a geo-query"),
        parameters.text("geoproperty", "location, observationSpace or operationSpace"),
        parameters.text("scopeQ", "scopes"),
        parameters.text("timerel", "before, after or between"),
        parameters.text("timeAt", "instant"),
        parameters.text("endTimeAt", "instant"),
        parameters.text("timeproperty", "observedAt, createdAt, modifiedAt or deletedAt"),
        parameters.DATASET,
        _OPTIONS,
        _FORMAT,
        *parameters.PAGING,
    ),
    answers={200: "those that match"},
)
def _query(asked: Asked) -> Answer:
    page = page_of(asked)
    counter.flush()
    found = list(source_query(asked).found(index.registered(asked.tenant.id, asked.now)))
    chosen = found[page.offset : page.offset + page.limit]
    rows = Registration.objects.in_bulk([source.id for source, _ in chosen])
    items = []
    for source, how in chosen:
        if row := rows.get(source.id):
            kept = row.document if settings.PARVIS_OPEN_BROKER else narrowed(row.document, how)
            items.append(_shown(asked, row, kept))
    return paged(asked, items, page, more=page.offset + page.limit < len(found), total=len(found))


@endpoint(
    "GET",
    "/csourceRegistrations/{registrationId}",
    right=Right.REGISTER,
    parameters=(_OPTIONS, _FORMAT),
    answers={200: "the registration", 404: "there is none"},
)
def _retrieve(asked: Asked) -> Answer:
    counter.flush()
    row = registration(_urn(asked), tenant_id=asked.tenant.id, now=asked.now)
    return document(asked, _shown(asked, row, row.document))


@endpoint(
    "PATCH",
    "/csourceRegistrations/{registrationId}",
    right=Right.REGISTER,
    body=Body.OBJECT,
    empty_part=405,
    answers={204: "changed", 404: "there is none", 409: "what it claims is taken"},
)
def _update(asked: Asked) -> Answer:
    if not asked.body.keys() - {"@context"}:
        raise BadRequestData("The fragment is empty.")
    change(_urn(asked), asked.body, context=asked.context, tenant_id=asked.tenant.id, now=asked.now)
    return nothing()


@endpoint(
    "DELETE",
    "/csourceRegistrations/{registrationId}",
    right=Right.REGISTER,
    empty_part=405,
    answers={204: "removed", 404: "there is none"},
)
def _delete(asked: Asked) -> Answer:
    remove(_urn(asked), tenant_id=asked.tenant.id, now=asked.now)
    return nothing()


def _urn(asked: Asked) -> str:
    return uri(asked.path["registrationId"])


def _shown(asked: Asked, row: Registration, kept: dict[str, Any]) -> dict[str, Any]:
    """With what is ours to tell: how it answered once it was asked, and its dates when they are wished."""
    body = rendered(row.urn, kept, asked.context)
    if row.times_sent:
        failing = row.last_failure is not None and (row.last_success is None or row.last_failure > row.last_success)
        body |= {"status": "failed" if failing else "ok", "timesSent": row.times_sent}
        body |= {"timesFailed": row.times_failed} if row.times_failed else {}
        for name, instant in (("lastSuccess", row.last_success), ("lastFailure", row.last_failure)):
            if instant is not None:
                body[name] = instant_text(instant)
    if "sysAttrs" in asked.query.options:
        body |= {"createdAt": instant_text(row.created_at), "modifiedAt": instant_text(row.modified_at)}
    return body


ENDPOINTS: tuple[Endpoint, ...] = (_create, _query, _retrieve, _update, _delete)
