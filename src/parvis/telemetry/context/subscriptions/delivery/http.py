"""Notifications by HTTP (ETSI GS CIM 009 V1.8.1, 6.3.8)."""

import aiohttp
import msgspec

from parvis.kernel.outgoing import (
    OutgoingError,
    OutgoingFailed,
    OutgoingRequest,
    OutgoingResponse,
    client_session,
    send,
)
from parvis.telemetry.context.subscriptions.delivery.payloads import Payload
from parvis.telemetry.context.subscriptions.delivery.receivers import DeliveryFailed, Receiver

_MOST_ANSWER = 1 << 20
_REFUSALS = frozenset((400, 413, 414, 415, 422))
"""The receiver has understood and does not want this notification; the same again will not please it better."""


def http_session() -> aiohttp.ClientSession:
    """How much goes on at once is bounded by the notifier's lanes, not here: a slow host must not take the connections of others."""
    return client_session(limit=0, limit_per_host=0)


async def post(session: aiohttp.ClientSession, receiver: Receiver, payload: Payload) -> None:
    """Any 2xx acknowledges it; redirects are not followed. Raises `DeliveryFailed`."""
    request = OutgoingRequest(
        method="POST",
        url=receiver.uri,
        headers={"Content-Type": payload.content_type, "User-Agent": "Parvis", **dict(payload.headers)},
        body=msgspec.json.encode(payload.document),
        timeout_s=receiver.timeout_s,
        most_bytes=_MOST_ANSWER,
    )
    try:
        answer = await _sent(session, request)
    except OutgoingError as error:
        raise DeliveryFailed(str(error)) from error
    if not 200 <= answer.status < 300:
        raise DeliveryFailed(f"HTTP {answer.status}", refused=answer.status in _REFUSALS)


async def _sent(session: aiohttp.ClientSession, request: OutgoingRequest) -> OutgoingResponse:
    """A connection kept from an earlier notification may have been closed by the other side meanwhile: then once more on a new one."""
    try:
        return await send(session, request)
    except OutgoingFailed as error:
        if not isinstance(error.__cause__, aiohttp.ServerDisconnectedError | ConnectionResetError):
            raise
        return await send(session, request)
