"""Facts of devices that are told after commit."""

from dataclasses import dataclass

from parvis.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ReplayAdvanced(Event):
    """A replay has come this far and has more to do; the first time, when it is asked for."""

    replay_id: int
    done: int
