"""Which sources come by MQTT, and what a topic says of its message."""

from collections.abc import Sequence
from dataclasses import dataclass

from paho.mqtt.client import topic_matches_sub

from parvis.telemetry.devices.ingestion import SourceRef, source_ref
from parvis.telemetry.devices.models import Server, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic filter and the source it feeds."""

    filter: str
    source: SourceRef


def topics() -> tuple[Topic, ...]:
    """Of the active sources that have one."""
    sources = Source.objects.filter(is_active=True).exclude(mqtt_topic="").order_by("id")
    return tuple(Topic(filter=source.mqtt_topic, source=source_ref(source)) for source in sources)


def source_of(topic: str, known: Sequence[Topic]) -> SourceRef | None:
    return next((one.source for one in known if topic_matches_sub(one.filter, topic)), None)


def event_of(source: SourceRef, topic: str) -> str:
    """ChirpStack: `application/<id>/device/<eui>/event/<event>`. The Things Stack's messages name themselves."""
    if source.server == Server.CHIRPSTACK_V4:
        _, found, event = topic.rpartition("/event/")
        return event if found and "/" not in event else ""
    return ""
