"""From an HTTP request to its endpoint and back; synchronous, called in a thread. Whatever happens is an answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
import psycopg
from django.db import DatabaseError
from psycopg import errors

from parvis.kernel import clock
from parvis.kernel.outgoing import Elsewhere
from parvis.telemetry.context.broker.answering import Answer, Write
from parvis.telemetry.context.broker.asking import Asked, Query, check_parameters
from parvis.telemetry.context.broker.endpoints import Body, Endpoint
from parvis.telemetry.context.broker.media import negotiated
from parvis.telemetry.context.broker.problems import (
    BadRequestData,
    InternalError,
    InvalidRequest,
    LdError,
    TooComplexQuery,
    Unauthorised,
)
from parvis.telemetry.context.broker.rights import rights_of
from parvis.telemetry.context.broker.routing import ROOT, Bare, routed
from parvis.telemetry.context.broker.tenancy import tenant_of
from parvis.telemetry.context.store.batching import submit
from parvis.telemetry.context.store.values import Outcome

log = logging.getLogger(__name__)

_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_TAKEN = {"application/json", "application/ld+json"}
_MERGE_PATCH = "application/merge-patch+json"
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """As it came: `path` still percent-encoded, from the root of the server; `headers` with lower-case names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request that waits for its write. `echo` are the headers of whatever it is answered."""

    raw: Raw
    echo: dict[str, str]
    write: Write
    tenant_id: int
    owner: int | None

    def end(self, outcomes: list[Outcome]) -> Served:
        """The answer, once the write is committed."""
        try:
            return _served(self.write.finish(outcomes), self.echo)
        except Exception as error:
            return _told(error, self.raw, self.echo)

    def fail(self, error: Exception) -> Served:
        """The answer, when nothing could be written."""
        return _told(error, self.raw, self.echo)


def serve(raw: Raw) -> Served:
    """Never raises."""
    begun = begin(raw)
    if isinstance(begun, Served):
        return begun
    try:
        outcomes = submit(begun.write.operations, tenant_id=begun.tenant_id, owner=begun.owner)
    except Exception as error:
        return begun.fail(error)
    return begun.end(outcomes)


def begin(raw: Raw) -> Served | Begun:
    """The answer, or what must be written before it. Raises `outgoing.Elsewhere` where that thread must not wait for the network."""
    tenant_name = raw.headers.get("ngsild-tenant", "")
    echo = {"NGSILD-Tenant": tenant_name} if tenant_name and tenant_name.isprintable() and tenant_name.isascii() else {}
    try:
        asked = _asked(raw, tenant_name)
        answer = asked.endpoint(asked)
        if isinstance(answer, Answer):
            return _served(answer, echo)
        return Begun(raw=raw, echo=echo, write=answer, tenant_id=asked.tenant.id, owner=asked.rights.organisation_id)
    except Elsewhere:
        raise
    except Exception as error:
        return _told(error, raw, echo)


def _told(error: Exception, raw: Raw, echo: dict[str, str]) -> Served:
    if isinstance(error, Bare):
        return Served(status=error.status, headers=echo | error.headers, body=b"")
    if isinstance(error, LdError):
        return _refused(error, echo)
    return _failed(error, raw, echo)


def _failed(error: Exception, raw: Raw, echo: dict[str, str]) -> Served:
    """What was not foreseen, told without its details: those are in the log."""
    cause = error.__cause__ if isinstance(error, DatabaseError) and error.__cause__ else error
    if isinstance(cause, errors.QueryCanceled):
        return _refused(TooComplexQuery("it takes longer than the time a query is given"), echo)
    if isinstance(cause, psycopg.OperationalError):
        log.warning("the database does not answer: %s", error)
        return Served(status=503, headers=echo | {"Retry-After": "2"}, body=b"")
    log.error("%s %s", raw.method, raw.path, exc_info=error)
    if isinstance(cause, psycopg.DataError | RecursionError):
        return _refused(BadRequestData("a value cannot be stored or compared"), echo)
    return _refused(InternalError("the request could not be served; it is in the log of the broker"), echo)


def _asked(raw: Raw, tenant_name: str) -> Asked:
    endpoint, path = routed(raw.method, raw.path[len(ROOT) :])
    rights = rights_of(raw.headers.get("authorization", ""), endpoint.right, tenant_name)
    content = _content_type(raw, endpoint)
    media = negotiated(raw.headers.get("accept", ""), endpoint.accepts)
    if media is None:
        raise Bare(406)
    tenant = tenant_of(tenant_name, make=endpoint.makes_tenant, any_name=endpoint.any_tenant)
    query = Query(raw.query)
    check_parameters(endpoint, query)
    asked = Asked(
        endpoint=endpoint,
        target=raw.path,
        path=path,
        query=query,
        headers=raw.headers,
        body=_body(raw, endpoint),
        media=media,
        content=content,
        tenant=tenant,
        rights=rights,
        now=clock.now(),
    )
    if not endpoint.plain_body:
        _ = asked.context
    if not all(path.values()):
        first, *others = path.values()
        if endpoint.empty_part != HTTPStatus.BAD_REQUEST and (first or not others):
            raise Bare(endpoint.empty_part)
        raise BadRequestData("a part of the path is empty")
    return asked


def _content_type(raw: Raw, endpoint: Endpoint) -> str:
    """That of the body, empty for a request that has none. A body whose form is not told is read as JSON."""
    if raw.method not in _WITH_BODY:
        return ""
    if "content-length" not in raw.headers:
        raise Bare(411)
    content = raw.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if endpoint.body is Body.NONE and not raw.body:
        return content
    if content in _TAKEN:
        return content
    if content == _MERGE_PATCH and raw.method == "PATCH":
        return "application/json"
    raise Bare(415)


def _body(raw: Raw, endpoint: Endpoint) -> Any:
    """Raises `InvalidRequest` for what is not JSON, or not of the kind expected."""
    if endpoint.body is Body.NONE or raw.method not in _WITH_BODY:
        return None
    try:
        body = _decode(raw.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if endpoint.body is Body.OBJECT and not isinstance(body, dict):
        raise InvalidRequest("the body must be a JSON object")
    if endpoint.body is Body.ARRAY and not isinstance(body, list):
        raise BadRequestData("the body must be a JSON array")
    return body


def _served(answer: Answer, echo: dict[str, str]) -> Served:
    headers = echo | answer.headers
    if answer.body is None:
        return Served(status=answer.status, headers=headers, body=b"")
    headers["Content-Type"] = answer.media
    return Served(status=answer.status, headers=headers, body=msgspec.json.encode(answer.body))


def _refused(error: LdError, echo: dict[str, str]) -> Served:
    headers = echo | error.headers | {"Content-Type": "application/json"}
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    return Served(status=error.status, headers=headers, body=msgspec.json.encode(error.problem))
