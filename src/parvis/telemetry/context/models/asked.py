"""Which values of things queries have asked about: those are kept in order beside the documents, in `context_value` (ADR 0015)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.models.tenants import CITY


class AskedPath(models.Model):
    """Of the things of one type of a tenant; of all its things when `type` is empty.

    `attribute` is the stored name, or `scope`; `path` finds its instances in a document (jsonpath), `inside` the value in an instance.
    """

    tenant_id = models.IntegerField(default=CITY)
    type = models.TextField(_("type"), default="", blank=True)
    attribute = models.TextField(_("attribut"))
    path = models.TextField()
    inside = ArrayField(models.TextField(), default=list, blank=True)
    asked_at = models.DateTimeField(_("dernière question"))

    class Meta:
        db_table = "context_asked_path"
        verbose_name = _("valeur recherchée")
        verbose_name_plural = _("valeurs recherchées")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "type", "path", "inside"], name="context_asked_path_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.path} {self.inside}"
