"""The hot door of ingestion: `POST /ingest/<source>`, the URL to give to a network server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parvis.telemetry.devices.webhook.door import Door

_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, Door] = WeakKeyDictionary()


def _door() -> Door:
    loop = asyncio.get_running_loop()
    if loop not in _doors:
        _doors[loop] = Door()
    return _doors[loop]


async def ingest(request: Request) -> Response:
    return await _door().answer(request)


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    door = _door()
    try:
        yield
    finally:
        _doors.pop(asyncio.get_running_loop(), None)
        await door.close()


routes = [Route("/ingest/{slug}", ingest, methods=["POST"])]
