from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.devices.rules.reasons import Reason

from .codec import Codec
from .source import Source


class Replay(models.Model):
    """Uplinks read again in the background, batch by batch: the rejected ones of a filter, received no later than `last_id`; with
    `accepted_too`, also those that were read already (a codec or a mapping was wrong): what they tell now replaces what they told.

    `organisation_ids` null: everybody's; else only what the agent who asked may manage.
    """

    reason = models.CharField(_("motif"), max_length=20, choices=Reason, blank=True)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    eui = models.CharField(_("DevEUI"), max_length=16, blank=True)
    codec = models.ForeignKey(Codec, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    accepted_too = models.BooleanField(_("aussi les acceptées"), default=False)
    since = models.DateTimeField(_("reçues depuis"), null=True, blank=True)
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
