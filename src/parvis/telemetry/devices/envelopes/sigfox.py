"""Sigfox callbacks (DATA, DATA_ADVANCED, STATUS, ACKNOWLEDGE, ERROR), whose body is a template the city writes.

The names are those of Sigfox's variables; a device is 1 to 8 hexadecimal digits, written here as an EUI beginning by
zeros. DATA and, half a minute later, DATA_ADVANCED tell of one message: their counter and payload are the same.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink
from .radio import heard_by, place
from .wire import first_time, items, members, number, read_counter, read_eui, read_hex, read_json, read_time, text

_DECODER = msgspec.json.Decoder(dict[str, Any])
# As templates write them, most usual first.
_DEVICE = ("device", "deviceId", "device_id", "id")
_TIME = ("time", "timestamp")
_DATA = ("data", "payload")
_COUNTER = ("seqNumber", "seqnumber", "seq_number", "seq")


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: the shape tells."""
    read = read_json(_DECODER, body)
    name, device = _named(read, _DEVICE)
    if not device:
        raise Malformed(format_lazy(_("Le champ « {field} » manque."), field=_DEVICE[0]))
    dev_eui = read_eui(text(device).zfill(16), field=name)
    _name, data = _named(read, _DATA)
    _name, counter = _named(read, _COUNTER)
    if data is not None:
        return _uplink(read, dev_eui, data, counter)
    return _event(read, dev_eui)


def _uplink(read: Mapping[str, Any], dev_eui: str, data: Any, counter: Any) -> ParsedUplink:
    received_at, unread = first_time(_named(read, _TIME)[1])
    stations = [
        Gateway(id=text(one.get("bsId")).lower(), rssi=number(one.get("rssi")), snr=number(one.get("snr")))
        for one in items(read.get("duplicates"))
    ]
    if not stations and text(read.get("station")):
        stations = [
            Gateway(id=text(read.get("station")).lower(), rssi=number(read.get("rssi")), snr=number(read.get("snr")))
        ]
    return ParsedUplink(
        dev_eui=dev_eui,
        received_at=received_at,
        f_port=0,
        f_cnt=read_counter(counter, field=_COUNTER[0]),
        payload=read_hex(text(data), field=_DATA[0]),
        confirmed=_truth(read.get("ack")),
        **heard_by(stations, rssi=number(read.get("rssi")), snr=number(read.get("snr"))),
        # Where the template leaves the counter out, the time names the message.
        message_id=received_at.isoformat() if counter is None and received_at else None,
        problems=unread,
    )


def _event(read: Mapping[str, Any], dev_eui: str) -> DeviceEvent:
    kind, error = EventKind.OTHER, ""
    longitude, latitude = place(members(read.get("computedLocation")), "lng", "lat")
    acknowledged = _truth(read.get("downlinkAck"))
    if acknowledged is not None:
        kind, error = (EventKind.SENT, "") if acknowledged else (EventKind.FAILED, text(read.get("infoMessage")))
    elif longitude is not None:
        kind = EventKind.LOCATION
    elif "batt" in read:
        kind = EventKind.STATUS
    elif "severity" in read:
        kind, error = EventKind.LOG, text(read.get("info"))
    return DeviceEvent(
        kind=kind,
        dev_eui=dev_eui,
        received_at=read_time(_named(read, _TIME)[1]),
        error=error,
        longitude=longitude,
        latitude=latitude,
    )


def _named(read: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    """The first of these names that is there, and what it holds."""
    return next(((name, read[name]) for name in names if read.get(name) is not None), (names[0], None))


def _truth(value: Any) -> bool | None:
    """Templates write `{ack}` with quotes or without."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(text(value).lower())
