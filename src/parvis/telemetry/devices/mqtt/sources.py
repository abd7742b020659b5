"""Which sources come by MQTT, and what a topic says of its message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from parvis.telemetry.devices.ingestion import SourceRef, source_ref
from parvis.telemetry.devices.models import Server, Source

_NAMING_EVENTS = {Server.CHIRPSTACK_V4, Server.CHIRPSTACK_V3}


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic filter and the source it feeds."""

    filter: str
    source: SourceRef

    def matches(self, topic: str) -> bool:
        return self._pattern.fullmatch(topic) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """MQTT 5, 4.7.1: `+` is one level, perhaps empty; a last `#` is all that follows, and what stands before it too.
        Compiled once: paho's own matching took a tenth of the time of ingestion."""
        levels = "/".join("[^/]*" if level == "+" else re.escape(level) for level in self.filter.split("/"))
        return re.compile(levels.replace("/\\#", "(/.*)?").replace("\\#", ".*"), re.DOTALL)


def topics() -> tuple[Topic, ...]:
    """Of the active sources that have one."""
    sources = Source.objects.filter(is_active=True).exclude(mqtt_topic="").order_by("id")
    return tuple(Topic(filter=source.mqtt_topic, source=source_ref(source)) for source in sources)


def source_of(topic: str, known: Sequence[Topic]) -> SourceRef | None:
    return next((one.source for one in known if one.matches(topic)), None)


def event_of(source: SourceRef, topic: str) -> str:
    """ChirpStack: `application/<id>/device/<eui>/event/<event>`. The messages of the others name themselves."""
    if source.server in _NAMING_EVENTS:
        _, found, event = topic.rpartition("/event/")
        return event if found and "/" not in event else ""
    return ""


def is_command(topic: str) -> bool:
    """What is said to a device, by us among others: a filter like `v3/+/devices/+/#` brings it back to who said it."""
    return topic.endswith(("/down/push", "/down/replace", "/command/down"))
