"""How tests ask the broker: through everything but the socket and the threads, so inside the transaction of the test."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from parvis.telemetry.context.broker.dispatch import Raw, Served, serve
from parvis.telemetry.context.broker.routing import ROOT


@dataclass(frozen=True, slots=True)
class Told:
    """An answer; `json` is its body, None when there is none."""

    status: int
    headers: dict[str, str]
    json: Any


def ask(
    method: str,
    path: str,
    body: Any = None,
    *,
    query: dict[str, str] | None = None,
    link: str = "",
    content: str = "application/json",
    accept: str = "",
    headers: dict[str, str] | None = None,
    raw: bytes | None = None,
) -> Told:
    """`path` is below `/ngsi-ld/v1`, not encoded; `link` the URL of a @context; `raw` a body that is not JSON."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    data = raw if raw is not None else b"" if body is None else msgspec.json.encode(body)
    if method in ("POST", "PUT", "PATCH"):
        sent.setdefault("content-length", str(len(data)))
        sent.setdefault("content-type", content)
    if link:
        sent["link"] = f'<{link}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    if accept:
        sent["accept"] = accept
    served = serve(
        Raw(
            method=method,
            path=ROOT + quote(path, safe="/:%"),
            query=urlencode(query or {}),
            headers=sent,
            body=data,
        )
    )
    return Told(served.status, served.headers, _json(served))


def _json(served: Served) -> Any:
    return msgspec.json.decode(served.body) if served.body else None
