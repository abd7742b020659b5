"""What devices do when something has happened."""

from parvis.kernel import clock
from parvis.telemetry.devices.events import ReplayAdvanced
from parvis.telemetry.devices.services.replaying import advance_replay


def go_on_with_replay(event: ReplayAdvanced) -> None:
    advance_replay(replay_id=event.replay_id, now=clock.now())
