"""What a source would read in a message, shown before anything is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils.functional import Promise

from parvis.telemetry.devices.envelopes import Malformed, Message, ParsedUplink, parse
from parvis.telemetry.devices.envelopes.plain import Form


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """`refusal` says why nothing is read. Values of plain JSON have no payload of their own."""

    message: Message | None = None
    refusal: str | Promise = ""
    has_payload: bool = True

    @property
    def uplink(self) -> ParsedUplink | None:
        return self.message if isinstance(self.message, ParsedUplink) else None

    @property
    def payload(self) -> str:
        return self.uplink.payload.hex(" ") or "–" if self.uplink else ""

    @property
    def decoded(self) -> str:
        """The server's own decoding, as JSON over several lines."""
        decoded: Any = self.uplink.decoded if self.uplink else None
        return msgspec.json.format(msgspec.json.encode(decoded), indent=2).decode() if decoded else ""


def try_envelope(*, server: str, body: str, form: Form | None, topic: str, now: datetime) -> Sampled:
    try:
        stored = msgspec.to_builtins(form) if form else {}
        body_bytes = body.encode("utf-8", "replace")
        message = parse(server, body_bytes, form=stored, topic=topic, arrived=now)
        return Sampled(message=message, has_payload=form is None or bool(form.payload))
    except Malformed as malformed:
        return Sampled(refusal=malformed.message)
