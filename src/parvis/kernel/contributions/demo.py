"""How a package fills the demonstration city, and keeps it alive. All of it is labelled synthetic."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.kernel.manifest import Contribution


@dataclass(frozen=True, kw_only=True)
class DemoScene:
    """`rng` is seeded per package by `seed`; `scale` 1.0 is the full city (34,000 street lights)."""

    now: datetime
    seed: int
    rng: random.Random
    progress: Callable[[str], None]
    epci: str
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Demo(Contribution):
    """`load` is idempotent: a second call leaves the same rows. Lower `order` first."""

    load: Callable[[DemoScene], None]
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class SimulatedUplink:
    """One envelope to post: `source` is the slug of an ingestion source."""

    source: str
    event: str
    envelope: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Simulated(Contribution):
    """One second of the simulated city: `step` gives the uplinks to post, and may itself act as a simulated crew."""

    code: str
    step: Callable[[datetime, random.Random], Iterator[SimulatedUplink]]
