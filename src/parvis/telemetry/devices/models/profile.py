from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation

from .codec import Codec


class DeviceProfile(models.Model):
    """How the uplinks of a kind of device become attributes of a kind of thing (Smart Data Models).

    `mapping` is a list of `rules.mapping.FieldMapping`. Without a codec, what the network server has decoded is used.
    """

    name = models.CharField(_("nom"), max_length=120, unique=True)
    entity_type = models.CharField(_("type d’équipement"), max_length=80)
    codec = models.ForeignKey(
        Codec, verbose_name=_("codec"), null=True, blank=True, on_delete=models.PROTECT, related_name="profiles"
    )
    mapping = models.JSONField(_("correspondance"), default=list, blank=True)
    expected_period_s = models.PositiveIntegerField(_("période attendue (s)"), null=True, blank=True)
    """Of the uplinks; a device silent for three of them is worth a look."""
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    battery_field = models.CharField(_("champ de la pile"), max_length=200, blank=True)
    """A path in the decoded data; its value is per cent, or volts when `battery_empty` and `battery_full` are given."""
    battery_empty = models.FloatField(_("pile vide (V)"), null=True, blank=True)
    battery_full = models.FloatField(_("pile pleine (V)"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    """Counts the changes: what is compiled from the mapping is remembered under it."""

    class Meta:
        ordering = ["name"]
        verbose_name = _("profil de capteur")
        verbose_name_plural = _("profils de capteur")
        constraints = [
            models.CheckConstraint(condition=~Q(entity_type=""), name="devices_deviceprofile_entity_type_given"),
            models.CheckConstraint(
                condition=Q(expected_period_s=None) | Q(expected_period_s__gt=0),
                name="devices_deviceprofile_period_positive",
            ),
            models.CheckConstraint(
                condition=Q(battery_empty=None, battery_full=None) | Q(battery_full__gt=F("battery_empty")),
                name="devices_deviceprofile_battery_volts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PastProfile(models.Model):
    """What a profile read before it was changed: it can be looked at again, and taken back."""

    profile = models.ForeignKey(DeviceProfile, on_delete=models.CASCADE, related_name="past")
    version = models.PositiveIntegerField(_("version"))
    mapping = models.JSONField(_("correspondance"), default=list)
    battery_field = models.CharField(_("champ de la pile"), max_length=200, blank=True)
    battery_empty = models.FloatField(_("pile vide (V)"), null=True)
    battery_full = models.FloatField(_("pile pleine (V)"), null=True)
    replaced_at = models.DateTimeField(_("remplacée"))

    class Meta:
        ordering = ["-version"]
        verbose_name = _("version passée de profil")
        verbose_name_plural = _("versions passées de profil")
        constraints = [
            models.UniqueConstraint(fields=["profile", "version"], name="devices_pastprofile_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} v{self.version}"
