from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation


class Server(models.TextChoices):
    """Network servers whose envelopes we read; the value is the key of `envelopes.PARSERS`."""

    CHIRPSTACK_V4 = "chirpstack-v4", "ChirpStack v4"
    CHIRPSTACK_V3 = "chirpstack-v3", "ChirpStack v3"
    THINGS_STACK_V3 = "tts-v3", "The Things Stack v3"
    THINGPARK = "thingpark", "Actility ThingPark"
    LIVE_OBJECTS = "liveobjects", "Orange Live Objects"
    WANESY = "wanesy", "Kerlink Wanesy"
    LORIOT = "loriot", "LORIOT"
    SIGFOX = "sigfox", "Sigfox"
    JSON = "json", _("JSON simple")


class Signature(models.TextChoices):
    """How a server that cannot send a token proves who it is. The key is derived from the secret of the deployment and `key_number`."""

    NONE = "", _("aucune : un jeton")
    HMAC = "hmac-sha256", _("HMAC-SHA256 du corps")
    THINGPARK = "thingpark", _("signature de ThingPark (clé LRC-AS)")


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
    signature = models.CharField(_("signature"), max_length=20, choices=Signature, blank=True)
    key_number = models.PositiveIntegerField(default=1)
    """Raised to make another key."""
    form = models.JSONField(_("forme du JSON"), default=dict, blank=True)
    """Of plain JSON: where its members are, an `envelopes.plain.Form`."""
    downlink_url = models.URLField(_("adresse de l’API de descente"), blank=True)
    """Of the network server's HTTP API; empty: by MQTT."""
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
            models.CheckConstraint(condition=Q(signature__in=Signature.values), name="devices_source_signature_known"),
            models.UniqueConstraint(
                fields=["mqtt_topic"],
                condition=~Q(mqtt_topic=""),
                name="devices_source_topic_once",
                violation_error_message=_("Une autre source écoute déjà ce sujet MQTT."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class SourceKey(models.Model):
    """The key of the network server's API, by which downlinks are sent. In a table of its own, in clear (ADR 11): written by agents, read by
    the sender of downlinks only, never shown nor exported."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="+")
    secret = models.CharField(max_length=2000)
    changed_at = models.DateTimeField(_("modification"))

    class Meta:
        verbose_name = _("clé d’une source")
        verbose_name_plural = _("clés des sources")

    def __str__(self) -> str:
        return f"{self.source_id}"
