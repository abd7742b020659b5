"""LORIOT application output (`cmd` rx, gw, txd…): HTTP push, MQTT and websocket carry the same JSON.

With all outputs on, one uplink comes twice: as `rx` at once, then as `gw` with every gateway. Nothing that only one of them
says may enter the key that makes them one observation: hence no session here.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink
from .radio import heard_by, place
from .wire import (
    battery,
    data_rate,
    first_time,
    items,
    number,
    read_counter,
    read_eui,
    read_hex,
    read_json,
    read_port,
    read_time,
    text,
    whole,
)


class _Output(msgspec.Struct):
    eui: str = msgspec.field(name="EUI")
    cmd: str = ""
    ts: Any = None
    fcnt: Any = None
    port: Any = None
    data: str | None = None
    encdata: Any = None
    devaddr: Any = None
    confirmed: Any = None
    freq: Any = None
    dr: Any = None
    rssi: Any = None
    snr: Any = None
    gws: Any = None
    bat: Any = None
    decoded: Any = None
    # Of a downlink.
    seqdn: Any = None
    seqq: Any = None
    id: Any = None
    error: Any = None
    success: Any = None


_DECODER = msgspec.json.Decoder(_Output, strict=False)
_UPLINKS = {"rx", "gw"}
_KINDS = {
    "txd": EventKind.SENT,
    "tx": EventKind.QUEUED,
    "ack": EventKind.ACK,
    "nack": EventKind.NACK,
    "join": EventKind.JOIN,
}


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: `cmd` names the message."""
    read = read_json(_DECODER, body)
    dev_eui = read_eui(read.eui, field="EUI")
    cmd = read.cmd.lower()
    if cmd in _UPLINKS or (not cmd and (read.fcnt is not None or read.data is not None)):
        return _uplink(read, dev_eui)
    if not cmd:
        raise Malformed(_("Ce n’est ni une remontée ni un événement connu de LORIOT."))
    return _event(read, dev_eui, _KINDS.get(cmd, EventKind.OTHER))


def _uplink(read: _Output, dev_eui: str) -> ParsedUplink:
    received_at, unread = first_time(read.ts)
    problems = unread
    if read.data is None and read.encdata:
        problems = (*problems, "encrypted payload")
    spreading_factor, bandwidth_hz = data_rate(read.dr)
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=text(read.devaddr).lower() or None,
        received_at=received_at,
        f_port=read_port(read.port, field="port"),
        f_cnt=read_counter(read.fcnt, field="fcnt"),
        payload=read_hex(read.data if read.data is not None else text(read.encdata), field="data"),
        confirmed=read.confirmed if isinstance(read.confirmed, bool) else None,
        **heard_by([_gateway(one) for one in items(read.gws)], rssi=number(read.rssi), snr=number(read.snr)),
        frequency_hz=whole(read.freq),
        spreading_factor=spreading_factor,
        bandwidth_hz=bandwidth_hz,
        battery_percent=battery(read.bat),
        decoded=read.decoded if isinstance(read.decoded, dict) else None,
        problems=problems,
    )


def _gateway(told: Mapping[str, Any]) -> Gateway:
    longitude, latitude = place(told, "lon", "lat")
    return Gateway(
        id=text(told.get("gweui")).lower(),
        rssi=number(told.get("rssi")),
        snr=number(told.get("snr")),
        longitude=longitude,
        latitude=latitude,
    )


def _event(read: _Output, dev_eui: str, kind: EventKind) -> DeviceEvent:
    error = text(read.error)
    if kind in {EventKind.SENT, EventKind.QUEUED} and (error or read.success is False):
        kind = EventKind.FAILED
    return DeviceEvent(
        kind=kind,
        dev_eui=dev_eui,
        received_at=read_time(read.ts),
        reference=text(read.id) or text(read.seqq),
        error=error,
        f_cnt=whole(read.seqdn),
    )
