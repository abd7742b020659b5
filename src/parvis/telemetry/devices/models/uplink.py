from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.devices.rules.reasons import Reason, Status

from .device import Device
from .source import Source


class UplinkQuerySet(models.QuerySet["Uplink"]):
    def rejected(self) -> "UplinkQuerySet":
        return self.filter(status=Status.REJECTED)

    def of_organisations(self, organisation_ids: Iterable[int] | None) -> "UplinkQuerySet":
        """An uplink belongs to the organisation of its device; of an unknown device, to that of its source. None: all."""
        if organisation_ids is None:
            return self
        ids = list(organisation_ids)
        of_source = models.Q(device_id=None, source__organisation_id__in=ids)
        return self.filter(models.Q(device__organisation_id__in=ids) | of_source)


class Uplink(models.Model):
    """One message as it was received, whatever became of it.

    In one table a day of `received_on`, dropped past their term (migration `0002`); `dedup_key` is unique in each.
    `received_on` is the day of the network server's time, so that a message delivered again next day meets itself.
    No foreign key in the database: it would cost as much as the row.
    """

    received_on = models.DateField()
    received_at = models.DateTimeField(_("arrivée"))
    sent_at = models.DateTimeField(_("heure du réseau"), null=True)
    source = models.ForeignKey(
        Source,
        verbose_name=_("source"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    device = models.ForeignKey(
        Device,
        verbose_name=_("capteur"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="uplinks",
    )
    eui = models.CharField(_("DevEUI"), max_length=16)
    event = models.CharField(_("événement"), max_length=20)
    dedup_key = models.UUIDField()
    raw = models.BinaryField()
    status = models.CharField(_("état"), max_length=10, choices=Status)
    reason = models.CharField(_("motif"), max_length=20, choices=Reason, blank=True)
    detail = models.TextField(_("détail"), blank=True)
    f_port = models.PositiveSmallIntegerField(_("port"), null=True)
    f_cnt = models.BigIntegerField(_("compteur"), null=True)
    payload = models.BinaryField(null=True)
    decoded = models.JSONField(null=True)
    rssi = models.FloatField(null=True)
    snr = models.FloatField(null=True)
    spreading_factor = models.PositiveSmallIntegerField(null=True)
    battery_percent = models.FloatField(null=True)
    gateways = models.PositiveSmallIntegerField(null=True)
    replayed_at = models.DateTimeField(_("rejouée"), null=True)

    objects = UplinkQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "devices_uplink"
        ordering = ["-id"]
        verbose_name = _("remontée")
        verbose_name_plural = _("remontées")

    def __str__(self) -> str:
        return f"{self.eui} {self.pk}"

    @property
    def tone(self) -> str:
        """Of its badge."""
        return {Status.ACCEPTED: "success", Status.REJECTED: "danger"}.get(Status(self.status), "neutral")

    @property
    def payload_hex(self) -> str:
        return bytes(self.payload).hex(" ") if self.payload is not None else "–"

    @property
    def is_replayable(self) -> bool:
        return self.status == Status.REJECTED
