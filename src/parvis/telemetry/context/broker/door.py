"""The NGSI-LD API as a hot door: bodies are read in the event loop, requests served in threads of their own."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from msgspec.json import encode
from starlette.types import Receive, Scope, Send

from parvis.telemetry.context.broker.dispatch import Raw, Served, serve
from parvis.telemetry.context.broker.openapi import document
from parvis.telemetry.context.broker.quick import Quick, is_quick
from parvis.telemetry.context.broker.routing import ROOT

LARGEST_BODY = 20 << 20
THREADS = 16
"""Requests served at once, each with at most one database connection; others wait their turn."""

_OPENAPI = f"{ROOT}/openapi.json"
_TOO_LARGE = Served(status=413, headers={}, body=b"")


class _Gone(Exception):
    """The client hung up before its body was whole."""


class Door:
    """An ASGI application, mounted at `/ngsi-ld/v1`."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._quick: Quick | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        if path == _OPENAPI and scope["method"] == "GET":
            await _send(Served(status=200, headers={"Content-Type": "application/json"}, body=encode(document())), send)
            return
        try:
            body = await _body(receive, headers)
        except _Gone:
            return
        if body is None:
            await _send(_TOO_LARGE, send)
            return
        query = scope["query_string"].decode("latin-1")
        raw = Raw(method=scope["method"], path=path, query=query, headers=headers, body=body)
        await _send(await self._serve(raw), send)

    async def _serve(self, raw: Raw) -> Served:
        loop = asyncio.get_running_loop()
        if is_quick(raw):
            if self._quick is None:
                self._quick = Quick(loop)
            served = await self._quick.ask(raw)
            if served is not None:
                return served
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="broker")
        return await loop.run_in_executor(self._threads, serve, raw)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Connections to the database end with the threads that made them; this one may not touch any."""
        try:
            yield
        finally:
            self._quick = None
            if self._threads is not None:
                self._threads.shutdown()
                self._threads = None


def _headers(scope: Scope) -> dict[str, str]:
    """By lower-case name; values of one name that comes twice are joined."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _body(receive: Receive, headers: dict[str, str]) -> bytes | None:
    """None when it is larger than `LARGEST_BODY`, of which no more is read."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if len(parts) > 1 else part


async def _send(served: Served, send: Send) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in served.headers.items()
    ]
    if served.status not in (204, 304):
        headers.append((b"content-length", str(len(served.body)).encode()))
    await send({"type": "http.response.start", "status": served.status, "headers": headers})
    await send({"type": "http.response.body", "body": served.body})
