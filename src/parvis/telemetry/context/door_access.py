"""How the hot doors ask Django: in two threads of their own, so with two database connections whatever the traffic."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections
from django.utils import translation
from starlette.requests import Request
from starlette.responses import Response

from parvis.foundations.identity.facade import rights_of_session
from parvis.foundations.identity.rights import Scope
from parvis.kernel.errors import Problem, problem_asgi

P = ParamSpec("P")
R = TypeVar("R")

_threads = ThreadPoolExecutor(2, thread_name_prefix="door")


async def in_database(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs `work` in a thread that has a usable database connection."""

    def run() -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


async def scope_of(request: Request, permission: str) -> Scope | Response:
    """Where the person of the session cookie holds this permission; else the refusal to send."""
    key = request.cookies.get(settings.SESSION_COOKIE_NAME, "")

    def ask() -> Scope | None:
        rights = rights_of_session(key) if key else None
        return None if rights is None else rights.scope(permission)

    scope = await in_database(ask)
    if scope is None:
        return problem_asgi(Problem(status=401, title="Sign in first"))
    if scope.nowhere:
        return problem_asgi(Problem(status=403, title="You may not see this", detail=permission))
    return scope


def language_of(request: Request) -> str:
    """The language the person chose, else the deployment's."""
    chosen = request.cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if translation.check_for_language(chosen) else settings.LANGUAGE_CODE
