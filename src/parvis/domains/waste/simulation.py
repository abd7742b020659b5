"""Simulated containers: they fill, and are emptied once the intervention on them closes the alarm."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from parvis.domains.waste.entities import OVERFLOWING
from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.context.attributes import observed_at_of, value_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.values import Reading
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet, quarters_of_an_hour
from parvis.telemetry.devices.demo_codecs import BIN_LEVEL
from parvis.telemetry.supervision.selectors import has_open_alarm

REPORTS_PER_SECOND = 0.4
MOST_FULL = 6
SETTLED = timedelta(seconds=60)

fleet = Fleet(BIN_LEVEL)


def past(things: Iterable[Entity], now: datetime, rng: random.Random) -> list[Reading]:
    """Levels that rise over the day to the present one."""
    readings = []
    for thing in things:
        level = value_of(thing.attributes.get("fillingLevel")) or 0.0
        for at in reversed(quarters_of_an_hour(now)[::16]):
            level = max(0.0, level - rng.uniform(0, 0.08))
            readings.append(
                Reading(entity_id=thing.pk, attribute="fillingLevel", value=round(level, 2), observed_at=at)
            )
    return readings


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    full = list(
        fleet.devices().filter(entity__attributes__fillingLevel__value__gte=OVERFLOWING).order_by("id")[:MOST_FULL]
    )
    for device in full:
        if device.entity is not None and _emptied(device.entity, now):
            yield fleet.uplink(device, _payload(0.04, rng), now, rng)
    for device, thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        level = value_of(thing.attributes.get("fillingLevel")) or 0.0
        if level >= OVERFLOWING:
            continue
        level = min(level + rng.uniform(0, 0.12), 0.97)
        if level >= OVERFLOWING and len(full) >= MOST_FULL:
            level = rng.uniform(0.05, 0.3)  # collected in time
        yield fleet.uplink(device, _payload(level, rng), now, rng)


def _emptied(thing: Entity, now: datetime) -> bool:
    since = observed_at_of(thing.attributes.get("fillingLevel"))
    return since is not None and now - since > SETTLED and not has_open_alarm(thing.pk)


def _payload(level: float, rng: random.Random) -> bytes:
    return simulation.bin_level(
        filling_percent=level * 100, temperature_c=rng.uniform(4, 16), battery_percent=rng.uniform(55, 99)
    )
