"""`/sensorthings/v1.1`: a hot door with threads of its own, so that what is asked there never delays a map."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parvis.kernel import clock
from parvis.telemetry.context.door_access import language_of
from parvis.telemetry.history.sensorthings.serving import Answer, Asked, answer

ROOT = "/sensorthings/v1.1"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_threads = ThreadPoolExecutor(2, thread_name_prefix="sensorthings")


async def door(request: Request) -> Response:
    site = (settings.PARVIS_SITE_URL or str(request.base_url)).rstrip("/")
    asked = Asked(
        method=request.method,
        path=request.path_params.get("path", ""),
        query=request.url.query,
        base=site + ROOT,
        now=clock.now(),
        authorization=request.headers.get("authorization", ""),
        language=language_of(request),
    )
    given = await asyncio.get_running_loop().run_in_executor(_threads, _in_database, asked)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie", **given.headers}
    body = given.body if given.status != 204 else None
    return Response(body, status_code=given.status, media_type=given.media if body else None, headers=headers)


def _in_database(asked: Asked) -> Answer:
    close_old_connections()
    try:
        return answer(asked)
    finally:
        close_old_connections()


routes = [Route(ROOT, door, methods=_METHODS), Route(ROOT + "/{path:path}", door, methods=_METHODS)]
