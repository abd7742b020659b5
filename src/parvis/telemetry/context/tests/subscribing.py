"""What tests of subscriptions share: an open broker, subscriptions short to write, a receiver that remembers."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

import msgspec

from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.models import QueuedNotification, Subscription
from parvis.telemetry.context.subscriptions.delivery.payloads import Payload, notification_of
from parvis.telemetry.context.subscriptions.delivery.targets import target_of

RECEIVER = "http://127.0.0.1:9/notify"
URN = "urn:ngsi-ld:Subscription:1"


def document(**members: Any) -> dict[str, Any]:
    """A subscription to things of type Building; members of `notification` and `endpoint` by those keywords, None leaves one out."""
    notification = members.pop("notification", {})
    endpoint = {"uri": members.pop("uri", RECEIVER)} | members.pop("endpoint", {})
    made = {
        "id": URN,
        "type": "Subscription",
        "entities": [{"type": "Building"}],
        "notification": {"endpoint": endpoint} | notification,
    } | members
    return {name: value for name, value in made.items() if value is not None}


def subscribe(**members: Any) -> str:
    """The id of a subscription made."""
    given = document(**members)
    told = ask("POST", "/subscriptions", given)
    assert told.status == 201, told
    return told.headers["Location"].rpartition("/")[2]


def patch(fragment: dict[str, Any], *, urn: str = URN, link: str = "") -> Told:
    return ask("PATCH", f"/subscriptions/{urn}", fragment, link=link)


def read(urn: str = URN, **more: Any) -> dict[str, Any]:
    told = ask("GET", f"/subscriptions/{urn}", **more)
    assert told.status == 200, told
    return dict(told.json)


def building(number: int = 1, **attributes: Any) -> str:
    """A thing made through the broker; values are concise."""
    urn = f"urn:ngsi-ld:Building:{number}"
    told = ask("POST", "/entities", {"id": urn, "type": "Building"} | attributes)
    assert told.status == 201, told
    return urn


def change(urn: str, **attributes: Any) -> None:
    told = ask("PATCH", f"/entities/{urn}/attrs", attributes)
    assert told.status == 204, told


def queued(urn: str = URN) -> list[str]:
    """The things whose changes wait for this subscriber, in order."""
    return list(QueuedNotification.objects.filter(subscription__urn=urn).values_list("urn", flat=True))


def forget_queue() -> None:
    QueuedNotification.objects.all().delete()


def told(urn: str = URN) -> Payload | None:
    """What waits, as it would be received in one notification."""
    rows = QueuedNotification.objects.filter(subscription__urn=urn).order_by("id")
    target = target_of(Subscription.objects.get(urn=urn).pk)
    assert target is not None
    payload = notification_of([row.content for row in rows], target, key="test", now=rows[0].queued_at)
    return None if payload is None else replace(payload, document=json.loads(msgspec.json.encode(payload.document)))


def data(urn: str = URN) -> list[dict[str, Any]]:
    payload = told(urn)
    assert payload is not None
    return list(payload.document["data"])


@dataclass(slots=True)
class Received:
    at: float
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class Receiver:
    """`status` and `delay_s` of its answers may be changed while it runs."""

    port: int
    status: int = 200
    delay_s: float = 0.0
    received: list[Received] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/notify"

    @property
    def entities(self) -> list[dict[str, Any]]:
        return [one for received in self.received for one in received.body["data"]]

    def wait(self, count: int = 1, *, within_s: float = 10.0) -> list[Received]:
        """Until so many requests have come."""
        until(lambda: len(self.received) >= count, within_s=within_s)
        return self.received


def until(holds: Any, *, within_s: float = 10.0) -> None:
    deadline = monotonic() + within_s
    while not holds():
        assert monotonic() < deadline, "waited in vain"
        sleep(0.005)


@contextmanager
def receiver(*, port: int = 0) -> Iterator[Receiver]:
    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if made.delay_s:
                sleep(made.delay_s)
            if made.status == 200:
                made.received.append(Received(monotonic(), self.path, headers, body))
            self.send_response(made.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", port), Handler)
    made = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join(10)
