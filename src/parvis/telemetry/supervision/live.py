"""What the control room hears of an alarm at once: one notification a change, delivered by PostgreSQL after commit."""

import json
from collections.abc import Iterable

from django.db import connection
from django.urls import reverse

from parvis.telemetry.supervision.models import Alarm

CHANNEL = "parvis_alarms"


def announce(alarms: Iterable[Alarm]) -> None:
    payloads = [payload(alarm) for alarm in alarms]
    if payloads:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, payloads])


def payload(alarm: Alarm) -> str:
    """JSON. `organisation` and `area` say who may hear it; the door takes them away. Under the 8,000 bytes of NOTIFY."""
    return json.dumps(
        {
            "urn": str(alarm.urn),
            "title": alarm.title,
            "priority": alarm.priority,
            "state": alarm.state,
            "entity_urn": alarm.entity_urn,
            "longitude": alarm.longitude,
            "latitude": alarm.latitude,
            "raised_at": alarm.raised_at.isoformat(),
            "url": reverse("control_room:supervision:alarm", args=[alarm.pk]),
            "organisation": alarm.organisation_id,
            "area": alarm.area_code,
        },
        ensure_ascii=False,
    )
