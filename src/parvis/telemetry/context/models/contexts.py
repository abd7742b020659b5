"""The catalogue of @context documents (ETSI GS CIM 009 V1.8.1, 5.13)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.models.tenants import CITY


class ContextKind(models.TextChoices):
    """Hosted: given to the broker. Cached: fetched from elsewhere. ImplicitlyCreated: gives a URL to an inline context."""

    HOSTED = "Hosted", _("hébergé")
    CACHED = "Cached", _("copié d’ailleurs")
    IMPLICIT = "ImplicitlyCreated", _("créé d’office")


class JsonLdContext(models.Model):
    """`body` is the whole document, `{"@context": …}`. `url` is where it comes from when it is cached, empty for the others: they
    are served under their `local_id`."""

    tenant_id = models.IntegerField(default=CITY)
    local_id = models.TextField(_("identifiant"))
    kind = models.TextField(_("origine"), choices=ContextKind.choices)
    url = models.TextField(_("adresse"), default="", blank=True)
    body = models.JSONField(_("document"))
    created_at = models.DateTimeField(_("création"))
    fetched_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(_("dernier usage"), null=True, blank=True)
    hits = models.BigIntegerField(_("usages"), default=0)

    class Meta:
        verbose_name = _("contexte JSON-LD")
        verbose_name_plural = _("contextes JSON-LD")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "local_id"], name="context_jsonld_local_id"),
            models.UniqueConstraint(
                fields=["tenant_id", "url"], name="context_jsonld_url", condition=~models.Q(url="")
            ),
        ]

    def __str__(self) -> str:
        return self.url or self.local_id
