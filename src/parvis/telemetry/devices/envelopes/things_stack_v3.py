"""The Things Stack v3 application messages (`ttn.lorawan.v3.ApplicationUp`): the same body by webhook and by MQTT."""

from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from .message import DeviceEvent, EventKind, Gateway, Malformed, Message, ParsedUplink, best_gateway
from .wire import in_range, read_base64, read_eui, read_json, read_time


class _DeviceIds(msgspec.Struct):
    dev_eui: str
    dev_addr: str | None = None


class _GatewayIds(msgspec.Struct):
    gateway_id: str = ""
    eui: str = ""


class _Reception(msgspec.Struct):
    gateway_ids: _GatewayIds = msgspec.field(default_factory=_GatewayIds)
    rssi: float | None = None
    snr: float | None = None


class _Lora(msgspec.Struct):
    bandwidth: int | None = None
    spreading_factor: int | None = None


class _DataRate(msgspec.Struct):
    lora: _Lora | None = None


class _Settings(msgspec.Struct):
    data_rate: _DataRate | None = None
    frequency: int | None = None


class _Battery(msgspec.Struct):
    value: float | None = None


class _Uplink(msgspec.Struct):
    session_key_id: str = ""
    f_port: int = 0
    f_cnt: int = 0
    frm_payload: str = ""
    decoded_payload: dict[str, Any] | None = None
    rx_metadata: list[_Reception] = msgspec.field(default_factory=list)
    settings: _Settings = msgspec.field(default_factory=_Settings)
    received_at: str | None = None
    confirmed: bool = False
    last_battery_percentage: _Battery | None = None


_ABSENT = msgspec.Raw()


class _Up(msgspec.Struct):
    end_device_ids: _DeviceIds
    received_at: str | None = None
    uplink_message: _Uplink | None = None
    join_accept: msgspec.Raw = _ABSENT
    downlink_ack: msgspec.Raw = _ABSENT
    downlink_nack: msgspec.Raw = _ABSENT
    downlink_sent: msgspec.Raw = _ABSENT
    downlink_failed: msgspec.Raw = _ABSENT
    downlink_queued: msgspec.Raw = _ABSENT
    downlink_queue_invalidated: msgspec.Raw = _ABSENT
    location_solved: msgspec.Raw = _ABSENT
    service_data: msgspec.Raw = _ABSENT
    # The same uplink a second time, normalized by the server: the first one is the observation.
    uplink_normalized: msgspec.Raw = _ABSENT


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


def parse(body: bytes, event: str = "") -> Message:
    """`event` is not needed: the message names itself by the one member it carries."""
    read = read_json(_DECODER, body)
    dev_eui = read_eui(read.end_device_ids.dev_eui, field="end_device_ids.dev_eui")
    if read.uplink_message is not None:
        return _uplink(read, read.uplink_message, dev_eui)
    for member, kind in _KINDS.items():
        if bytes(getattr(read, member)) not in {b"", b"null"}:
            return DeviceEvent(kind=kind, dev_eui=dev_eui, received_at=read_time(read.received_at))
    raise Malformed(_("Ce n’est ni une remontée ni un événement connu de The Things Stack v3."))


def _uplink(read: _Up, uplink: _Uplink, dev_eui: str) -> ParsedUplink:
    payload, problems = read_base64(uplink.frm_payload, field="uplink_message.frm_payload")
    gateways = tuple(
        Gateway(
            id=(reception.gateway_ids.eui or reception.gateway_ids.gateway_id).lower(),
            rssi=reception.rssi,
            snr=reception.snr,
        )
        for reception in uplink.rx_metadata
    )
    best = best_gateway(gateways)
    lora = (uplink.settings.data_rate.lora if uplink.settings.data_rate else None) or _Lora()
    dev_addr = read.end_device_ids.dev_addr.lower() if read.end_device_ids.dev_addr else None
    return ParsedUplink(
        dev_eui=dev_eui,
        dev_addr=dev_addr,
        session=uplink.session_key_id or dev_addr or "",
        # The network server's time; the application server's is a few hundred milliseconds later.
        received_at=read_time(uplink.received_at) or read_time(read.received_at),
        f_port=in_range(uplink.f_port, low=0, high=255, field="uplink_message.f_port"),
        f_cnt=in_range(uplink.f_cnt, low=0, high=2**32 - 1, field="uplink_message.f_cnt"),
        payload=payload,
        confirmed=uplink.confirmed,
        rssi=best.rssi if best else None,
        snr=best.snr if best else None,
        gateways=gateways,
        frequency_hz=uplink.settings.frequency,
        spreading_factor=lora.spreading_factor,
        bandwidth_hz=lora.bandwidth,
        battery_percent=uplink.last_battery_percentage.value if uplink.last_battery_percentage else None,
        decoded=uplink.decoded_payload,
        problems=problems,
    )
