"""Who else holds entities, and the lists of entities that federated queries page through (ETSI GS CIM 009 V1.8.1, 5.9 and 5.14)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.models.tenants import CITY


class Registration(models.Model):
    """A context source. `document` is what the client gave, names expanded; `context` is the @context value it is answered with."""

    tenant_id = models.IntegerField(default=CITY)
    urn = models.TextField(_("identifiant"))
    document = models.JSONField(_("document"))
    context = models.JSONField(null=True)
    alias = models.TextField(_("pseudonyme"), default="", blank=True)
    expires_at = models.DateTimeField(_("expire le"), null=True, blank=True)
    times_sent = models.BigIntegerField(_("appels"), default=0)
    times_failed = models.BigIntegerField(_("échecs"), default=0)
    last_success = models.DateTimeField(_("dernier succès"), null=True, blank=True)
    last_failure = models.DateTimeField(_("dernier échec"), null=True, blank=True)
    created_at = models.DateTimeField(_("création"))
    modified_at = models.DateTimeField(_("modification"))

    class Meta:
        verbose_name = _("source de contexte")
        verbose_name_plural = _("sources de contexte")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "urn"], name="context_registration_urn"),
        ]

    def __str__(self) -> str:
        return self.urn


class EntityMap(models.Model):
    """`entities`: `{entity id: ["@none" | registration ids]}`; `linked`: `{registration id: the map's address there}`."""

    tenant_id = models.IntegerField(default=CITY)
    urn = models.TextField(_("identifiant"))
    entities = models.JSONField(default=dict)
    linked = models.JSONField(default=dict)
    expires_at = models.DateTimeField(_("expire le"))

    class Meta:
        verbose_name = _("liste d’objets fédérés")
        verbose_name_plural = _("listes d’objets fédérés")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "urn"], name="context_entity_map_urn"),
        ]

    def __str__(self) -> str:
        return self.urn
