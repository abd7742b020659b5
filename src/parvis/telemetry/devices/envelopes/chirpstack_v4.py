"""ChirpStack v4 events, JSON marshaler (`api/proto/integration`): one body for the webhook and for MQTT.

proto3 JSON may leave out zeros and false: an absent port or counter is 0.
"""

from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink, best_gateway
from .wire import in_range, read_base64, read_eui, read_json, read_time


class _DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: str


class _Reception(msgspec.Struct, rename="camel"):
    gateway_id: str = ""
    rssi: float | None = None
    snr: float | None = None


class _Lora(msgspec.Struct, rename="camel"):
    bandwidth: int | None = None
    spreading_factor: int | None = None


class _Modulation(msgspec.Struct):
    lora: _Lora | None = None


class _Transmission(msgspec.Struct):
    frequency: int | None = None
    modulation: _Modulation | None = None


class _Event(msgspec.Struct, rename="camel"):
    device_info: _DeviceInfo
    deduplication_id: str | None = None
    time: str | None = None
    dev_addr: str | None = None
    f_port: int | None = None
    f_cnt: int | None = None
    confirmed: bool = False
    data: str | None = None
    object: dict[str, Any] | None = None
    dr: int | None = None
    rx_info: list[_Reception] | None = None
    tx_info: _Transmission | None = None
    # Fields by which the other events are told when the URL or topic does not name them.
    margin: int | None = None
    battery_level: float | None = None
    battery_level_unavailable: bool = False
    external_power_source: bool = False
    acknowledged: bool | None = None
    queue_item_id: str | None = None
    downlink_id: int | None = None
    level: str | int | None = None
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
    if kind is not None:
        return DeviceEvent(
            kind=kind,
            dev_eui=dev_eui,
            received_at=read_time(read.time),
            message_id=read.deduplication_id,
            battery_percent=_battery(read),
        )
    payload, problems = read_base64(read.data or "", field="data")
    gateways = tuple(
        Gateway(id=reception.gateway_id.lower(), rssi=reception.rssi, snr=reception.snr)
        for reception in read.rx_info or ()
    )
    best = best_gateway(gateways)
    transmission = read.tx_info or _Transmission()
    lora = (transmission.modulation.lora if transmission.modulation else None) or _Lora()
    dev_addr = read.dev_addr.lower() if read.dev_addr else None
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=dev_addr or "",
        received_at=read_time(read.time),
        f_port=in_range(read.f_port or 0, low=0, high=255, field="fPort"),
        f_cnt=in_range(read.f_cnt or 0, low=0, high=2**32 - 1, field="fCnt"),
        payload=payload,
        confirmed=read.confirmed,
        rssi=best.rssi if best else None,
        snr=best.snr if best else None,
        gateways=gateways,
        frequency_hz=transmission.frequency,
        spreading_factor=lora.spreading_factor,
        bandwidth_hz=lora.bandwidth,
        message_id=read.deduplication_id or None,
        decoded=read.object,
        problems=problems,
    )


def _kind(read: _Event, event: str) -> EventKind | None:
    """None for an uplink. The name given by the door wins; else the shape tells."""
    if event == "up":
        return None
    if event:
        return _KINDS.get(event, EventKind.OTHER)
    for told, kind in (
        (read.level is not None, EventKind.LOG),
        (read.margin is not None or read.external_power_source, EventKind.STATUS),
        (read.acknowledged is not None, EventKind.ACK),
        (read.downlink_id is not None or read.queue_item_id is not None, EventKind.SENT),
        (_has_payload_or_radio(read), None),
        (read.location is not None, EventKind.LOCATION),
        (bool(read.dev_addr), EventKind.JOIN),
    ):
        if told:
            return kind
    raise Malformed(_("Ce n’est ni une remontée ni un événement connu de ChirpStack v4."))


def _has_payload_or_radio(read: _Event) -> bool:
    return any(value is not None for value in (read.rx_info, read.data, read.f_cnt, read.dr))


def _battery(read: _Event) -> float | None:
    if read.battery_level is None or read.battery_level_unavailable or read.external_power_source:
        return None
    return read.battery_level
