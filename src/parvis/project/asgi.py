"""One application: the hot doors first (Starlette), then Django for everything else."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import cast

import django
from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parvis.kernel.packages import discover
from parvis.project.bodies import WholeBody
from parvis.project.processes.collecting import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")


DOOR_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of the hot doors, which answer data, never a page. Pages have those of Django's middleware."""


class DoorHeaders:
    """Gives an answer that says nothing of it the headers by which a browser takes it for data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "content-security-policy" not in headers:
                    for name, value in DOOR_HEADERS.items():
                        headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)


_DOOR_HEADERS = [(name.lower().encode(), value.encode()) for name, value in DOOR_HEADERS.items()]


class Front:
    """Hands what lies under a mounted path to its application, without the routing and wrapping of all the rest."""

    def __init__(self, app: ASGIApp, mounts: Mapping[str, ASGIApp]) -> None:
        self.app = app
        self.mounts = mounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for prefix, mounted in self.mounts.items():
                if scope["path"].startswith(prefix):
                    await mounted(scope, receive, _with_headers(send))
                    return
        await self.app(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_DOOR_HEADERS]
        await send(message)

    return sending


def application() -> Front:
    """A package's `doors.py` gives `routes`, and may give `mounts` (hot applications by path) and `lifespan`, an async context manager
    around the serving."""
    django.setup()
    from django.core.wsgi import get_wsgi_application

    doors = [import_module(f"{package.module}.doors") for package in discover() if find_spec(f"{package.module}.doors")]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for door in doors:
                if hasattr(door, "lifespan"):
                    await stack.enter_async_context(door.lifespan())
            yield

    routes: list[BaseRoute] = [route for door in doors for route in door.routes]
    # The queue holds a whole page or static file, so that who reads slowly does not hold a thread either.
    pages = WSGIMiddleware(get_wsgi_application(), workers=8, send_queue_size=1000)  # type: ignore[arg-type]
    pages_app = WholeBody(cast("ASGIApp", pages))
    middleware = [Middleware(DoorHeaders)]
    settle()
    mounts = {prefix: app for door in doors for prefix, app in getattr(door, "mounts", {}).items()}
    whole = Starlette(routes=[*routes, Mount("/", app=pages_app)], middleware=middleware, lifespan=lifespan)
    return Front(whole, mounts)
