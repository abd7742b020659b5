"""How long a downlink holds the air, and how much of it may be held.

The band of EU868 is shared by a duty cycle (ETSI EN 300 220-2, annex B; LoRaWAN RP002): a gateway that has spoken for its share of the hour
is silent for everybody, and while it speaks it hears nobody.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WORST_SPREADING_FACTOR = 12
"""Of a device not heard yet, and of the second window and of classes B and C (RX2 of EU868 is SF12 unless the network says otherwise)."""
LARGEST_PAYLOAD = 222
"""Bytes, at SF7 (RP002, EU868, repeater compatible)."""

_FRAME = 13  # bytes around the payload of an application: MHDR 1, FHDR 7, FPort 1, MIC 4
_PREAMBLE = 8 + 4.25  # symbols
_SLOW_SYMBOL_S = 0.016  # from there on, low data rate optimisation
_OUR_SHARE = 0.5  # the network server's own answers (joins, acknowledgements, ADR) need the rest
_DUTY_CYCLE = {
    "A": 0.01,  # answers in the channel of the uplink, 868.0 to 868.6 MHz
    "B": 0.10,  # 869.525 MHz
    "C": 0.10,
}


def frame_ms(payload_bytes: int, spreading_factor: int) -> int:
    """Milliseconds on air, rounded up, of a downlink with this much payload, 125 kHz. Downlinks carry no CRC."""
    return math.ceil(time_on_air_ms(payload_bytes + _FRAME, spreading_factor=spreading_factor, crc=False))


def time_on_air_ms(phy_bytes: int, *, spreading_factor: int, bandwidth_hz: int = 125_000, crc: bool = True) -> float:
    """Semtech AN1200.13, explicit header, coding rate 4/5."""
    symbol_s = (1 << spreading_factor) / bandwidth_hz
    slow = 2 if symbol_s > _SLOW_SYMBOL_S else 0
    bits = 8 * phy_bytes - 4 * spreading_factor + 28 + (16 if crc else 0)
    symbols = 8 + max(0, math.ceil(bits / (4 * (spreading_factor - slow)))) * 5
    return (_PREAMBLE + symbols) * symbol_s * 1000


def gateway_budget_ms(device_class: str) -> int:
    """What we may have one gateway say in any hour to devices of this class (A, B or C)."""
    return round(HOUR.total_seconds() * 1000 * _DUTY_CYCLE[device_class] * _OUR_SHARE)


def room_at(
    *, spent: Sequence[tuple[datetime, int]], wanted_ms: int, allowed_ms: int, window: timedelta, now: datetime
) -> datetime | None:
    """When `wanted_ms` more fit in the budget of a sliding window; None: at once. `spent`: instants and milliseconds, in any order.
    What is larger than the whole budget fits when nothing else was spent."""
    held = sorted((at, ms) for at, ms in spent if at > now - window)
    total = sum(ms for _, ms in held)
    free_at = None
    for at, ms in held:
        if total + wanted_ms <= allowed_ms:
            break
        total -= ms
        free_at = at + window
    return free_at
