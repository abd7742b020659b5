"""Simulated river levels: slow waves, and every twenty minutes one station in flood for a few minutes."""

import math
import random
from collections.abc import Iterable, Iterator
from datetime import datetime

from parvis.domains.water.entities import ALERT_M
from parvis.kernel.contributions import SimulatedUplink
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.values import Reading
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo import Fleet, quarters_of_an_hour
from parvis.telemetry.devices.demo_codecs import RIVER_GAUGE

REPORTS_PER_SECOND = 0.12
EPISODE_S = 1200
FLOOD_S = 360

fleet = Fleet(RIVER_GAUGE)


def level_m(eui: str, now: datetime) -> float:
    """Metres above the gauge's zero, without flood: a wave of a few hours, its own for each station."""
    phase = int(eui[-4:], 16) / 65535 * 2 * math.pi
    return 0.8 + 0.3 * math.sin(now.timestamp() / 9000 + phase)


def past(things: Iterable[Entity], now: datetime) -> list[Reading]:
    return [
        Reading(
            entity_id=thing.pk,
            attribute="currentLevel",
            value=round(level_m(simulation.dev_eui(thing.urn), at), 3),
            observed_at=at,
        )
        for thing in things
        for at in quarters_of_an_hour(now)
    ]


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    number, into = divmod(int(now.timestamp()), EPISODE_S)
    count = fleet.devices().count()
    in_flood = fleet.devices().order_by("id")[number % count] if count else None
    if in_flood is not None and into % 15 == 0 and into < FLOOD_S + 60:
        height = ALERT_M + 0.3 if into < FLOOD_S else level_m(in_flood.eui, now)
        yield fleet.uplink(in_flood, simulation.river_gauge(level_m=height), now, rng)
    for device, _thing in fleet.pick(rng, per_second=REPORTS_PER_SECOND):
        if in_flood is None or device.pk != in_flood.pk or into > FLOOD_S:
            yield fleet.uplink(device, simulation.river_gauge(level_m=level_m(device.eui, now)), now, rng)
