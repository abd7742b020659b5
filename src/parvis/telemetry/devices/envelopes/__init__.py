"""Readers of what network servers push: bytes in, one `Message` out. Pure; one file per server."""

from collections.abc import Callable

from . import chirpstack_v4, things_stack_v3
from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink

__all__ = ["PARSERS", "DeviceEvent", "EventKind", "Gateway", "Malformed", "Message", "ParsedUplink", "parse"]

# The key is `Source.server`; the second argument is the event's name when the URL or topic gives it.
PARSERS: dict[str, Callable[[bytes, str], Message]] = {
    "chirpstack-v4": chirpstack_v4.parse,
    "tts-v3": things_stack_v3.parse,
}


def parse(server: str, body: bytes, event: str = "") -> Message:
    """Read one envelope of `server`. Raises `Malformed`."""
    return PARSERS[server](body, event)
