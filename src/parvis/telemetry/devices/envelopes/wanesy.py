"""Kerlink Wanesy Management Center pushes: `dataUp` at its three levels of detail (payload, radio, network), and events."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink
from .radio import heard_by, place
from .wire import (
    data_rate,
    first_time,
    items,
    megahertz,
    number,
    read_base64,
    read_counter,
    read_eui,
    read_hex,
    read_json,
    read_port,
    text,
    whole,
)


class _EndDevice(msgspec.Struct):
    dev_eui: str = msgspec.field(name="devEui")
    dev_addr: Any = msgspec.field(default=None, name="devAddr")


class _Push(msgspec.Struct, rename="camel"):
    end_device: _EndDevice
    id: Any = None
    f_port: Any = None
    f_cnt_up: Any = None
    f_cnt_down: Any = None
    payload: str | None = None
    encoding_type: Any = None
    encrypted: Any = None
    confirmed: Any = None
    recv_time: Any = None
    # When the gateway kept the message for later: this is when it heard it.
    gw_recv_time: Any = None
    ul_frequency: Any = None
    data_rate: Any = None
    gw_info: Any = None
    # Of a downlink, which has a payload too, and of other events.
    data_down_id: Any = None
    delivery_status: Any = None
    status: Any = None
    historic: Any = None
    timestamp: Any = None
    time: Any = None
    longitude: Any = None
    latitude: Any = None


_DECODER = msgspec.json.Decoder(_Push, strict=False)
_FAILURES = ("FAIL", "ERROR", "REJECT", "EXPIRE", "CANCEL", "LOST")


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: the shape tells."""
    read = read_json(_DECODER, body)
    dev_eui = read_eui(read.end_device.dev_eui, field="endDevice.devEui")
    if read.f_cnt_up is None and (read.payload is None or _is_downlink(read)):
        return _event(read, dev_eui)
    return _uplink(read, dev_eui)


def _is_downlink(read: _Push) -> bool:
    return any(one is not None for one in (read.data_down_id, read.delivery_status, read.status, read.historic))


def _uplink(read: _Push, dev_eui: str) -> ParsedUplink:
    payload, repaired = _payload(read)
    received_at, unread = first_time(read.gw_recv_time, read.recv_time)
    spreading_factor, bandwidth_hz = data_rate(read.data_rate)
    dev_addr = text(read.end_device.dev_addr).lower() or None
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=dev_addr or "",
        received_at=received_at,
        f_port=read_port(read.f_port, field="fPort"),
        f_cnt=read_counter(read.f_cnt_up, field="fCntUp"),
        payload=payload,
        confirmed=read.confirmed if isinstance(read.confirmed, bool) else None,
        **heard_by([_gateway(one) for one in items(read.gw_info)]),
        frequency_hz=megahertz(read.ul_frequency),
        spreading_factor=spreading_factor,
        bandwidth_hz=bandwidth_hz,
        message_id=text(read.id) or None,
        problems=repaired + unread,
    )


def _payload(read: _Push) -> tuple[bytes, tuple[str, ...]]:
    written, encoding = read.payload or "", text(read.encoding_type).upper()
    problems: tuple[str, ...] = ()
    if encoding in {"", "HEXA", "HEX"}:
        payload = read_hex(written, field="payload")
    elif encoding == "BASE64":
        payload, problems = read_base64(written, field="payload")
    else:
        raise Malformed(_("Le champ « encodingType » n’est ni HEXA ni BASE64."))
    return payload, (*problems, "encrypted payload") if read.encrypted is True else problems


def _gateway(told: Mapping[str, Any]) -> Gateway:
    longitude, latitude = place(told)
    return Gateway(
        id=text(told.get("gwEui")).lower(),
        rssi=number(told.get("rssi")),
        snr=number(told.get("snr")),
        longitude=longitude,
        latitude=latitude,
    )


def _event(read: _Push, dev_eui: str) -> DeviceEvent:
    status = (text(read.delivery_status) or text(read.status)).upper()
    longitude, latitude = place({"longitude": read.longitude, "latitude": read.latitude})
    kind, error, reference = EventKind.OTHER, "", ""
    if _is_downlink(read):
        reference = text(read.data_down_id) or text(read.id)
        if any(word in status for word in _FAILURES):
            kind, error = EventKind.FAILED, status
        else:
            kind = EventKind.ACK if "ACK" in status else EventKind.SENT
    elif longitude is not None:
        kind = EventKind.LOCATION
    received_at, _unread = first_time(read.recv_time, read.timestamp, read.time)
    return DeviceEvent(
        kind=kind,
        dev_eui=dev_eui,
        received_at=received_at,
        # A downlink speaks several times under one id.
        message_id=None if reference else text(read.id) or None,
        reference=reference,
        error=error,
        f_cnt=whole(read.f_cnt_down),
        longitude=longitude,
        latitude=latitude,
    )
