"""What the live map asks for: every thing in columns, one thing, and what changes from then on."""

import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import connection
from django.utils import translation
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parvis.foundations.identity.rights import Scope
from parvis.kernel.errors import Problem, problem_asgi
from parvis.telemetry.context.broker.door import Door
from parvis.telemetry.context.broker.routing import ROOT
from parvis.telemetry.context.door_access import in_database, language_of, scope_of
from parvis.telemetry.context.federation.copies import naming
from parvis.telemetry.context.federation.copies.door import notified
from parvis.telemetry.context.live import LiveDoor, News, event
from parvis.telemetry.context.mapping import map_columns, map_details
from parvis.telemetry.context.waking import CHANNEL, ids_of

PERMISSION = "context.view"

_COMPRESSION = 1  # 18 ms for 34,000 things; level 5 takes 65 ms to save a tenth
_MOST_NAMED = 5000  # changed things in one event; above, maps read all again


def _columns(scope: Scope, language: str, type_name: str, area_code: str, compressed: bool) -> tuple[str, bytes]:
    """Answers the version (of the content) and the body."""
    with translation.override(language):
        body = map_columns(scope, type_name=type_name, area_code=area_code)
    version = blake2b(body, digest_size=12).hexdigest()
    return version, gzip.compress(body, _COMPRESSION) if compressed else body


async def things(request: Request) -> Response:
    """`?type=Streetlight&commune=21231`."""
    scope = await scope_of(request, PERMISSION)
    if isinstance(scope, Response):
        return scope
    compressed = "gzip" in request.headers.get("accept-encoding", "")
    type_name, area_code = (request.query_params.get(name, "").replace("\0", "") for name in ("type", "commune"))
    version, body = await in_database(_columns, scope, language_of(request), type_name, area_code, compressed)
    headers = {"ETag": f'W/"{version}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


async def thing(request: Request) -> Response:
    scope = await scope_of(request, PERMISSION)
    if isinstance(scope, Response):
        return scope

    # Not `{id:int}`: Python refuses to read a number of 5,000 digits, and the route would answer 500.
    number = request.path_params["id"]
    if not number.isdecimal() or len(number) > 18:
        return _no_such_thing()

    def details() -> bytes | None:
        with translation.override(language_of(request)):
            return map_details(scope, int(number))

    body = await in_database(details)
    if body is None:
        return _no_such_thing()
    return Response(body, media_type="application/json", headers={"Cache-Control": "private, no-store"})


def _no_such_thing() -> Response:
    return problem_asgi(Problem(status=404, title="There is no such thing"))


def gather(payloads: Sequence[str]) -> list[News] | None:
    """The present state of the things named; None when there are too many to name."""
    ids: set[int] = set()
    for payload in payloads:
        named = ids_of(payload)
        if named is None or len(ids) + len(named) > _MOST_NAMED:
            return None
        ids.update(named)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, state, organisation_id, area_code FROM context_entity WHERE tenant_id = 0 AND id = ANY(%s) ORDER BY id",
            [list(ids)],
        )
        return [
            News(organisation_id=organisation, area_code=area, item=(id_, state))
            for id_, state, organisation, area in cursor.fetchall()
        ]


def encode(items: Sequence[Any]) -> bytes:
    return event(
        "things", msgspec.json.encode({"id": [item[0] for item in items], "state": [item[1] for item in items]})
    )


live = LiveDoor(channel=CHANNEL, permission=PERMISSION, gather=gather, encode=encode)

broker = Door()


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    async with live.lifespan(), broker.lifespan():
        yield


mounts = {ROOT: broker}

routes = [
    Route("/map/things.json", things),
    Route("/map/things/{id}.json", thing),
    Route("/live/things", live.endpoint),
    Route(naming.PATH, notified, methods=["POST"]),
]
