"""Orange Live Objects data messages of LoRa devices: the same by HTTP push and in an MQTT FIFO."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Malformed, Message, ParsedUplink
from .radio import heard_by, place
from .wire import (
    first_time,
    megahertz,
    members,
    number,
    read_counter,
    read_eui,
    read_hex,
    read_json,
    read_port,
    text,
    whole,
)


class _Data(msgspec.Struct):
    metadata: dict[str, Any]
    id: str | None = None
    stream_id: Any = msgspec.field(default=None, name="streamId")
    timestamp: Any = None
    created: Any = None
    value: Any = None
    location: Any = None


_DECODER = msgspec.json.Decoder(_Data, strict=False)
_URN = "urn:lo:nsid:lora:"


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: the message type is in the metadata."""
    read = read_json(_DECODER, body)
    lora = members(members(read.metadata.get("network")).get("lora"))
    dev_eui = _dev_eui(read, lora)
    kind = text(lora.get("messageType")).upper()
    value = members(read.value)
    received_at, unread = first_time(read.timestamp, read.created)
    if "JOIN" in kind or "payload" not in value:
        longitude, latitude = place(read.location, "lon", "lat")
        return DeviceEvent(
            kind=EventKind.JOIN if "JOIN" in kind else EventKind.OTHER,
            dev_eui=dev_eui,
            received_at=received_at,
            message_id=read.id or None,
            longitude=longitude,
            latitude=latitude,
        )
    if not isinstance(value["payload"], str):
        raise Malformed(_("Le champ « value.payload » n’est pas un texte hexadécimal."))
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=text(lora.get("devAddr")).lower() or None,
        received_at=received_at,
        f_port=read_port(lora.get("port"), field="metadata.network.lora.port"),
        f_cnt=read_counter(lora.get("fcnt"), field="metadata.network.lora.fcnt"),
        payload=read_hex(value["payload"], field="value.payload"),
        confirmed={"CONFIRMED_DATA_UP": True, "UNCONFIRMED_DATA_UP": False}.get(kind),
        # Its network tells how many gateways heard, not which.
        **heard_by([], rssi=number(lora.get("rssi")), snr=number(lora.get("snr"))),
        frequency_hz=megahertz(lora.get("frequency")),
        spreading_factor=whole(lora.get("sf")),
        message_id=read.id or None,
        decoded={name: one for name, one in value.items() if name != "payload"} or None,
        problems=unread,
    )


def _dev_eui(read: _Data, lora: Mapping[str, Any]) -> str:
    """Of the source; else as the network or the stream tells it."""
    source = text(read.metadata.get("source"))
    named = source or text(lora.get("devEUI")) or text(read.stream_id)
    return read_eui(named.removeprefix(_URN), field="metadata.source")
