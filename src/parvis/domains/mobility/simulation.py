"""Simulated car parks: free spaces follow the hour, each park with its own crowd."""

import math
import random
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.context.attributes import value_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.values import Reading
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet, quarters_of_an_hour
from parvis.telemetry.devices.demo_codecs import CAR_PARK_COUNTER

REPORTS_PER_SECOND = 0.3

fleet = Fleet(CAR_PARK_COUNTER)


def occupancy(hour: float, crowd: float) -> float:
    """Share of spaces taken, 0 to 1: fullest in mid-afternoon; `crowd` from 0.6 (quiet) to 1.05 (too small)."""
    return min(1.0, max(0.08, crowd * (0.5 - 0.45 * math.cos((hour - 3.5) / 24 * 2 * math.pi))))


def crowd_of(thing: Entity) -> float:
    """Of a car park, the same each time."""
    return 0.6 + (int(simulation.dev_eui(thing.urn)[-2:], 16) / 255) * 0.45


def free_spaces(thing: Entity, at: datetime, rng: random.Random) -> int:
    local = timezone.localtime(at)
    total = value_of(thing.attributes.get("totalSpotNumber")) or 200
    taken = occupancy(local.hour + local.minute / 60, crowd_of(thing)) * rng.uniform(0.97, 1.03)
    return max(0, round(total * (1 - taken)))


def past(things: Iterable[Entity], now: datetime, rng: random.Random) -> list[Reading]:
    return [
        Reading(entity_id=thing.pk, attribute="availableSpotNumber", value=free_spaces(thing, at, rng), observed_at=at)
        for thing in things
        for at in quarters_of_an_hour(now)
    ]


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    for device, thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        free = free_spaces(thing, now, rng)
        payload = simulation.car_park_counter(free=free, entered=rng.randint(0, 30), gone=rng.randint(0, 30))
        yield fleet.uplink(device, payload, now, rng)
