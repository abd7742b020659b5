"""How a device is, in a word (`DeviceQuerySet.with_health` decides)."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Health(models.TextChoices):
    """The first that is true, in the order of `with_health`."""

    OK = "ok", _("en service")
    SILENT = "silent", _("silencieux")
    GATEWAY_SILENT = "gateway_silent", _("passerelle silencieuse")
    LOW_BATTERY = "low_battery", _("pile faible")
    BATTERY_ENDING = "battery_ending", _("pile bientôt vide")
    NEVER = "never", _("jamais entendu")
    DISABLED = "disabled", _("désactivé")


TONES = {
    Health.OK: "success",
    Health.SILENT: "danger",
    Health.GATEWAY_SILENT: "danger",
    Health.LOW_BATTERY: "warning",
    Health.BATTERY_ENDING: "warning",
    Health.NEVER: "neutral",
    Health.DISABLED: "neutral",
}

SILENT_PERIODS = 3  # one lost uplink is ordinary on a shared radio band, three in a row are not
DEFAULT_PERIOD = timedelta(hours=8)  # three of them make a day, what most sensors of a city keep to
LOW_BATTERY_PERCENT = 20
ENDING_WITHIN = timedelta(days=90)  # time to order cells and to plan a round
