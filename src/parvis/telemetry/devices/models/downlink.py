from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .device import Device
from .source import Source


class DownlinkStatus(models.TextChoices):
    """QUEUED here until its turn; SENT to the network server, which knows it by `reference`; then what the server told of it."""

    QUEUED = "queued", _("en attente")
    SENT = "sent", _("confiée au serveur de réseau")
    TRANSMITTED = "transmitted", _("émise")
    ACKNOWLEDGED = "acknowledged", _("acquittée")
    FAILED = "failed", _("en échec")
    EXPIRED = "expired", _("périmée")
    CANCELLED = "cancelled", _("annulée")


OPEN_STATES = (DownlinkStatus.QUEUED, DownlinkStatus.SENT, DownlinkStatus.TRANSMITTED)
"""Left by the sender (`services.handover`), by what the server tells, or by an agent who calls it off. TRANSMITTED is open only while an
acknowledgement is awaited: `ended_at` is null."""

_TONES = {
    DownlinkStatus.TRANSMITTED: "info",
    DownlinkStatus.ACKNOWLEDGED: "success",
    DownlinkStatus.FAILED: "danger",
    DownlinkStatus.EXPIRED: "warning",
}


class Downlink(models.Model):
    """A message to a device."""

    device = models.ForeignKey(Device, verbose_name=_("capteur"), on_delete=models.CASCADE, related_name="downlinks")
    source = models.ForeignKey(Source, verbose_name=_("source"), null=True, on_delete=models.PROTECT, related_name="+")
    """By which it was sent."""
    command = models.JSONField(_("commande"), null=True)
    """What the codec was given to encode; null when bytes were given."""
    f_port = models.PositiveSmallIntegerField(_("port"))
    payload = models.BinaryField()
    confirmed = models.BooleanField(_("à acquitter"), default=False)
    status = models.CharField(_("état"), max_length=12, choices=DownlinkStatus, default=DownlinkStatus.QUEUED)
    reference = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField(_("expiration"), null=True)
    airtime_ms = models.PositiveIntegerField(_("temps d’antenne (ms)"), null=True)
    error = models.CharField(_("erreur"), max_length=500, blank=True)
    created_by = models.CharField(_("auteur"), max_length=200)
    created_at = models.DateTimeField(_("demandée"))
    sent_at = models.DateTimeField(_("envoyée"), null=True)
    ended_at = models.DateTimeField(_("terminée"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("descente")
        verbose_name_plural = _("descentes")
        indexes = [
            models.Index(fields=["not_before"], name="devices_downlink_queued", condition=Q(status="queued")),
            models.Index(fields=["device", "reference"], name="devices_downlink_reference"),
            models.Index(fields=["sent_at"], name="devices_downlink_sent", condition=Q(sent_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DownlinkStatus.values), name="devices_downlink_status_known"),
            models.CheckConstraint(
                condition=Q(f_port__gte=1, f_port__lte=223), name="devices_downlink_port_for_applications"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES and self.ended_at is None

    @property
    def tone(self) -> str:
        """Of its badge."""
        return _TONES.get(DownlinkStatus(self.status), "neutral")

    @property
    def payload_hex(self) -> str:
        return bytes(self.payload).hex(" ")
