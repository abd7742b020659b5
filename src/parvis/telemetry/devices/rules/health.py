"""How a device is, in a word, from when it was last heard."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Health(models.TextChoices):
    OK = "ok", _("en service")
    SILENT = "silent", _("silencieux")
    LOW_BATTERY = "low_battery", _("pile faible")
    NEVER = "never", _("jamais entendu")
    DISABLED = "disabled", _("désactivé")


TONES = {
    Health.OK: "success",
    Health.SILENT: "danger",
    Health.LOW_BATTERY: "warning",
    Health.NEVER: "neutral",
    Health.DISABLED: "neutral",
}

SILENT_PERIODS = 3  # one lost uplink is ordinary on a shared radio band, three in a row are not
DEFAULT_PERIOD = timedelta(hours=8)  # three of them make a day, what most sensors of a city keep to
LOW_BATTERY_PERCENT = 20


def health(
    *,
    is_active: bool,
    last_seen_at: datetime | None,
    expected_period_s: int | None,
    battery_percent: float | None,
    now: datetime,
) -> Health:
    if not is_active:
        return Health.DISABLED
    if last_seen_at is None:
        return Health.NEVER
    period = timedelta(seconds=expected_period_s) if expected_period_s else DEFAULT_PERIOD
    if now - last_seen_at > SILENT_PERIODS * period:
        return Health.SILENT
    if battery_percent is not None and battery_percent < LOW_BATTERY_PERCENT:
        return Health.LOW_BATTERY
    return Health.OK
