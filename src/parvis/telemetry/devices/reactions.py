"""What devices do when something has happened."""

from parvis.kernel import clock
from parvis.telemetry.devices.events import DeviceHadMoved, ReplayAdvanced
from parvis.telemetry.devices.services.replaying import advance_replay
from parvis.telemetry.devices.services.taking_back import take_back


def go_on_with_replay(event: ReplayAdvanced) -> None:
    advance_replay(replay_id=event.replay_id, now=clock.now())


def take_back_measures(event: DeviceHadMoved) -> None:
    take_back(event, now=clock.now())
