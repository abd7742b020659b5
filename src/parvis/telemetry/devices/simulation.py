"""What the demonstration's radio would send: the bytes of our example sensors, and a network server's envelope around them."""

import base64
import struct
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID

Fault = Literal["ok", "defectiveLamp", "columnIssue", "brokenLantern"]
_FAULTS: tuple[Fault, ...] = ("ok", "defectiveLamp", "columnIssue", "brokenLantern")
GATEWAY = "02004d54500000ff"


def lamp_controller(
    *, lit: bool, dimming_percent: int, power_w: float, temperature_c: float, fault: Fault = "ok"
) -> bytes:
    flags = int(lit) | _FAULTS.index(fault) << 1
    return struct.pack(
        ">BBHb", flags, _within(dimming_percent, 0, 100), _tenths(power_w), _within(temperature_c, -128, 127)
    )


def car_park_counter(*, free: int, entered: int = 0, gone: int = 0) -> bytes:
    return struct.pack(">HHH", *(_within(number, 0, 0xFFFF) for number in (free, entered, gone)))


def bin_level(*, filling_percent: float | None, temperature_c: float, battery_percent: float = 90) -> bytes:
    """`filling_percent` None: the echo was lost."""
    level = 255 if filling_percent is None else _within(filling_percent, 0, 100)
    return struct.pack(">BbB", level, _within(temperature_c, -128, 127), _within(battery_percent, 0, 100))


def river_gauge(*, level_m: float, battery_mv: int = 3600) -> bytes:
    return struct.pack(">hH", _within(level_m * 1000, -0x8000, 0x7FFF), _within(battery_mv, 0, 0xFFFF))


def air_station(*, pm10: float, pm25: float, no2: float, temperature_c: float, humidity_percent: float) -> bytes:
    """Concentrations in µg/m³."""
    temperature = _within(temperature_c * 10, -0x8000, 0x7FFF)
    return struct.pack(
        ">HHHhB", _tenths(pm10), _tenths(pm25), _tenths(no2), temperature, _within(humidity_percent * 2, 0, 200)
    )


def dev_eui(urn: str) -> str:
    """The DevEUI of the demonstration's device on this thing: locally administered (second bit), the same each time."""
    return "02" + blake2b(urn.encode(), digest_size=7).hexdigest()


def chirpstack_uplink(
    *,
    dev_eui: str,
    name: str,
    payload: bytes,
    f_port: int,
    f_cnt: int,
    at: datetime,
    gateway: str = GATEWAY,
    rssi: int = -96,
    snr: float = 7.5,
    spreading_factor: int = 9,
) -> dict[str, Any]:
    """A ChirpStack v4 `up` event, as its webhook posts it. `at` is aware; the same uplink has the same `deduplicationId`."""
    identity = blake2b(f"{dev_eui}/{f_cnt}/{at.isoformat()}".encode() + payload, digest_size=16)
    address = blake2b(dev_eui.encode(), digest_size=4).hexdigest()
    return {
        "deduplicationId": str(UUID(bytes=identity.digest())),
        "time": at.isoformat(),
        "deviceInfo": {
            "tenantId": "00000000-0000-4000-8000-000000000001",
            "tenantName": "Parvis",
            "applicationId": "00000000-0000-4000-8000-000000000002",
            "applicationName": "demo",
            "deviceProfileId": "00000000-0000-4000-8000-000000000003",
            "deviceProfileName": "demo",
            "deviceName": name,
            "devEui": dev_eui,
            "tags": {"synthetic": "true"},
        },
        "devAddr": address,
        "adr": True,
        "dr": 12 - spreading_factor,
        "fCnt": f_cnt,
        "fPort": f_port,
        "confirmed": False,
        "data": base64.b64encode(payload).decode(),
        "rxInfo": [{"gatewayId": gateway, "uplinkId": f_cnt, "rssi": rssi, "snr": snr, "crcStatus": "CRC_OK"}],
        "txInfo": {
            "frequency": 868100000,
            "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": spreading_factor, "codeRate": "CR_4_5"}},
        },
    }


def _within(number: float, low: int, high: int) -> int:
    return max(low, min(high, round(number)))


def _tenths(number: float) -> int:
    return _within(number * 10, 0, 0xFFFF)
