"""From an HTTP request to its endpoint and back; synchronous, called in a thread. Whatever happens is an answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import msgspec
import psycopg
from django.db import DatabaseError
from psycopg import errors

from parvis.kernel import clock
from parvis.kernel.registry import registry
from parvis.telemetry.context.broker.answering import Answer
from parvis.telemetry.context.broker.asking import Asked, Query, check_parameters
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Endpoints
from parvis.telemetry.context.broker.media import negotiated
from parvis.telemetry.context.broker.problems import (
    BadRequestData,
    InternalError,
    InvalidRequest,
    LdError,
    ResourceNotFound,
    TooComplexQuery,
    Unauthorised,
)
from parvis.telemetry.context.broker.rights import rights_of
from parvis.telemetry.context.broker.tenancy import tenant_of

log = logging.getLogger(__name__)

ROOT = "/ngsi-ld/v1"
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


class _Bare(Exception):
    """A refusal that is a status and nothing else."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers or {}


@cache
def endpoints() -> tuple[Endpoint, ...]:
    return tuple(one for _, given in registry.all(Endpoints) for one in given.endpoints)


@cache
def _routes() -> Mapping[int, tuple[Endpoint, ...]]:
    """By number of parts; those with fixed words first."""
    ordered = sorted(endpoints(), key=lambda one: [part.startswith("{") for part in one.parts])
    return {
        length: tuple(one for one in ordered if len(one.parts) == length)
        for length in {len(one.parts) for one in ordered}
    }


def serve(raw: Raw) -> Served:
    """Never raises."""
    tenant_name = raw.headers.get("ngsild-tenant", "")
    echo = {"NGSILD-Tenant": tenant_name} if tenant_name and tenant_name.isprintable() and tenant_name.isascii() else {}
    try:
        return _served(_answer(raw, tenant_name), echo)
    except _Bare as bare:
        return Served(status=bare.status, headers=echo | bare.headers, body=b"")
    except LdError as error:
        return _refused(error, echo)
    except Exception as error:
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


def _answer(raw: Raw, tenant_name: str) -> Answer:
    endpoint, parts = _routed(raw)
    rights = rights_of(raw.headers.get("authorization", ""), endpoint.right, tenant_name)
    content = _content_type(raw, endpoint)
    media = negotiated(raw.headers.get("accept", ""), endpoint.accepts)
    if media is None:
        raise _Bare(406)
    tenant = tenant_of(tenant_name, make=endpoint.makes_tenant)
    query = Query(raw.query)
    check_parameters(endpoint, query)
    path = dict(zip((part[1:-1] for part in endpoint.parts if part.startswith("{")), parts, strict=True))
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
        if endpoint.empty_part != HTTPStatus.BAD_REQUEST:
            raise _Bare(endpoint.empty_part)
        raise BadRequestData("a part of the path is empty")
    return endpoint(asked)


def _routed(raw: Raw) -> tuple[Endpoint, list[str]]:
    """The endpoint, and what stands for the variable parts of its path."""
    inner = raw.path[len(ROOT) :].strip()
    parts = [unquote(part) for part in inner.split("/")[1:]]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()
    found = [one for one in _routes().get(len(parts), ()) if _fits(one, parts)]
    if not found:
        if any(one.parts[0] == (parts or [""])[0] for one in endpoints()):
            raise _Bare(405)
        raise ResourceNotFound(f"there is nothing at {raw.path}")
    literal = found[0].path
    for one in found:
        if one.method == raw.method and (one.path == literal or "{" in literal):
            return one, [part for name, part in zip(one.parts, parts, strict=True) if name.startswith("{")]
    if inner.rstrip("/") == "/entities" and raw.method in ("PATCH", "PUT") and inner.endswith("/"):
        raise BadRequestData("the id of the entity is empty")
    raise _Bare(405, {"Allow": ", ".join(sorted({one.method for one in found}))})


def _fits(endpoint: Endpoint, parts: list[str]) -> bool:
    return all(name.startswith("{") or name == part for name, part in zip(endpoint.parts, parts, strict=True))


def _content_type(raw: Raw, endpoint: Endpoint) -> str:
    """That of the body, empty for a request that has none."""
    if raw.method not in _WITH_BODY:
        return ""
    if "content-length" not in raw.headers:
        raise _Bare(411)
    content = raw.headers.get("content-type", "").partition(";")[0].strip().lower()
    if endpoint.body is Body.NONE and not raw.body:
        return content
    if content in _TAKEN:
        return content
    if content == _MERGE_PATCH and raw.method == "PATCH":
        return "application/json"
    raise _Bare(415)


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
    headers = echo | {"Content-Type": "application/json"}
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    return Served(status=error.status, headers=headers, body=msgspec.json.encode(error.problem))
