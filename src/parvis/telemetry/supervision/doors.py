"""`/live/alarms`: each change of an alarm, told to the control rooms that may see it."""

import json
from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from parvis.telemetry.context.live import LiveDoor, News, event
from parvis.telemetry.supervision.live import CHANNEL


def gather(payloads: Sequence[str]) -> list[News] | None:
    """The latest state of each alarm told of."""
    latest = {told["urn"]: told for told in map(json.loads, payloads)}
    return [
        News(organisation_id=told.pop("organisation"), area_code=told.pop("area"), item=told)
        for told in latest.values()
    ]


def encode(items: Sequence[Any]) -> bytes:
    """One event an alarm."""
    return b"".join(event("alarm", json.dumps(item, ensure_ascii=False).encode()) for item in items)


live = LiveDoor(channel=CHANNEL, permission="supervision.view", gather=gather, encode=encode)

lifespan = live.lifespan

routes = [Route("/live/alarms", live.endpoint)]
