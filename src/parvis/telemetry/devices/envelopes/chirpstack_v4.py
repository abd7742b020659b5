"""ChirpStack v4 events, JSON marshaler (`api/proto/integration`): one body for the webhook and for MQTT.

proto3 JSON may leave out zeros and false: an absent port or counter is 0, an absent `acknowledged` is false.
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


class _DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: str


class _Event(msgspec.Struct, rename="camel"):
    device_info: _DeviceInfo
    deduplication_id: str | None = None
    time: Any = None
    dev_addr: str | None = None
    f_port: Any = None
    f_cnt: Any = None
    confirmed: Any = None
    data: str | None = None
    object: Any = None
    dr: Any = None
    rx_info: Any = None
    tx_info: Any = None
    # Fields by which the other events are told when the URL or topic does not name them.
    margin: Any = None
    battery_level: Any = None
    battery_level_unavailable: Any = None
    external_power_source: Any = None
    acknowledged: Any = None
    queue_item_id: str | None = None
    downlink_id: Any = None
    gateway_id: Any = None
    f_cnt_down: Any = None
    level: Any = None
    code: Any = None
    description: Any = None
    context: Any = None
    location: Any = None


_DECODER = msgspec.json.Decoder(_Event, strict=False)

# The names ChirpStack puts in `?event=` and at the end of its topics.
_KINDS = {
    "join": EventKind.JOIN,
    "status": EventKind.STATUS,
    "ack": EventKind.ACK,
    "txack": EventKind.SENT,
    "log": EventKind.LOG,
    "location": EventKind.LOCATION,
    "integration": EventKind.OTHER,
}


def parse(body: bytes, event: str = "") -> Message:
    read = read_json(_DECODER, body)
    dev_eui = read_eui(read.device_info.dev_eui, field="deviceInfo.devEui")
    kind = _kind(read, event)
    return _uplink(read, dev_eui) if kind is None else _event(read, dev_eui, kind)


def _uplink(read: _Event, dev_eui: str) -> ParsedUplink:
    payload, repaired = read_base64(read.data or "", field="data")
    received_at, unread = first_time(read.time)
    transmission = members(read.tx_info)
    lora = members(members(transmission.get("modulation")).get("lora"))
    dev_addr = read.dev_addr.lower() if read.dev_addr else None
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=dev_addr or "",
        received_at=received_at,
        f_port=read_port(read.f_port, field="fPort"),
        f_cnt=read_counter(read.f_cnt, field="fCnt"),
        payload=payload,
        confirmed=bool(read.confirmed),
        **heard_by([_gateway(reception) for reception in items(read.rx_info)]),
        frequency_hz=whole(transmission.get("frequency")),
        spreading_factor=whole(lora.get("spreadingFactor")),
        bandwidth_hz=whole(lora.get("bandwidth")),
        message_id=read.deduplication_id or None,
        decoded=read.object if isinstance(read.object, dict) else None,
        problems=repaired + unread,
    )


def _gateway(reception: Mapping[str, Any]) -> Gateway:
    longitude, latitude = place(reception.get("location"))
    return Gateway(
        id=text(reception.get("gatewayId")).lower(),
        rssi=number(reception.get("rssi")),
        snr=number(reception.get("snr")),
        longitude=longitude,
        latitude=latitude,
    )


def _event(read: _Event, dev_eui: str, kind: EventKind) -> DeviceEvent:
    reference, error = read.queue_item_id or "", ""
    if kind is EventKind.LOG:
        told = members(read.context)
        reference = text(told.get("queue_item_id"))
        error = f"{text(read.code)}: {text(read.description)}".strip(": ")
        if reference and text(read.level).upper() != "INFO":
            kind = EventKind.FAILED
    elif kind is EventKind.ACK and not read.acknowledged:
        kind = EventKind.NACK
    longitude, latitude = place(read.location)
    return DeviceEvent(
        kind=kind,
        dev_eui=dev_eui,
        received_at=read_time(read.time),
        message_id=read.deduplication_id or None,
        battery_percent=_battery(read),
        reference=reference,
        error=error,
        f_cnt=whole(read.f_cnt_down),
        longitude=longitude,
        latitude=latitude,
    )


def _kind(read: _Event, event: str) -> EventKind | None:
    """None for an uplink. The name given by the door wins; else the shape tells."""
    if event == "up":
        return None
    if event:
        return _KINDS.get(event, EventKind.OTHER)
    for told, kind in (
        (read.level is not None and read.code is not None, EventKind.LOG),
        (read.margin is not None or bool(read.external_power_source), EventKind.STATUS),
        (read.acknowledged is not None, EventKind.ACK),
        (read.downlink_id is not None or read.gateway_id is not None, EventKind.SENT),
        (read.queue_item_id is not None, EventKind.ACK),
        (_has_payload_or_radio(read), None),
        (read.location is not None, EventKind.LOCATION),
        (read.battery_level is not None or bool(read.battery_level_unavailable), EventKind.STATUS),
        (bool(read.dev_addr), EventKind.JOIN),
    ):
        if told:
            return kind
    raise Malformed(_("Ce n’est ni une remontée ni un événement connu de ChirpStack v4."))


def _has_payload_or_radio(read: _Event) -> bool:
    return any(value is not None for value in (read.rx_info, read.data, read.f_cnt, read.dr))


def _battery(read: _Event) -> float | None:
    if read.battery_level_unavailable or read.external_power_source:
        return None
    return number(read.battery_level)
