"""The door at which sources notify us."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
from django.db import DatabaseError, OperationalError, close_old_connections
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from parvis.kernel import clock
from parvis.telemetry.context.broker.problems import InternalError, LdError
from parvis.telemetry.context.federation.copies.receiving import receive

log = logging.getLogger(__name__)

LARGEST = 4 << 20
"""Bytes of a notification: ours have at most a quarter of a megabyte of entities."""

_threads = ThreadPoolExecutor(2, thread_name_prefix="copies")
"""Of its own: a @context that a source names may take seconds to come."""


async def notified(request: Request) -> Response:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return Response(status_code=413)
    except ClientDisconnect:
        return Response(status_code=400)
    status, document = await asyncio.get_running_loop().run_in_executor(
        _threads, _in_database, dict(request.headers), bytes(body)
    )
    return Response(document, status_code=status, media_type="application/json" if document else None)


def _in_database(headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    close_old_connections()
    try:
        return answered(headers, body)
    finally:
        close_old_connections()


def answered(headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body. Whatever is no success is tried again by the source."""
    try:
        receive(headers, body, clock.now())
    except LdError as error:
        return error.status, msgspec.json.encode(error.problem)
    except (psycopg.OperationalError, OperationalError) as error:
        log.warning("the database does not answer: %s", error)
        return 503, b""
    except (psycopg.Error, DatabaseError, RecursionError):
        log.exception("a notification of a source could not be kept")
        return InternalError.status, msgspec.json.encode(InternalError("it is in the log of the broker").problem)
    return 200, b""
