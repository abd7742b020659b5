"""The Things Stack v3 application messages (`ttn.lorawan.v3.ApplicationUp`): the same body by webhook and by MQTT.

Empty members, zeros and false are left out.
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
    read_eui,
    read_json,
    read_port,
    read_time,
    text,
    whole,
)


class _DeviceIds(msgspec.Struct):
    dev_eui: str = ""
    device_id: str = ""
    dev_addr: str | None = None


class _Uplink(msgspec.Struct):
    session_key_id: str | None = None
    f_port: Any = None
    f_cnt: Any = None
    frm_payload: str | None = None
    decoded_payload: Any = None
    rx_metadata: Any = None
    settings: Any = None
    received_at: Any = None
    confirmed: Any = None
    last_battery_percentage: Any = None


class _Up(msgspec.Struct):
    end_device_ids: _DeviceIds
    received_at: Any = None
    uplink_message: _Uplink | None = None
    join_accept: Any = None
    downlink_ack: Any = None
    downlink_nack: Any = None
    downlink_sent: Any = None
    downlink_failed: Any = None
    downlink_queued: Any = None
    downlink_queue_invalidated: Any = None
    location_solved: Any = None
    service_data: Any = None
    # The same uplink a second time, normalized by the server: the first one is the observation.
    uplink_normalized: Any = None


_DECODER = msgspec.json.Decoder(_Up, strict=False)

_KINDS = {
    "join_accept": EventKind.JOIN,
    "downlink_ack": EventKind.ACK,
    "downlink_nack": EventKind.NACK,
    "downlink_sent": EventKind.SENT,
    "downlink_failed": EventKind.FAILED,
    "downlink_queued": EventKind.QUEUED,
    "downlink_queue_invalidated": EventKind.FAILED,
    "location_solved": EventKind.LOCATION,
    "service_data": EventKind.OTHER,
    "uplink_normalized": EventKind.OTHER,
}
# Of the correlation ids that the components of the network make: `as:up:…`, `gs:uplink:…`, `rpc:/ttn.lorawan.v3…`.
_COMPONENTS = {"as", "gs", "ns", "js", "is", "rpc", "pba", "events", "console", "http"}


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: the message names itself by the one member it carries."""
    read = read_json(_DECODER, body)
    ids = read.end_device_ids
    # A device without EUI has none to be known by here; the default name of one that has is its EUI.
    dev_eui = read_eui(ids.dev_eui or ids.device_id.removeprefix("eui-"), field="end_device_ids.dev_eui")
    if read.uplink_message is not None:
        return _uplink(read, read.uplink_message, dev_eui)
    for member, kind in _KINDS.items():
        told = getattr(read, member)
        if told is not None:
            return _event(read, members(told), dev_eui, kind)
    raise Malformed(_("Ce n’est ni une remontée ni un événement connu de The Things Stack v3."))


def _uplink(read: _Up, uplink: _Uplink, dev_eui: str) -> ParsedUplink:
    payload, repaired = read_base64(uplink.frm_payload or "", field="uplink_message.frm_payload")
    # The network server's time; the application server's is a few hundred milliseconds later.
    received_at, unread = first_time(uplink.received_at, read.received_at)
    settings = members(uplink.settings)
    lora = members(members(settings.get("data_rate")).get("lora"))
    dev_addr = read.end_device_ids.dev_addr.lower() if read.end_device_ids.dev_addr else None
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=uplink.session_key_id or dev_addr or "",
        received_at=received_at,
        f_port=read_port(uplink.f_port, field="uplink_message.f_port"),
        f_cnt=read_counter(uplink.f_cnt, field="uplink_message.f_cnt"),
        payload=payload,
        confirmed=bool(uplink.confirmed),
        **heard_by([_gateway(reception) for reception in items(uplink.rx_metadata)]),
        frequency_hz=whole(settings.get("frequency")),
        spreading_factor=whole(lora.get("spreading_factor")),
        bandwidth_hz=whole(lora.get("bandwidth")),
        battery_percent=number(members(uplink.last_battery_percentage).get("value")),
        decoded=uplink.decoded_payload if isinstance(uplink.decoded_payload, dict) else None,
        problems=repaired + unread,
    )


def _gateway(reception: Mapping[str, Any]) -> Gateway:
    ids = members(reception.get("gateway_ids"))
    longitude, latitude = place(reception.get("location"))
    return Gateway(
        id=(text(ids.get("eui")) or text(ids.get("gateway_id"))).lower(),
        rssi=number(reception.get("rssi")),
        snr=number(reception.get("snr")),
        longitude=longitude,
        latitude=latitude,
    )


def _event(read: _Up, told: Mapping[str, Any], dev_eui: str, kind: EventKind) -> DeviceEvent:
    # A failure carries its downlink, an invalidated queue all of them; the others are the downlink.
    downlink = members(told.get("downlink")) or next(iter(items(told.get("downlinks"))), told)
    error = members(told.get("error"))
    longitude, latitude = place(told.get("location"))
    return DeviceEvent(
        kind=kind,
        dev_eui=dev_eui,
        received_at=read_time(told.get("received_at")) or read_time(read.received_at),
        reference=_reference(downlink.get("correlation_ids")) if kind is not EventKind.JOIN else "",
        error=": ".join(filter(None, (text(error.get("name")), text(error.get("message_format"))))),
        f_cnt=whole(downlink.get("f_cnt")),
        longitude=longitude,
        latitude=latitude,
    )


def _reference(correlation_ids: Any) -> str:
    """The first that who sent the downlink gave it."""
    told = [one for one in correlation_ids if isinstance(one, str)] if isinstance(correlation_ids, list) else []
    return next((one for one in told if one.partition(":")[0] not in _COMPONENTS), "")
