"""Worlds kept apart in one broker (ETSI GS CIM 009 V1.8.1, 4.14). The city is the one without a name."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

CITY = 0
"""The `tenant_id` of rows of the default tenant, which always exists and has no row of its own."""


class Tenant(models.Model):
    """Made by the first write that names it in `NGSILD-Tenant`."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(_("nom"), unique=True)
    created_at = models.DateTimeField(_("création"))

    class Meta:
        verbose_name = _("espace")
        verbose_name_plural = _("espaces")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name
