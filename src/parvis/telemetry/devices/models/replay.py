from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.devices.rules.reasons import Reason

from .codec import Codec
from .source import Source


class Replay(models.Model):
    """Rejected uplinks tried again in the background, batch by batch: those of a filter, received no later than `last_id`.

    `organisation_ids` null: everybody's; else only what the agent who asked may manage.
    """

    reason = models.CharField(_("motif"), max_length=20, choices=Reason, blank=True)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    eui = models.CharField(_("DevEUI"), max_length=16, blank=True)
    codec = models.ForeignKey(Codec, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    organisation_ids = ArrayField(models.BigIntegerField(), null=True, blank=True)
    last_id = models.BigIntegerField()
    reached_id = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("demandé"))
    finished_at = models.DateTimeField(_("terminé"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("reprise de remontées")
        verbose_name_plural = _("reprises de remontées")

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"
