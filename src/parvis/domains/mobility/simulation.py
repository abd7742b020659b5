"""Simulated car parks: free spaces follow the hour, each park with its own crowd."""

import math
import random
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.context.attributes import value_of
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet
from parvis.telemetry.devices.demo_codecs import CAR_PARK_COUNTER

REPORTS_PER_SECOND = 0.3

fleet = Fleet(CAR_PARK_COUNTER)


def occupancy(hour: float, crowd: float) -> float:
    """Share of spaces taken, 0 to 1: fullest in mid-afternoon; `crowd` from 0.6 (quiet) to 1.05 (too small)."""
    return min(1.0, max(0.08, crowd * (0.5 - 0.45 * math.cos((hour - 3.5) / 24 * 2 * math.pi))))


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    at = timezone.localtime(now)
    for device, thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        total = value_of(thing.attributes.get("totalSpotNumber")) or 200
        crowd = 0.6 + (int(device.eui[-2:], 16) / 255) * 0.45
        taken = occupancy(at.hour + at.minute / 60, crowd) * rng.uniform(0.97, 1.03)
        free = max(0, round(total * (1 - taken)))
        payload = simulation.car_park_counter(free=free, entered=rng.randint(0, 30), gone=rng.randint(0, 30))
        yield fleet.uplink(device, payload, now, rng)
