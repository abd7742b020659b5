"""The door behind a real uvicorn, in a thread of the test, on a free port."""

import http.client
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from parvis.telemetry.devices import doors


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    async with doors.lifespan():
        yield


@contextmanager
def serving() -> Iterator[int]:
    """Gives the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(200)
        app = Starlette(routes=list(doors.routes), lifespan=_lifespan)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive()


def post(port: int, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, JSON answer, headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection.request("POST", path, body, sent)
        response = connection.getresponse()
        return (
            response.status,
            json.loads(response.read()),
            {name.lower(): value for name, value in response.getheaders()},
        )
    finally:
        connection.close()
