from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.rules.health import DEFAULT_PERIOD, LOW_BATTERY_PERCENT, SILENT_PERIODS, Health, health

from .profile import DeviceProfile


class DeviceClass(models.TextChoices):
    """When it can be reached (LoRaWAN L2 1.0.4): after it spoke, at beacons, always."""

    A = "A", _("A : après chaque remontée")
    B = "B", _("B : à heures fixes")
    C = "C", _("C : toujours à l’écoute")


class DeviceQuerySet(models.QuerySet["Device"]):
    def heard(self) -> "DeviceQuerySet":
        return self.filter(last_seen_at__isnull=False)

    def never_heard(self) -> "DeviceQuerySet":
        return self.filter(last_seen_at=None)

    def silent(self, now: datetime) -> "DeviceQuerySet":
        """Heard once, and not for three of the periods its profile expects."""
        period = models.functions.Coalesce(
            F("profile__expected_period_s") * timedelta(seconds=1), DEFAULT_PERIOD, output_field=models.DurationField()
        )
        # As an alias first: in a filter alone, the join would leave out devices without profile.
        expected = self.filter(is_active=True).alias(period=period)
        return expected.filter(last_seen_at__lt=now - F("period") * SILENT_PERIODS)

    def low_battery(self) -> "DeviceQuerySet":
        return self.filter(battery_percent__lt=LOW_BATTERY_PERCENT)


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
            models.Index(fields=["entity"], name="devices_device_entity_not_null", condition=Q(entity__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name

    def health(self, now: datetime) -> Health:
        return health(
            is_active=self.is_active,
            last_seen_at=self.last_seen_at,
            expected_period_s=self.profile.expected_period_s if self.profile else None,
            battery_percent=self.battery_percent,
            now=now,
        )


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
