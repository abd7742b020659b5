from django.db import models
from django.utils.translation import gettext_lazy as _

from .device import Device


class Battery(models.Model):
    """What is remembered of a battery longer than uplinks are kept, and when it will be empty. Written every third day, apart from
    the device: its row is ingestion's, many times a day."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="battery")
    levels = models.JSONField(default=list)
    """[day, per cent], the oldest first."""
    measured_on = models.DateField(_("relevé"))
    ends_on = models.DateField(_("vide le"), null=True)
    """`rules.battery.forecast`; null: unknown, or far."""

    class Meta:
        verbose_name = _("pile de capteur")
        verbose_name_plural = _("piles de capteur")

    def __str__(self) -> str:
        return f"{self.device_id} {self.ends_on}"
