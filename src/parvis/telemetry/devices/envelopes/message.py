"""What any LoRaWAN network server tells us once its envelope is read: an uplink, or another event of a device.

One value for all servers, so that nothing after the envelope knows which server spoke.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.functional import Promise


class EventKind(StrEnum):
    """Events other than uplinks; they carry no measurement."""

    JOIN = "join"
    STATUS = "status"
    ACK = "ack"
    NACK = "nack"
    SENT = "sent"
    FAILED = "failed"
    QUEUED = "queued"
    LOG = "log"
    LOCATION = "location"
    OTHER = "other"


class Gateway(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One gateway that heard the uplink: `rssi` in dBm, `snr` in dB; where it stands (EPSG:4326) if the envelope says so."""

    id: str
    rssi: float | None = None
    snr: float | None = None
    longitude: float | None = None
    latitude: float | None = None


class ParsedUplink(msgspec.Struct, frozen=True, kw_only=True):
    """One uplink as the network server pushed it.

    `received_at` is the network server's reception time, UTC, truncated to the millisecond, None when unreadable.
    `session` is what the server says of the LoRaWAN session (session key id, else device address), "" when it does
    not. `rssi` and `snr` are the server's own when it gives them, else those of the gateway with the highest RSSI.
    `decoded` is the server's own decoding. `problems` lists what had to be repaired or left out to read the envelope.
    A network without ports (Sigfox) has `f_port` 0.
    """

    dev_eui: str
    dev_addr: str | None = None
    session: str = ""
    received_at: datetime | None
    f_port: int
    f_cnt: int
    payload: bytes
    confirmed: bool | None = None
    rssi: float | None = None
    snr: float | None = None
    gateways: tuple[Gateway, ...] = ()
    frequency_hz: int | None = None
    spreading_factor: int | None = None
    bandwidth_hz: int | None = None
    message_id: str | None = None
    battery_percent: float | None = None
    decoded: Mapping[str, Any] | None = None
    problems: tuple[str, ...] = ()


class DeviceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A join, a status, an acknowledgement…: told by the server, never an observation of the city.

    Of a downlink: `reference` is what names it to who sent it (ChirpStack v4: its queue item id; The Things Stack: the
    first of its correlation ids that the network did not make; ThingPark: its correlation id), `f_cnt` its counter,
    `error` why it FAILED. LOCATION events have `longitude` and `latitude` (EPSG:4326).
    """

    kind: EventKind
    dev_eui: str
    received_at: datetime | None
    message_id: str | None = None
    battery_percent: float | None = None
    reference: str = ""
    error: str = ""
    f_cnt: int | None = None
    longitude: float | None = None
    latitude: float | None = None


Message = ParsedUplink | DeviceEvent


class Malformed(ValueError):
    """The envelope cannot be read; `message` says precisely why, in the words of the agent's screen."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


def best_gateway(gateways: tuple[Gateway, ...]) -> Gateway | None:
    """The gateway with the highest RSSI, the first one in a tie; one without RSSI counts last."""
    best: Gateway | None = None
    for gateway in gateways:
        if best is None or (gateway.rssi is not None and (best.rssi is None or gateway.rssi > best.rssi)):
            best = gateway
    return best
