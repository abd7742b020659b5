"""Simulated air stations: traffic peaks morning and evening, each station with its own background."""

import math
import random
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet
from parvis.telemetry.devices.demo_codecs import AIR_STATION

REPORTS_PER_SECOND = 0.15

fleet = Fleet(AIR_STATION)


def traffic(hour: float) -> float:
    """0 to 1: two peaks, at half past eight and at six."""
    return math.exp(-(((hour - 8.5) / 1.8) ** 2)) + math.exp(-(((hour - 18) / 2.2) ** 2))


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    at = timezone.localtime(now)
    peak = traffic(at.hour + at.minute / 60)
    for device, _thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        background = int(device.eui[-2:], 16) / 255
        pm10 = 10 + 8 * background + 16 * peak * rng.uniform(0.8, 1.2)
        payload = simulation.air_station(
            pm10=pm10,
            pm25=pm10 * 0.6,
            no2=8 + 14 * background + 30 * peak * rng.uniform(0.8, 1.2),
            temperature_c=8 + 6 * math.sin((at.hour - 9) / 24 * 2 * math.pi) + rng.uniform(-0.5, 0.5),
            humidity_percent=72 + rng.uniform(-8, 8),
        )
        yield fleet.uplink(device, payload, now, rng)
