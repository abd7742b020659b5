"""Requests to context sources, and what their answers mean (ETSI GS CIM 009 V1.8.1, 4.3.6, 6.3.17 to 6.3.19)."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import msgspec

from parvis.kernel import outgoing
from parvis.kernel.outgoing import (
    OutgoingError,
    OutgoingRequest,
    OutgoingResponse,
    OutgoingTimeout,
    OutgoingTooLarge,
)
from parvis.telemetry.context.broker.answering import link_to
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.broker.problems import (
    AlreadyExists,
    BadGateway,
    BadRequestData,
    GatewayTimeout,
    LdError,
    LoopDetected,
    OperationNotSupported,
    ResourceNotFound,
)
from parvis.telemetry.context.federation.counting import counter
from parvis.telemetry.context.federation.identity import alias_of
from parvis.telemetry.context.federation.remembering import memory
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context

TIMEOUT_S = 5.0
LARGEST_ANSWER = 16 << 20
OF_REQUEST = "urn:ngsi-ld:request"
"""As the value of a pair of `contextSourceInfo`: the header of this name that came with the request."""

_SAFE = ":/,;@!$'()*~-._="

PATIENCE = 3
REST_S = 5.0
"""A source that could not be reached `PATIENCE` times in a row is left alone that long, if its registration says nothing of it."""

_cooling: dict[int, float] = {}
"""Until when a source that failed is left alone, by id."""
_silent: dict[int, int] = {}
"""How many times in a row it could not be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """`path` is below `/ngsi-ld/v1`, encoded. `body`: JSON, its names those of `context`, without `@context`."""

    source: Source
    method: str
    path: str
    context: Context
    params: tuple[tuple[str, str], ...] = ()
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`error` None: the source did what it was asked. `warning`: code and text of `NGSILD-Warning`, empty when nothing is wrong."""

    forward: Forward
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: LdError | None = None
    warning: str = ""


class SourceProblem(LdError):
    """What a source refused, in its own words."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        super().__init__(_text(told.get("detail")) or f"The context source answered {status}.")
        self.told = {
            "type": _text(told.get("type")),
            "title": _text(told.get("title")) or "A context source refused",
            "detail": self.detail,
            "status": status,
        }

    @property
    def problem(self) -> dict[str, Any]:
        return self.told


def _text(value: Any) -> str:
    return value[:1000] if isinstance(value, str) else ""


def is_back(asked: Asked) -> bool:
    """Whether the request has been here already."""
    return bool(asked.via) and alias_of(asked.tenant) in asked.via


def context_of(source: Source, context: Context) -> Context:
    """The @context in which a source is spoken to: its own if its registration names one, else that of the client."""
    return resolve(source.context, tenant_id=source.tenant_id, counted=False) if source.context else context


def send(asked: Asked, forwards: Sequence[Forward]) -> list[Reply]:
    """All at once; a reply for each, in their order. One that is being left alone is not called."""
    now = time.monotonic()
    requests = {id(forward): request_of(asked, forward) for forward in forwards}
    by_forward: dict[int, OutgoingResponse | OutgoingError] = {}
    called, told = [], dict[int, OutgoingResponse]()
    for forward in forwards:
        request = requests[id(forward)]
        if (known := memory.answer(forward.source, request)) is not None:
            told[id(forward)] = known
        elif _cooling.get(forward.source.id, 0.0) <= now:
            called.append(forward)
    for forward, answer in zip(called, outgoing.gather([requests[id(one)] for one in called]), strict=True):
        memory.keep(forward.source, requests[id(forward)], answer)
        by_forward[id(forward)] = answer
    return [
        _answered(forward, told[id(forward)])
        if id(forward) in told
        else reply_of(asked, forward, by_forward.get(id(forward)))
        for forward in forwards
    ]


def request_of(asked: Asked, forward: Forward) -> OutgoingRequest:
    """As it is sent on behalf of a client."""
    source = forward.source
    params = [*forward.params, *((("local", "true"),) if source.local_only else ())]
    query = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in params)
    body = None
    if forward.body is not None:
        body = msgspec.json.encode(_with_context(forward) if _is_ld(source) else forward.body)
    return OutgoingRequest(
        method=forward.method,
        url=f"{source.endpoint}/ngsi-ld/v1{forward.path}" + (f"?{query}" if query else ""),
        headers=_headers(asked, forward),
        body=body,
        timeout_s=source.timeout_s or TIMEOUT_S,
        most_bytes=LARGEST_ANSWER,
    )


