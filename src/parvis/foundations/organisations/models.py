"""Who acts in the territory: the metropolis, its communes, their services, operators and partners."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.rules import Subject
from parvis.foundations.territory.models import Area
from parvis.kernel.french import SortKey
from parvis.kernel.urn import Urn

URN_TYPE = "Organization"

COLOUR = RegexValidator(r"^#[0-9a-f]{6}\Z", _("Une couleur s’écrit # suivi de six chiffres ou lettres de a à f."))


class Kind(models.TextChoices):
    METROPOLIS = "metropolis", _("Intercommunalité")
    COMMUNE = "commune", _("Commune")
    SERVICE = "service", _("Service")
    OPERATOR = "operator", _("Exploitant")
    PARTNER = "partner", _("Partenaire")


PUBLIC_KINDS = frozenset({Kind.METROPOLIS, Kind.COMMUNE})
"""Those with a portal of their own."""


class OrganisationManager(models.Manager["Organisation"]):
    def main(self) -> "Organisation | None":
        """The metropolis; None before a territory is loaded."""
        return self.filter(kind=Kind.METROPOLIS).first()


class Organisation(models.Model):
    """`parent` is the organisation a service belongs to; a commune is not below its metropolis."""

    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("nom"), max_length=120)
    sort_name = models.GeneratedField(
        expression=SortKey("name"), output_field=models.CharField(max_length=240), db_persist=True, editable=False
    )
    short_name = models.CharField(_("nom court"), max_length=40)
    slug = models.SlugField(_("adresse du portail"), max_length=60, unique=True)
    siren = models.CharField(_("SIREN"), max_length=9, blank=True)
    area = models.ForeignKey(
        Area,
        verbose_name=_("territoire"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
    )
    parent = models.ForeignKey(
        "self", verbose_name=_("dépend de"), null=True, blank=True, on_delete=models.PROTECT, related_name="services"
    )
    primary_colour = models.CharField(_("couleur"), max_length=7, default="#17455c", validators=[COLOUR])
    logo_svg = models.TextField(_("logo"), blank=True)
    """Sanitised SVG, made from whatever was uploaded; empty: a monogram is drawn instead."""
    host = models.CharField(
        _("nom de domaine"),
        max_length=253,
        null=True,
        blank=True,
        unique=True,
        error_messages={"unique": _("Ce nom de domaine est déjà celui d’un autre portail.")},
    )
    email = models.EmailField(_("courriel"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    domains = ArrayField(models.CharField(max_length=40), verbose_name=_("services ouverts"), default=list, blank=True)

    objects = OrganisationManager()

    class Meta:
        ordering = ["sort_name", "id"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="organisations_organisation_kind_known"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind=Kind.METROPOLIS), name="organisations_organisation_one_metropolis"
            ),
            models.UniqueConstraint(
                fields=["area"], condition=Q(kind=Kind.COMMUNE), name="organisations_organisation_one_per_commune"
            ),
            models.CheckConstraint(
                condition=Q(primary_colour__regex=r"^#[0-9a-f]{6}$"), name="organisations_organisation_colour_is_hex"
            ),
            models.CheckConstraint(
                condition=Q(host=None) | (Q(host=Lower("host")) & ~Q(host="")),
                name="organisations_organisation_host_lower",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="organisations_organisation_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def urn(self) -> str:
        return str(Urn(URN_TYPE, self.slug))

    @property
    def has_portal(self) -> bool:
        return self.kind in PUBLIC_KINDS


class Team(models.Model):
    """Those who do the work of some subjects for an organisation."""

    name = models.CharField(_("nom"), max_length=80)
    sort_name = models.GeneratedField(
        expression=SortKey("name"), output_field=models.CharField(max_length=160), db_persist=True, editable=False
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="teams"
    )
    subjects = ArrayField(
        models.CharField(max_length=20, choices=Subject.choices), verbose_name=_("sujets"), default=list, blank=True
    )

    class Meta:
        ordering = ["sort_name", "id"]
        verbose_name = _("équipe")
        verbose_name_plural = _("équipes")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="organisations_team_name_once_per_organisation",
                violation_error_message=_("Cette organisation a déjà une équipe de ce nom."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Competence(models.Model):
    """`organisation` answers for `subject` in `area` and in what divides it, unless a smaller area says otherwise."""

    subject = models.CharField(_("sujet"), max_length=20, choices=Subject.choices)
    area = models.ForeignKey(Area, verbose_name=_("territoire"), on_delete=models.CASCADE, related_name="competences")
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.CASCADE, related_name="competences"
    )

    class Meta:
        ordering = ["subject", "area_id"]
        verbose_name = _("compétence")
        verbose_name_plural = _("compétences")
        constraints = [
            models.UniqueConstraint(fields=["subject", "area"], name="organisations_competence_one_answers"),
            models.CheckConstraint(
                condition=Q(subject__in=Subject.values), name="organisations_competence_subject_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.area_id}: {self.organisation_id}"


class OrganisationSetting(models.Model):
    """The value an organisation gave to a declared `Setting`, whose full name is `key`."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="settings")
    key = models.CharField(_("réglage"), max_length=80)
    value: Any = models.JSONField(_("valeur"))

    class Meta:
        ordering = ["key"]
        verbose_name = _("réglage")
        verbose_name_plural = _("réglages")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="organisations_organisationsetting_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.key}"
