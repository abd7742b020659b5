"""Where the reactor of telemetry/context comes in."""

from collections.abc import Sequence

from parvis.kernel import clock
from parvis.kernel.contributions import Change
from parvis.telemetry.supervision.services import evaluate


def consume_changes(changes: Sequence[Change]) -> None:
    evaluate(changes=changes, now=clock.now())