def _headers(asked: Asked, forward: Forward) -> dict[str, str]:
    source = forward.source
    headers = {"Accept": source.accept or str(Media.JSON)}
    for name, value in source.headers:
        if value != OF_REQUEST:
            headers[name] = value
        elif (copied := asked.headers.get(name.lower())) is not None:
            headers[name] = copied
    came = asked.headers.get("via", "")
    headers["Via"] = f"{came}, 1.1 {alias_of(asked.tenant)}" if came else f"1.1 {alias_of(asked.tenant)}"
    if source.tenant:
        headers["NGSILD-Tenant"] = source.tenant
    if forward.body is None or not _is_ld(source):
        headers["Link"] = link_to(forward.context)
    if forward.body is not None:
        headers["Content-Type"] = str(Media.LD if _is_ld(source) else Media.JSON)
    return headers


def _is_ld(source: Source) -> bool:
    return source.content_type == Media.LD


def _with_context(forward: Forward) -> Any:
    value = forward.context.value
    if isinstance(forward.body, list):
        return [one | {"@context": value} if isinstance(one, dict) else one for one in forward.body]
    return forward.body | {"@context": value}


def reply_of(asked: Asked, forward: Forward, answer: OutgoingResponse | OutgoingError | None) -> Reply:
    """What an answer means; it is counted. None: the source was not called."""
    source = forward.source
    if answer is None:
        return Reply(
            forward=forward,
            error=GatewayTimeout(f"{source.urn} failed a moment ago and is left alone for a while."),
            warning="199 is left alone for a while after a failure",
        )
    reply = _failed(forward, answer) if isinstance(answer, OutgoingError) else _answered(forward, answer)
    is_broken = isinstance(answer, OutgoingError) or answer.status >= 500 or isinstance(reply.error, BadGateway)
    silent = _silent.get(source.id, 0) + 1 if isinstance(answer, OutgoingError) else 0
    _silent[source.id] = silent
    rest_s = source.cooldown_s or (REST_S if silent >= PATIENCE else 0.0)
    if is_broken and rest_s:
        _cooling[source.id] = time.monotonic() + rest_s
    counter.count(source.id, failed=is_broken, now=asked.now)
    return reply


def _failed(forward: Forward, error: OutgoingError) -> Reply:
    urn = forward.source.urn
    if isinstance(error, OutgoingTimeout):
        return Reply(forward=forward, error=GatewayTimeout(f"{urn}: {error}"), warning="199 did not answer in time")
    if isinstance(error, OutgoingTooLarge):
        return Reply(forward=forward, error=BadGateway(f"{urn}: {error}"), warning="111 answered too much")
    return Reply(forward=forward, error=BadGateway(f"{urn}: {error}"), warning="199 cannot be reached")


def _answered(forward: Forward, answer: OutgoingResponse) -> Reply:
    body, readable = _decoded(answer.body)
    reply = Reply(forward=forward, status=answer.status, body=body, headers=answer.headers)
    if 200 <= answer.status < 300:
        if readable:
            return reply
        return _with(reply, BadGateway(f"{forward.source.urn} answered no JSON."), "111 answered no NGSI-LD")
    code = 199 if answer.status == LoopDetected.status else 299
    warning = "" if answer.status == ResourceNotFound.status else f"{code} answered {answer.status}"
    return _with(reply, _refusal(forward.source.urn, answer.status, body), warning)


def _refusal(urn: str, status: int, body: Any) -> LdError:
    """What the client is told of an answer that is no success."""
    if status in _OWN_WORDS:
        return _problem(status, body) or _OWN_WORDS[status](f"{urn} answered {status}.")
    if status == LoopDetected.status:
        return LoopDetected(f"{urn} says that the request comes back to it.")
    if status == GatewayTimeout.status:
        return GatewayTimeout(f"{urn} waited in vain for another broker.")
    return BadGateway(f"{urn} answered {status}.")


_OWN_WORDS: Mapping[int, type[LdError]] = {
    400: BadRequestData,
    404: ResourceNotFound,
    409: AlreadyExists,
    422: OperationNotSupported,
}


def _with(reply: Reply, error: LdError, warning: str) -> Reply:
    return replace(reply, error=error, warning=warning)


def _decoded(raw: bytes) -> tuple[Any, bool]:
    """The JSON, and whether it is some; nothing at all is."""
    if not raw.strip():
        return None, True
    try:
        return msgspec.json.decode(raw), True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, False


def _problem(status: int, body: Any) -> SourceProblem | None:
    """Its own problem, when it tells one of NGSI-LD."""
    if isinstance(body, dict) and isinstance(body.get("type"), str) and isinstance(body.get("title"), str):
        return SourceProblem(status, body)
    return None


def warnings_of(asked: Asked, replies: Sequence[Reply]) -> dict[str, str]:
    """The header by which a reader is told what is missing."""
    agent = alias_of(asked.tenant)
    texts = []
    for reply in replies:
        if reply.warning:
            code, _, text = reply.warning.partition(" ")
            texts.append(f'{code} {agent} "{reply.forward.source.urn} {text}"')
    return {"NGSILD-Warning": ", ".join(texts)} if texts else {}


def forget() -> None:
    """No source is left alone any more, no answer known."""
    _cooling.clear()
    _silent.clear()
    memory.forget()
