"""Areas a public decision may concern: the intercommunality (EPCI), its communes, their districts.

Codes are those of INSEE (communes) and SIREN (EPCI); geometries are GeoJSON, EPSG:4326, longitude then latitude.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.kernel.french import SortKey
from parvis.kernel.urn import Urn

URN_TYPE = "AdministrativeArea"


class AreaKind(models.TextChoices):
    EPCI = "epci", _("Intercommunalité")
    COMMUNE = "commune", _("Commune")
    DISTRICT = "district", pgettext_lazy("division of a city", "Quartier")
    SUB_DISTRICT = "sub_district", _("Sous-quartier")


class AreaQuerySet(models.QuerySet["Area"]):
    def attached(self) -> "AreaQuerySet":
        """Areas of the present territory: what left it keeps its row, without a parent."""
        return self.exclude(parent=None, kind__in=[AreaKind.COMMUNE, AreaKind.DISTRICT, AreaKind.SUB_DISTRICT])

    def of_kind(self, kind: AreaKind) -> "AreaQuerySet":
        return self.filter(kind=kind)


class Area(models.Model):
    """A commune that left the EPCI is detached (`parent` null), never deleted: past requests point at it."""

    kind = models.CharField(_("nature"), max_length=12, choices=AreaKind.choices)
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    sort_name = models.GeneratedField(
        expression=SortKey("name"), output_field=models.CharField(max_length=240), db_persist=True, editable=False
    )
    siren = models.CharField(_("SIREN"), max_length=9, blank=True)
    legal_form = models.CharField(_("forme juridique"), max_length=8, blank=True)
    """Of an EPCI, as the State list writes it: METRO, MET69, CU, CA, CC, EPT."""
    department_code = models.CharField(_("département"), max_length=3, blank=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("fait partie de"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    population = models.PositiveIntegerField(_("population municipale"), null=True, blank=True)
    postal_codes = ArrayField(models.CharField(max_length=5), verbose_name=_("codes postaux"), default=list, blank=True)

    geometry = models.JSONField(_("contour"), null=True, blank=True)
    west = models.FloatField(null=True, blank=True)
    south = models.FloatField(null=True, blank=True)
    east = models.FloatField(null=True, blank=True)
    north = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    """A point inside, for a label: not the town hall."""

    source = models.CharField(_("source du contour"), max_length=200, blank=True)
    source_on = models.DateField(_("date du contour"), null=True, blank=True)
    licence = models.CharField(_("licence du contour"), max_length=120, blank=True)
    approximate = models.BooleanField(_("contour approximatif"), default=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["sort_name", "code"]
        verbose_name = _("territoire")
        verbose_name_plural = _("territoires")
        indexes = [models.Index(fields=["kind", "sort_name"], name="territory_area_kind_name")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AreaKind.values), name="territory_area_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind=AreaKind.EPCI) | Q(parent=None), name="territory_area_epci_has_no_parent"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="territory_area_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None)
                | Q(
                    longitude__isnull=False,
                    latitude__isnull=False,
                    longitude__gte=-180,
                    longitude__lte=180,
                    latitude__gte=-90,
                    latitude__lte=90,
                ),
                name="territory_area_point_in_degrees",
            ),
            models.CheckConstraint(
                condition=Q(geometry=None)
                | Q(west__isnull=False, south__isnull=False, east__isnull=False, north__isnull=False),
                name="territory_area_outline_has_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def urn(self) -> str:
        return str(Urn(URN_TYPE, self.code))


class Revision(models.Model):
    """One row, whose `stamp` a trigger renews with every write to `Area`: tells a process that its index is old."""

    stamp = models.UUIDField()

    class Meta:
        verbose_name = _("révision du territoire")
        verbose_name_plural = _("révisions du territoire")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="territory_revision_single_row")]

    def __str__(self) -> str:
        return str(self.stamp)
