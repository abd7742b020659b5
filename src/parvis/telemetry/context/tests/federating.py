"""Registrations for tests, and a context source that a test scripts."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REGISTRATIONS = "/csourceRegistrations"
URN = "urn:ngsi-ld:ContextSourceRegistration:neighbour"


def registration(**members: Any) -> dict[str, Any]:
    """Of a neighbour's car parks."""
    return {
        "id": URN,
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "OffStreetParking"}]}],
        "endpoint": "http://neighbour.example",
    } | members


@dataclass(kw_only=True)
class Received:
    method: str
    target: str
    headers: Mapping[str, str]
    body: Any


@dataclass(kw_only=True)
class StubSource:
    """A context source: answers what the test says it does, to the exact request line, and remembers what came. Else 404."""

    address: str = ""
    replies: dict[tuple[str, str], tuple[int, Any, Mapping[str, str], float]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    hurry: threading.Event = field(default_factory=threading.Event)

    def reply(
        self,
        method: str,
        target: str,
        status: int,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        after_s: float = 0.0,
    ) -> None:
        """A body that is text is sent as it is."""
        self.replies[(method, target)] = (status, body, headers or {}, after_s)

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.target}" for one in self.received]


def _handler(stub: StubSource) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length) if length else b""
            stub.received.append(
                Received(
                    method=self.command,
                    target=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=json.loads(raw) if raw else None,
                )
            )
            status, body, headers, after_s = stub.replies.get((self.command, self.path), (404, None, {}, 0.0))
            if after_s:
                stub.hurry.wait(after_s)
            data = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler


@contextmanager
def stub_source() -> Iterator[StubSource]:
    stub = StubSource()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    stub.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield stub
    finally:
        stub.hurry.set()
        server.shutdown()
        server.server_close()
