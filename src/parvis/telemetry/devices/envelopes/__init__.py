"""Readers of what network servers push: bytes in, one `Message` out. Pure; one file per server."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from . import (
    chirpstack_v3,
    chirpstack_v4,
    live_objects,
    loriot,
    plain,
    sigfox,
    thingpark,
    things_stack_v3,
    wanesy,
)
from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink

__all__ = ["PARSERS", "PLAIN", "DeviceEvent", "EventKind", "Gateway", "Malformed", "Message", "ParsedUplink", "parse"]

# The key is `Source.server`; the second argument is the event's name when the URL or topic gives it.
PARSERS: dict[str, Callable[[bytes, str], Message]] = {
    "chirpstack-v4": chirpstack_v4.parse,
    "chirpstack-v3": chirpstack_v3.parse,
    "tts-v3": things_stack_v3.parse,
    "thingpark": thingpark.parse,
    "liveobjects": live_objects.parse,
    "wanesy": wanesy.parse,
    "loriot": loriot.parse,
    "sigfox": sigfox.parse,
}
PLAIN = "json"
"""The server whose envelope is whatever `form` says; it needs the topic and the time of arrival too."""


def parse(
    server: str,
    body: bytes,
    event: str = "",
    *,
    form: Mapping[str, Any] | None = None,
    topic: str = "",
    arrived: datetime | None = None,
) -> Message:
    """Read one envelope of `server`. Raises `Malformed`."""
    if server != PLAIN:
        return PARSERS[server](body, event)
    try:
        declared = plain.read_form(form or {})
    except plain.WrongForm as wrong:
        raise Malformed(str(wrong)) from wrong
    return plain.parse(body, form=declared, topic=topic, arrived=arrived)
