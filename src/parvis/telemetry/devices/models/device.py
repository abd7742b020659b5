from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.rules.health import (
    DEFAULT_PERIOD,
    ENDING_WITHIN,
    LOW_BATTERY_PERCENT,
    SILENT_PERIODS,
    Health,
)

from .gateway import SILENT_AFTER, Gateway
from .profile import DeviceProfile


class DeviceClass(models.TextChoices):
    """When it can be reached (LoRaWAN L2 1.0.4): after it spoke, at beacons, always."""

    A = "A", _("A : après chaque remontée")
    B = "B", _("B : à heures fixes")
    C = "C", _("C : toujours à l’écoute")


class DeviceQuerySet(models.QuerySet["Device"]):
    def with_health(self, now: datetime) -> "DeviceQuerySet":
        """Each with its `health_code`, a `Health`.

        A device is silent when it was not heard for three of the periods its profile expects. When the gateway that heard it last fell
        silent before that, and still is, the gateway is to be looked at, not the device.
        """
        period = Coalesce(
            F("profile__expected_period_s") * timedelta(seconds=1), DEFAULT_PERIOD, output_field=models.DurationField()
        )
        lost = models.ExpressionWrapper(F("last_seen_at") + period * SILENT_PERIODS, models.DateTimeField())
        gateway = Gateway.objects.filter(number=OuterRef("gateway"), last_seen_at__lt=now - SILENT_AFTER)
        of_gateway = Exists(gateway.filter(last_seen_at__lte=OuterRef("lost_at")))
        ending = Q(battery__ends_on__lte=now.date() + ENDING_WITHIN)
        code = Case(
            When(is_active=False, then=Value(Health.DISABLED.value)),
            When(last_seen_at=None, then=Value(Health.NEVER.value)),
            When(Q(of_gateway, lost_at__lt=now), then=Value(Health.GATEWAY_SILENT.value)),
            When(lost_at__lt=now, then=Value(Health.SILENT.value)),
            When(battery_percent__lt=LOW_BATTERY_PERCENT, then=Value(Health.LOW_BATTERY.value)),
            When(ending, then=Value(Health.BATTERY_ENDING.value)),
            default=Value(Health.OK.value),
            output_field=models.CharField(),
        )
        return self.alias(lost_at=lost).annotate(health_code=code)


class Device(models.Model):
    """A sensor or actuator. Its keys stay in the network server: none is stored here.

    What follows `is_active` is written by ingestion only.
    """

    eui = models.CharField(_("DevEUI"), max_length=16, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    profile = models.ForeignKey(
        DeviceProfile, verbose_name=_("profil"), null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    entity = models.ForeignKey(
        Entity, verbose_name=_("équipement"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entity_since = models.DateTimeField(_("sur cet équipement depuis"), null=True, blank=True)
    """Null: since always. What was measured before belongs to the thing of that time (`Assignment`)."""
    device_class = models.CharField(_("classe"), max_length=1, choices=DeviceClass, default=DeviceClass.A)
    network_name = models.CharField(_("nom dans le serveur de réseau"), max_length=120, blank=True)
    """`application/device`, where the server names devices otherwise than by EUI and has not spoken of this one yet."""
    synthetic = models.BooleanField(_("donnée synthétique"), default=False)
    created_at = models.DateTimeField(_("création"))
    is_active = models.BooleanField(_("actif"), default=True)
    last_seen_at = models.DateTimeField(_("vu"), null=True, blank=True)
    rssi = models.FloatField(_("RSSI (dBm)"), null=True, blank=True)
    snr = models.FloatField(_("SNR (dB)"), null=True, blank=True)
    spreading_factor = models.PositiveSmallIntegerField(_("facteur d’étalement"), null=True, blank=True)
    gateway = models.CharField(_("passerelle"), max_length=40, blank=True)
    """The one that heard its latest uplink best, as the network server names it."""
    battery_percent = models.FloatField(_("pile (%)"), null=True, blank=True)
    session = models.PositiveIntegerField(default=0)
    session_started_at = models.DateTimeField(null=True, blank=True)
    f_cnt = models.BigIntegerField(_("compteur"), null=True, blank=True)
    f_cnt_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("capteur")
        verbose_name_plural = _("capteurs")
        constraints = [
            models.CheckConstraint(condition=Q(eui__regex=r"^[0-9a-f]{16}$"), name="devices_device_eui_is_hex"),
        ]
        # None holds a column that an uplink changes: its update stays in its page (HOT).
        indexes = [
            models.Index(fields=["entity"], name="devices_device_entity_not_null", condition=Q(entity__isnull=False)),
            models.Index(fields=["name", "id"], name="devices_device_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def health(self) -> Health:
        """Of a device asked for `with_health`."""
        return Health(self.__dict__["health_code"])


class Assignment(models.Model):
    """Where a device was before it was moved: measures of that time that come late are told of that thing."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="assignments")
    entity = models.ForeignKey(
        Entity, verbose_name=_("équipement"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    since = models.DateTimeField(_("depuis"), null=True)
    until = models.DateTimeField(_("jusqu’à"))

    class Meta:
        ordering = ["-until"]
        verbose_name = _("affectation de capteur")
        verbose_name_plural = _("affectations de capteurs")
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(since__lt=F("until")), name="devices_assignment_begins_before_it_ends"
            )
        ]

    def __str__(self) -> str:
        return f"{self.device_id} → {self.entity_id}"
