from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation


class Server(models.TextChoices):
    """Network servers whose envelopes we read; the value is the key of `envelopes.PARSERS`."""

    CHIRPSTACK_V4 = "chirpstack-v4", "ChirpStack v4"
    THINGS_STACK_V3 = "tts-v3", "The Things Stack v3"


class Source(models.Model):
    """A network server that pushes uplinks here: by webhook at `/ingest/<slug>`, by MQTT on `mqtt_topic`, or by both."""

    slug = models.SlugField(_("identifiant"), max_length=60, unique=True)
    label = models.CharField(_("nom"), max_length=120)
    server = models.CharField(_("serveur de réseau"), max_length=20, choices=Server)
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mqtt_topic = models.CharField(_("sujet MQTT"), max_length=200, blank=True)
    """A topic filter; empty: not by MQTT."""
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("création"))
    last_received_at = models.DateTimeField(_("dernière réception"), null=True, blank=True)
    """To the minute: written at most once a minute."""

    class Meta:
        ordering = ["label", "id"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.CheckConstraint(condition=Q(server__in=Server.values), name="devices_source_server_known"),
            models.UniqueConstraint(
                fields=["mqtt_topic"],
                condition=~Q(mqtt_topic=""),
                name="devices_source_topic_once",
                violation_error_message=_("Une autre source écoute déjà ce sujet MQTT."),
            ),
        ]

    def __str__(self) -> str:
        return self.label
