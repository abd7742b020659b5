"""Reads of downlinks for screens and the API."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet, Sum

from parvis.telemetry.devices.models import Device, Downlink
from parvis.telemetry.devices.rules.airtime import DAY


def downlinks_of(device: Device) -> QuerySet[Downlink]:
    """The latest first."""
    return Downlink.objects.filter(device=device).select_related("device", "source").order_by("-id")


def downlinks(state: str, organisation_ids: Iterable[int] | None) -> QuerySet[Downlink]:
    """The latest first; `state` empty: all; `organisation_ids` None: everybody's."""
    found = Downlink.objects.select_related("device", "source").order_by("-id")
    if state:
        found = found.filter(status=state)
    return found if organisation_ids is None else found.filter(device__organisation_id__in=list(organisation_ids))


def spent_today_s(device: Device, now: datetime) -> float:
    """Seconds of the air that downlinks to it have held in the last day."""
    spent = Downlink.objects.filter(device=device, sent_at__gt=now - DAY).aggregate(ms=Sum("airtime_ms"))["ms"]
    return (spent or 0) / 1000
