"""One request of a network server: admitted, read, submitted to the next batch, answered after its commit."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
from django.db import connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from parvis.foundations.identity.facade import bearer_secret
from parvis.kernel import clock
from parvis.kernel.errors import Problem, problem_asgi
from parvis.telemetry.devices.ingestion import Outcome, OutcomeStatus, RawUplink, Unavailable, ingest_patiently
from parvis.telemetry.devices.rules.reasons import Reason

from .access import Admission, Admissions, Credential, Denied, Signed, admission
from .batcher import Batcher, Full
from .signatures import SIGNATURE_HEADER
from .signatures import Request as SignedPart

logger = logging.getLogger(__name__)

TOKEN_HEADER = "x-parvis-token"  # noqa: S105 — for servers that cannot set Authorization
TOKEN_PARAMETER = "token"  # noqa: S105 — for those that cannot set any header
LARGEST_BODY = 256 * 1024
LONGEST_EVENT = 20
MOST_BEING_ADMITTED = 64
RETRY_AFTER_S = 2


class Door:
    """State of the webhook in one event loop: one thread asks for admissions, another stores the batches."""

    def __init__(self) -> None:
        self._admissions = Admissions()
        self._being_admitted = 0
        self._access_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest-access")
        self._store_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest-store")
        self._batcher = Batcher(ingest_patiently, self._store_thread)

    async def close(self) -> None:
        """Answers what is waiting, then gives the connections back."""
        await self._batcher.drained()
        for thread in (self._access_thread, self._store_thread):
            await asyncio.get_running_loop().run_in_executor(thread, connections.close_all)
            thread.shutdown()

    async def answer(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except (Full, Unavailable):
            return _come_back(503, _("Le service est saturé ou sa base de données est indisponible."))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            logger.exception("an uplink could not be stored")
            return _come_back(503, _("Le message n’a pas pu être enregistré."))

    async def _answer(self, request: Request) -> Response:
        admitted = await self._admit(request)
        if admitted is None:
            return _come_back(429, _("Trop de jetons à vérifier."))
        body: bytes | None = None
        if isinstance(admitted, Signed):
            body = await _read(request)
            admitted = admitted.opened(_signed_part(request, body), clock.now())
        if isinstance(admitted, Denied):
            challenge = {"WWW-Authenticate": "Bearer"} if admitted.status == 401 else None
            return _problem(admitted.status, admitted.why, headers=challenge)
        content_type = request.headers.get("content-type", "application/json")
        if not content_type.split(";")[0].strip().lower().endswith(("/json", "+json")):
            return _problem(415, _("Le corps attendu est du JSON : choisissez ce format dans le serveur de réseau."))
        if body is None:
            body = await _read(request)
        if body is None:
            return _problem(413, _("Le message dépasse 256 Ko."))
        event = request.query_params.get("event", "")[:LONGEST_EVENT]
        raw = RawUplink(source=admitted, body=body, event=event, received_at=clock.now())
        return _told(await self._batcher.submit(raw))

    async def _admit(self, request: Request) -> Admission | None:
        """None: too many are being checked. A token already known never waits behind a flood of unknown ones."""
        credential = _credential(request)
        slug = request.path_params["slug"]
        known = self._admissions.get(credential, slug, time.monotonic)
        if known is None:
            if self._being_admitted >= MOST_BEING_ADMITTED:
                return None
            self._being_admitted += 1
            try:
                loop = asyncio.get_running_loop()
                known = await loop.run_in_executor(self._access_thread, admission, credential, slug, clock.now())
            finally:
                self._being_admitted -= 1
            self._admissions.put(credential, slug, known, time.monotonic)
        return known


def _credential(request: Request) -> Credential:
    secret = bearer_secret(request.headers.get("authorization", "")) or request.headers.get(TOKEN_HEADER, "")
    in_query = request.query_params.get(TOKEN_PARAMETER, "")
    return Credential(secret=secret or in_query, in_query=bool(in_query and not secret))


def _signed_part(request: Request, body: bytes | None) -> SignedPart | None:
    if body is None:
        return None
    return SignedPart(body=body, query=request.url.query, signature=request.headers.get(SIGNATURE_HEADER, ""))


async def _read(request: Request) -> bytes | None:
    """None when larger than `LARGEST_BODY`, of which no more is read."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _told(outcome: Outcome) -> Response:
    if outcome.reason is Reason.MALFORMED:
        return _problem(400, Reason.MALFORMED.label, detail=outcome.detail, kept=True)
    body: dict[str, str] = {"status": outcome.status.value}
    if outcome.reason is not None:
        body["reason"] = outcome.reason.value
        if outcome.detail:
            body["detail"] = outcome.detail
    status = 202 if outcome.status is OutcomeStatus.REJECTED else 200
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")


def _come_back(status: int, why: str | Promise) -> Response:
    return _problem(status, why, headers={"Retry-After": str(RETRY_AFTER_S)})


def _problem(
    status: int, title: str | Promise, *, detail: str = "", kept: bool = False, headers: dict[str, str] | None = None
) -> Response:
    more = {"kept": True} if kept else {}
    return problem_asgi(Problem(status=status, title=str(title), detail=detail, more=more), headers)
