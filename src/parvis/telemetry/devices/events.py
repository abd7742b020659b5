"""Facts of devices that are told after commit."""

from dataclasses import dataclass
from datetime import datetime

from parvis.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ReplayAdvanced(Event):
    """A replay has come this far and has more to do; the first time, when it is asked for."""

    replay_id: int
    done: int


@dataclass(frozen=True, kw_only=True)
class DeviceHadMoved(Event):
    """It is told afterwards that a device had left a thing at `since`: what it wrote there from then on is taken back, batch by batch.
    `after_id` is the last uplink done, `last_id` the last there was when it was told."""

    device_id: int
    entity_id: int
    since: datetime
    last_id: int
    after_id: int = 0
