"""Actility ThingPark reports, JSON or «JSON untyped», where every number is a text (LRC to AS tunnel interface).

The report is the one member of the body; operators' portals send an uplink without it. Numbers may be texts, empty when
unknown; `Lrrs.Lrr` one object instead of a list.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink
from .radio import heard_by, place
from .wire import (
    battery,
    first_time,
    items,
    megahertz,
    members,
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

_DECODER = msgspec.json.Decoder(dict[str, Any])

_KINDS = {
    "DevEUI_downlink_Sent": EventKind.SENT,
    "DevEUI_downlink_Rejected": EventKind.FAILED,
    "DevEUI_location": EventKind.LOCATION,
    "DevEUI_notification": EventKind.OTHER,
    "DevEUI_multicast_summary": EventKind.OTHER,
}
_JOIN_REQUEST, _CONFIRMED = 0, 4  # LoRaWAN L2 1.0.4, 4.2.1
_UNCONFIRMED = 2


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: the message names itself."""
    read = read_json(_DECODER, body)
    if "DevEUI_uplink" in read:
        return _uplink(members(read["DevEUI_uplink"]), "DevEUI_uplink.")
    for member, kind in _KINDS.items():
        if member in read:
            return _event(members(read[member]), f"{member}.", kind)
    if "DevEUI" in read and "FCntUp" in read:
        return _uplink(read, "")
    raise Malformed(_("Ce n’est ni une remontée ni un rapport connu de ThingPark."))


def _uplink(read: Mapping[str, Any], path: str) -> Message:
    dev_eui = read_eui(read.get("DevEUI"), field=f"{path}DevEUI")
    received_at, unread = first_time(read.get("Time"))
    kind = whole(read.get("MType"))
    if kind == _JOIN_REQUEST:
        return DeviceEvent(kind=EventKind.JOIN, dev_eui=dev_eui, received_at=received_at)
    dev_addr = text(read.get("DevAddr")).lower() or None
    decoded = read.get("payload")
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=dev_addr or "",
        received_at=received_at,
        f_port=read_port(_told(read, "FPort"), field=f"{path}FPort"),
        f_cnt=read_counter(_told(read, "FCntUp"), field=f"{path}FCntUp"),
        payload=read_hex(text(read.get("payload_hex")), field=f"{path}payload_hex"),
        confirmed={_UNCONFIRMED: False, _CONFIRMED: True}.get(kind) if kind is not None else None,
        **heard_by(_gateways(read), rssi=number(read.get("LrrRSSI")), snr=number(read.get("LrrSNR"))),
        frequency_hz=megahertz(read.get("Frequency")),
        spreading_factor=whole(read.get("SpFact")),
        battery_percent=battery(read.get("BatteryLevel")),
        decoded=decoded if isinstance(decoded, dict) else None,
        problems=unread,
    )


def _told(read: Mapping[str, Any], name: str) -> Any:
    """None for an empty text, as for what is absent: a frame without application payload has no port."""
    return read.get(name) if read.get(name) != "" else None


def _gateways(read: Mapping[str, Any]) -> list[Gateway]:
    """Those listed; else the one the report names. Only that one's place is told."""
    best = text(read.get("Lrrid")).lower()
    longitude, latitude = place(read, "LrrLON", "LrrLAT")
    listed = items(members(read.get("Lrrs")).get("Lrr")) or ([read] if best else [])
    return [
        Gateway(
            id=(number_ := text(one.get("Lrrid")).lower()),
            rssi=number(one.get("LrrRSSI")),
            snr=number(one.get("LrrSNR")),
            longitude=longitude if number_ == best else None,
            latitude=latitude if number_ == best else None,
        )
        for one in listed
    ]


def _event(read: Mapping[str, Any], path: str, kind: EventKind) -> DeviceEvent:
    error = ""
    if kind is EventKind.SENT and text(read.get("DeliveryStatus")) == "0":
        kind = EventKind.FAILED
    if kind is EventKind.FAILED:
        error = _causes(read)
    if text(read.get("Type")).lower() == "join":
        kind = EventKind.JOIN
    longitude, latitude = place(read, "DevLON", "DevLAT")
    return DeviceEvent(
        kind=kind,
        dev_eui=read_eui(read.get("DevEUI"), field=f"{path}DevEUI"),
        received_at=read_time(read.get("Time")),
        reference=text(read.get("CorrelationID")),
        error=error,
        f_cnt=whole(read.get("FCntDn")),
        longitude=longitude,
        latitude=latitude,
    )


def _causes(read: Mapping[str, Any]) -> str:
    """Why each reception window was missed, in ThingPark's codes: `RX1: D0, RX2: A3`."""
    told = (("RX1", "DeliveryFailedCause1"), ("RX2", "DeliveryFailedCause2"), ("ping", "DeliveryFailedCause3"))
    causes = ((window, text(read.get(name))) for window, name in told)
    return ", ".join(f"{window}: {cause}" for window, cause in causes if cause not in {"", "00"})
