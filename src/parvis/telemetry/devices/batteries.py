"""Batteries change over months, and uplinks are kept for one: their levels are written down every third day, with what they announce."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from parvis.telemetry.devices.models import Battery, Device, Uplink
from parvis.telemetry.devices.rules.battery import Level, forecast

EVERY = timedelta(days=3)
_KEPT = timedelta(days=180)
_BATCH = 1000  # devices a transaction
_HEARD_WITHIN = timedelta(days=2)
_MOST_UPLINKS = 2000


def measure(now: datetime) -> int:
    """Those that are due; answers how many. Stopped half-way, it goes on where it was."""
    today, done, last = now.date(), 0, 0
    due = (
        Device.objects.filter(battery_percent__isnull=False, last_seen_at__gt=now - _HEARD_WITHIN)
        .exclude(battery__measured_on__gt=today - EVERY)
        .order_by("id")
    )
    while batch := list(
        due.filter(id__gt=last).values_list("id", "battery_percent", "last_seen_at", "battery__levels")[:_BATCH]
    ):
        rows = [
            _measured(id_, percent, levels, today) for id_, percent, _seen_at, levels in batch if percent is not None
        ]
        Battery.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["device"], update_fields=["levels", "measured_on", "ends_on"]
        )
        done, last = done + len(rows), batch[-1][0]
    return done


def _measured(device_id: int, percent: float, levels: Any, today: date) -> Battery:
    kept = [level for level in read_levels(levels) if today - _KEPT <= level[0] < today]
    kept.append((today, round(percent, 1)))
    written = [[day.isoformat(), level] for day, level in kept]
    return Battery(device_id=device_id, levels=written, measured_on=today, ends_on=forecast(kept, today).ends_on)


def read_levels(levels: Any) -> list[Level]:
    """As stored in `Battery.levels`."""
    return [(date.fromisoformat(day), float(percent)) for day, percent in levels or ()]


def history(device: Device) -> list[Level]:
    """By day: what is written down, completed by the uplinks still kept (the latest two thousand)."""
    told = (
        Uplink.objects.filter(device_id=device.pk, battery_percent__isnull=False)
        .order_by("-id")
        .values_list("received_at", "battery_percent")[:_MOST_UPLINKS]
    )
    written = Battery.objects.filter(device_id=device.pk).values_list("levels", flat=True).first()
    days = dict(read_levels(written)) | _by_day((at.date(), percent) for at, percent in told if percent is not None)
    return sorted(days.items())


def _by_day(levels: Iterable[Level]) -> dict[date, float]:
    days: dict[date, list[float]] = {}
    for day, percent in levels:
        days.setdefault(day, []).append(percent)
    return {day: median(percents) for day, percents in days.items()}
