"""Signatures of what network servers push, where they sign instead of sending a token.

The key of a source is derived from the secret of the deployment: nothing is stored, and a new number makes a new key.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, unquote

import msgspec
from django.conf import settings

from parvis.telemetry.devices.envelopes.wire import read_time
from parvis.telemetry.devices.models import Signature, Source

SIGNATURE_HEADER = "x-parvis-signature"
_KEY_DIGITS = 32  # 16 bytes in hexadecimal: the size of ThingPark's LRC-AS key
TIME_WINDOW = timedelta(minutes=15)
"""How far ThingPark's `Time` may be from ours: beyond, the request is one that somebody has kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a signature is about. `query` is the part of the address after `?`, as it came."""

    body: bytes
    query: str
    signature: str
    """Of the header."""


def key_of(source: Source) -> str:
    """32 lower-case hexadecimal digits."""
    about = f"parvis.devices.source/{source.pk}/{source.key_number}"
    return hmac.new(settings.SECRET_KEY.encode(), about.encode(), hashlib.sha256).hexdigest()[:_KEY_DIGITS]


def is_signed(request: Request, *, signature: str, key: str, now: datetime) -> bool:
    """Whether whoever sent this holds the key. Compared in constant time; whatever is sent, an answer."""
    if signature == Signature.THINGPARK:
        return _thingpark_signed(request, key, now)
    return hmac.compare_digest(_told(request.signature), sign(request.body, key))


def sign(body: bytes, key: str) -> bytes:
    """As a sender does: `X-Parvis-Signature: sha256=<hexadecimal>`."""
    return f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}".encode()


def _told(text: str) -> bytes:
    return text.strip().lower().encode("utf-8", "replace")


def _thingpark_signed(request: Request, key: str, now: datetime) -> bool:
    """SHA-256 of elements of the body, of the query without its token, and of the key (LRC to AS tunnel interface)."""
    told = dict(parse_qsl(request.query.replace("+", "%2B"), keep_blank_values=True))
    at = read_time(told.get("Time"))
    if at is None or abs(now - at) > TIME_WINDOW:
        return False
    # The query is signed as text, escapes undone, in the order in which it is sent; its `+` is a plus, not a space.
    parts = [part for part in request.query.split("&") if part.partition("=")[0] in _SIGNED_PARAMETERS]
    signed = f"{_elements(request.body)}{unquote('&'.join(parts))}{key}"
    expected = hashlib.sha256(signed.encode("utf-8", "replace")).hexdigest()
    return hmac.compare_digest(_told(told.get("Token", "")), expected.encode())


def _elements(body: bytes) -> str:
    """Those of the report that ThingPark signs, as they are written in it."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(read, dict):
        return ""
    name, report = next(((name, one) for name, one in read.items() if name in _SIGNED), ("DevEUI_uplink", read))
    if not isinstance(report, dict):
        return ""
    told = {"FPort": 0, **report}  # a frame without application payload has no port, and signs a zero
    if name == "DevEUI_location":
        told["DevEUI"] = str(report.get("DevEUI", "")).lower()
    return "".join(str(told.get(element, "")) for element in _SIGNED[name])


_SIGNED = {
    "DevEUI_uplink": ("CustomerID", "DevEUI", "FPort", "FCntUp", "payload_hex"),
    "DevEUI_location": ("CustomerID", "DevEUI"),
    "DevEUI_downlink_Sent": ("CustomerID", "DevEUI", "FPort", "FCntDn"),
}
_SIGNED_PARAMETERS = {"LrnDevEui", "LrnFPort", "LrnInfos", "AS_ID", "Time"}
