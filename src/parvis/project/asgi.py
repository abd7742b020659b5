"""One application: the hot doors first (Starlette), then Django for everything else."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import cast

import django
from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from parvis.kernel.packages import discover

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")


def application() -> Starlette:
    """A package's `doors.py` gives `routes`, and may give `lifespan`, an async context manager around the serving."""
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
    pages = WSGIMiddleware(get_wsgi_application(), workers=8)  # type: ignore[arg-type]
    pages_app = cast("ASGIApp", pages)
    return Starlette(routes=[*routes, Mount("/", app=pages_app)], lifespan=lifespan)
