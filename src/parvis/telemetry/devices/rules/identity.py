"""The key that tells whether two messages are one: network servers and brokers deliver at least once."""

import hashlib
from uuid import UUID

from parvis.telemetry.devices.envelopes import Message, ParsedUplink


def message_key(message: Message, *, session: int, body: bytes) -> UUID:
    """The server's own id when it gives one; else EUI, session, counter and payload; else the body itself.

    The source is no part of it: the same uplink heard by webhook and by MQTT is one uplink.
    """
    if message.message_id:
        return _digest(b"id", message.dev_eui.encode(), message.message_id.encode("utf-8", "replace"))
    if isinstance(message, ParsedUplink):
        counter = f"{message.session}/{session}/{message.f_cnt}/{message.f_port}"
        return _digest(b"counter", message.dev_eui.encode(), counter.encode("utf-8", "replace"), message.payload)
    return _digest(b"event", body)


def body_key(source_id: int, body: bytes) -> UUID:
    """Of what could not be read: the same unreadable body is kept once a day, however often it comes."""
    return _digest(b"body", str(source_id).encode(), body)


def _digest(*parts: bytes) -> UUID:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return UUID(bytes=digest.digest())
