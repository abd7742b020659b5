"""Simulated lamps: lit from dusk to dawn, one now and then at fault until its intervention closes the alarm."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from parvis.domains.lighting.entities import FAULTS
from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.context.attributes import observed_at_of, value_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet
from parvis.telemetry.devices.demo_codecs import LAMP_CONTROLLER
from parvis.telemetry.supervision.selectors import has_open_alarm

REPORTS_PER_SECOND = 1.2
FAULT_EVERY_S = 75
MOST_FAULTS = 8
SETTLED = timedelta(seconds=45)  # a fault younger than this may not have its alarm yet

fleet = Fleet(LAMP_CONTROLLER)


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    faulty = fleet.devices().filter(entity__attributes__status__value__in=sorted(FAULTS)).order_by("id")[:MOST_FAULTS]
    broken = [(device, device.entity) for device in faulty if device.entity is not None]
    for device, thing in broken:
        if _repaired(thing, now):
            yield fleet.uplink(device, _payload(now, thing, rng, "ok"), now, rng)
    breaks = len(broken) < MOST_FAULTS and rng.random() < 1 / FAULT_EVERY_S
    for device, thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        if value_of(thing.attributes.get("status")) in FAULTS:
            continue
        fault: simulation.Fault = rng.choice(("defectiveLamp", "brokenLantern")) if breaks else "ok"
        breaks = False
        yield fleet.uplink(device, _payload(now, thing, rng, fault), now, rng)


def _repaired(thing: Entity, now: datetime) -> bool:
    """The alarm of the fault was raised, and is no more: the crew has been."""
    since = observed_at_of(thing.attributes.get("status"))
    return since is not None and now - since > SETTLED and not has_open_alarm(thing.pk)


def _payload(now: datetime, thing: Entity, rng: random.Random, fault: simulation.Fault) -> bytes:
    hour = timezone.localtime(now).hour
    lit = (hour >= 17 or hour < 8) and fault == "ok"
    dimming = 60 if lit and (hour >= 23 or hour < 5) else 100 if lit else 0
    rated = value_of(thing.attributes.get("powerRating")) or 36
    return simulation.lamp_controller(
        lit=lit,
        dimming_percent=dimming,
        power_w=rated * dimming / 100 * rng.uniform(0.97, 1.03) if lit else 0.4,
        temperature_c=rng.uniform(24, 41) if lit else rng.uniform(6, 15),
        fault=fault,
    )
