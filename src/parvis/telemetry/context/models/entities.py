"""The present state of the city: one row a thing, its attributes one NGSI-LD document (ETSI GS CIM 009 V1.8.1, 4.5).

Names of types and attributes are terms of our own @context, or full IRIs when they are not in it.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import ThingState
from parvis.telemetry.context.attributes import text_of
from parvis.telemetry.context.models.tenants import CITY
from parvis.telemetry.context.states import STATES, UNKNOWN


class CityManager(models.Manager["Entity"]):
    """The city's own things. Those of other tenants exist for the broker only: no page, map or rule ever sees them."""

    def get_queryset(self) -> models.QuerySet["Entity"]:
        return super().get_queryset().filter(tenant_id=CITY)


class Entity(models.Model):
    """A thing. `type` is the first of its types, `more_types` the others, in order. `longitude`, `latitude`, `area_code`, `state` and `search` are derived from `attributes` by the services
    that write them, in the same statement, so that the map and the lists need not open the documents."""

    tenant_id = models.IntegerField(default=CITY)
    urn = models.TextField(_("identifiant"))
    type = models.TextField(_("type"))
    more_types = ArrayField(models.TextField(), default=list, blank=True)
    scopes = ArrayField(models.TextField(), default=list, blank=True)
    attributes = models.JSONField(_("attributs"), default=dict)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    area_code = models.TextField(_("commune"), default="", blank=True)
    state = models.SmallIntegerField(_("état"), default=UNKNOWN)
    search = models.TextField(default="", blank=True)
    organisation = models.ForeignKey(
        "organisations.Organisation",
        verbose_name=_("propriétaire"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    synthetic = models.BooleanField(_("donnée synthétique"), default=False)
    source = models.TextField(_("source"), default="", blank=True)
    created_at = models.DateTimeField(_("création"))
    modified_at = models.DateTimeField(_("modification"))
    expires_at = models.DateTimeField(_("expiration"), null=True, blank=True)

    objects = CityManager()
    of_every_tenant = models.Manager()

    class Meta:
        base_manager_name = "of_every_tenant"
        verbose_name = _("objet")
        verbose_name_plural = _("objets")
        ordering: ClassVar[list[str]] = ["type", "urn"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "urn"], name="context_entity_urn"),
            models.CheckConstraint(name="context_entity_state_known", condition=Q(state__gte=0, state__lte=UNKNOWN)),
            models.CheckConstraint(
                name="context_entity_place_whole_or_absent",
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(
                    longitude__isnull=False,  # else the comparisons are unknown, and a check lets the unknown pass
                    latitude__isnull=False,
                    longitude__gte=-180,
                    longitude__lte=180,
                    latitude__gte=-90,
                    latitude__lte=90,
                ),
            ),
        ]
        # None holds a column that a reading usually changes: updates of state stay in their page (HOT).
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["type", "urn"], name="context_entity_type"),
            models.Index(fields=["tenant_id", "type", "id"], name="context_entity_by_type"),
            GinIndex(fields=["more_types"], name="context_entity_more_types", condition=~Q(more_types=[])),
            models.Index(fields=["expires_at"], name="context_entity_expiring", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["area_code"], name="context_entity_area"),
            models.Index(fields=["state", "type"], name="context_entity_state", condition=Q(state__in=(1, 2))),
        ]

    def __str__(self) -> str:
        return self.urn

    @property
    def name(self) -> str:
        """What people call it; its local identifier when it has no name."""
        return text_of(self.attributes.get("name")) or self.urn.rpartition(":")[2]

    @property
    def thing_state(self) -> ThingState:
        return STATES[self.state]
