"""ChirpStack v3 events (`as/integration`), in both its JSON marshalers and as gateways that imitate it push them.

EUIs are hexadecimal, or base64 in the protobuf marshaler. `objectJSON` is JSON in a text.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink
from .radio import heard_by, place
from .wire import (
    first_time,
    items,
    members,
    number,
    read_base64,
    read_counter,
    read_hex_or_base64,
    read_json,
    read_port,
    read_time,
    text,
    whole,
)


class _Event(msgspec.Struct, rename={"dev_eui": "devEUI", "object_json": "objectJSON", "gateway_id": "gatewayID"}):
    dev_eui: str
    time: Any = None
    published_at: Any = msgspec.field(default=None, name="publishedAt")
    dev_addr: Any = msgspec.field(default=None, name="devAddr")
    f_port: Any = msgspec.field(default=None, name="fPort")
    f_cnt: Any = msgspec.field(default=None, name="fCnt")
    confirmed: Any = msgspec.field(default=None, name="confirmedUplink")
    data: str | None = None
    object: Any = None
    object_json: Any = None
    adr: Any = None
    rx_info: Any = msgspec.field(default=None, name="rxInfo")
    tx_info: Any = msgspec.field(default=None, name="txInfo")
    # Fields of the other events.
    margin: Any = None
    battery: Any = None
    battery_level: Any = msgspec.field(default=None, name="batteryLevel")
    battery_level_unavailable: Any = msgspec.field(default=None, name="batteryLevelUnavailable")
    external_power_source: Any = msgspec.field(default=None, name="externalPowerSource")
    acknowledged: Any = None
    gateway_id: Any = None
    type: Any = None
    error: Any = None
    location: Any = None


_DECODER = msgspec.json.Decoder(_Event, strict=False)

# The names in `?event=` and at the end of topics; `rx` in topics before 3.11.
_KINDS = {
    "join": EventKind.JOIN,
    "status": EventKind.STATUS,
    "ack": EventKind.ACK,
    "txack": EventKind.SENT,
    "error": EventKind.LOG,
    "location": EventKind.LOCATION,
}
_UPLINKS = {"up", "rx"}


def parse(body: bytes, event: str = "") -> Message:
    read = read_json(_DECODER, body)
    dev_eui = read_hex_or_base64(read.dev_eui, size=8, field="devEUI")
    kind = _kind(read, event)
    return _uplink(read, dev_eui) if kind is None else _event(read, dev_eui, kind)


def _uplink(read: _Event, dev_eui: str) -> ParsedUplink:
    payload, repaired = read_base64(read.data or "", field="data")
    receptions = items(read.rx_info)
    received_at, unread = first_time(read.time, *(one.get("time") for one in receptions), read.published_at)
    transmission = members(read.tx_info)
    lora = members(transmission.get("loRaModulationInfo")) or members(transmission.get("dataRate"))
    dev_addr = _identifier(read.dev_addr, size=4) or None
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=dev_addr or "",
        received_at=received_at,
        f_port=read_port(read.f_port, field="fPort"),
        f_cnt=read_counter(read.f_cnt, field="fCnt"),
        payload=payload,
        confirmed=read.confirmed if isinstance(read.confirmed, bool) else None,
        **heard_by([_gateway(reception) for reception in receptions]),
        frequency_hz=whole(transmission.get("frequency")),
        spreading_factor=whole(lora.get("spreadingFactor", lora.get("spreadFactor"))),
        bandwidth_hz=_bandwidth(lora.get("bandwidth")),
        decoded=_decoded(read),
        problems=repaired + unread,
    )


def _gateway(reception: Mapping[str, Any]) -> Gateway:
    longitude, latitude = place(reception.get("location", reception))
    return Gateway(
        id=_identifier(reception.get("gatewayID", reception.get("mac")), size=8),
        rssi=number(reception.get("rssi")),
        snr=number(reception.get("loRaSNR", reception.get("snr"))),
        longitude=longitude,
        latitude=latitude,
    )


def _identifier(value: Any, *, size: int) -> str:
    """Lower-case hexadecimal; the text as it is when it is neither that nor base64."""
    try:
        return read_hex_or_base64(value, size=size, field="")
    except Malformed:
        return text(value).lower()


def _bandwidth(value: Any) -> int | None:
    """In kHz on v3, in Hz on what is halfway to v4."""
    found = number(value)
    return None if found is None else round(found * 1000) if found < 10_000 else round(found)


def _decoded(read: _Event) -> Mapping[str, Any] | None:
    if isinstance(read.object, dict):
        return read.object
    if not isinstance(read.object_json, str) or not read.object_json:
        return None
    try:
        return members(msgspec.json.decode(read.object_json)) or None
    except (msgspec.DecodeError, RecursionError):
        return None


def _event(read: _Event, dev_eui: str, kind: EventKind) -> DeviceEvent:
    error = ""
    if kind is EventKind.LOG:
        name = text(read.type)
        error = f"{name}: {text(read.error)}".strip(": ")
        if name.startswith("DOWNLINK"):
            kind = EventKind.FAILED
    elif kind is EventKind.ACK and not read.acknowledged:
        kind = EventKind.NACK
    received_at = next((found for one in items(read.rx_info) if (found := read_time(one.get("time")))), None)
    longitude, latitude = place(read.location)
    return DeviceEvent(
        kind=kind,
        dev_eui=dev_eui,
        received_at=read_time(read.time) or received_at or read_time(read.published_at),
        battery_percent=_battery(read),
        error=error,
        f_cnt=whole(read.f_cnt),
        longitude=longitude,
        latitude=latitude,
    )


def _kind(read: _Event, event: str) -> EventKind | None:
    """None for an uplink. The name given by the door wins; else the shape tells."""
    if event in _UPLINKS:
        return None
    if event:
        return _KINDS.get(event, EventKind.OTHER)
    for told, kind in (
        (isinstance(read.error, str), EventKind.LOG),
        (read.margin is not None or read.battery_level is not None, EventKind.STATUS),
        (read.acknowledged is not None, EventKind.ACK),
        (read.gateway_id is not None, EventKind.SENT),
        (any(value is not None for value in (read.data, read.f_port, read.adr)), None),
        (read.location is not None, EventKind.LOCATION),
        (bool(read.dev_addr), EventKind.JOIN),
        (read.rx_info is not None or read.f_cnt is not None, None),
    ):
        if told:
            return kind
    raise Malformed(_("Ce n’est ni une remontée ni un événement connu de ChirpStack v3."))


def _battery(read: _Event) -> float | None:
    if read.battery_level_unavailable or read.external_power_source:
        return None
    return number(read.battery_level)
