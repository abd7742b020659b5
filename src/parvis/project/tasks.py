"""What the job worker runs: reactions to events, and the periodic jobs packages declare."""

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from parvis.kernel import events

RETRY = RetryStrategy(max_attempts=12, exponential_wait=3, wait=1)


@app.task(name=events.REACTION_TASK, queue=events.QUEUE, retry=RETRY)
def react(event: str, payload: dict[str, Any], reaction: str) -> None:
    events.react(event=event, payload=payload, reaction=reaction)
