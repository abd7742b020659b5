"""The hot doors behind a real uvicorn, in this process, for tests; also for those of other packages' doors."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import uvicorn
from django.conf import settings
from starlette.applications import Starlette

from parvis.telemetry.context import live


class Site:
    """A running server and the connections made to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connections: list[http.client.HTTPConnection] = []

    def get(self, path: str, *, session: str = "", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self._connections.append(connection)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if session:
            sent["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={session}"
        connection.request("GET", path, headers=sent)
        return connection.getresponse()

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


@contextmanager
def served(door: ModuleType, *, memory_s: float = 0.0) -> Iterator[Site]:
    """The routes of this `doors` module, which has a `live` door; streams begin at once, as after a long time up."""
    database = settings.DATABASES["default"]
    kept, database["CONN_MAX_AGE"] = database["CONN_MAX_AGE"], 0  # no connection may outlive the test database
    remembered, live.MEMORY_S = live.MEMORY_S, memory_s
    app = Starlette(routes=door.routes, lifespan=lambda app: door.lifespan())
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, args=[[listening]])
    thread.start()
    site = Site(listening.getsockname()[1])
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        yield site
    finally:
        door.live.close()
        site.close()
        server.should_exit = True
        thread.join(10)
        listening.close()
        database["CONN_MAX_AGE"] = kept
        live.MEMORY_S = remembered
        assert not thread.is_alive()


def next_event(response: http.client.HTTPResponse) -> tuple[str, str]:
    """The name and data of the next server-sent event; comments are passed over."""
    name, data = "", ""
    while True:
        line = response.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and name:
            return name, data
