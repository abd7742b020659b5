"""Simulated air stations: traffic peaks morning and evening, each station with its own background."""

import math
import random
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.values import Reading
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet, quarters_of_an_hour
from parvis.telemetry.devices.demo_codecs import AIR_STATION

REPORTS_PER_SECOND = 0.15

fleet = Fleet(AIR_STATION)


def traffic(hour: float) -> float:
    """0 to 1: two peaks, at half past eight and at six."""
    return math.exp(-(((hour - 8.5) / 1.8) ** 2)) + math.exp(-(((hour - 18) / 2.2) ** 2))


def air(eui: str, at: datetime, rng: random.Random) -> dict[str, float]:
    """Concentrations in µg/m³ by attribute."""
    local = timezone.localtime(at)
    peak = traffic(local.hour + local.minute / 60)
    background = int(eui[-2:], 16) / 255
    pm10 = 10 + 8 * background + 16 * peak * rng.uniform(0.8, 1.2)
    no2 = 8 + 14 * background + 30 * peak * rng.uniform(0.8, 1.2)
    return {"pm10": round(pm10, 1), "pm25": round(pm10 * 0.6, 1), "no2": round(no2, 1)}


def past(things: Iterable[Entity], now: datetime, rng: random.Random) -> list[Reading]:
    return [
        Reading(entity_id=thing.pk, attribute=name, value=value, observed_at=at)
        for thing in things
        for at in quarters_of_an_hour(now)
        for name, value in air(simulation.dev_eui(thing.urn), at, rng).items()
    ]


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    at = timezone.localtime(now)
    for device, _thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        payload = simulation.air_station(
            **air(device.eui, now, rng),
            temperature_c=8 + 6 * math.sin((at.hour - 9) / 24 * 2 * math.pi) + rng.uniform(-0.5, 0.5),
            humidity_percent=72 + rng.uniform(-8, 8),
        )
        yield fleet.uplink(device, payload, now, rng)
