from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation

SILENT_AFTER = timedelta(minutes=30)
"""A gateway of a city hears something every minute; `last_seen_at` is written once a minute at most."""


class Gateway(models.Model):
    """A gateway that has brought an uplink here; made by ingestion, named and placed by agents."""

    number = models.CharField(_("identifiant"), max_length=40, unique=True)
    """As the network server names it, lower case."""
    name = models.CharField(_("nom"), max_length=120, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("création"))
    last_seen_at = models.DateTimeField(_("vue"))

    class Meta:
        ordering = ["name", "number"]
        verbose_name = _("passerelle")
        verbose_name_plural = _("passerelles")

    def __str__(self) -> str:
        return self.name or self.number

    def is_silent(self, now: datetime) -> bool:
        return now - self.last_seen_at > SILENT_AFTER
