"""Who may do what, where: a role is a set of permissions, an assignment gives it on an organisation and an area."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

ALL = "*"
"""In a role: every permission of every package, those installed later too."""


class Role(models.Model):
    code = models.SlugField(_("code"), max_length=60, unique=True)
    label = models.CharField(_("nom"), max_length=120)
    permissions = ArrayField(models.CharField(max_length=100), verbose_name=_("droits"), default=list, blank=True)

    class Meta:
        verbose_name = _("rôle")
        verbose_name_plural = _("rôles")
        ordering = ("label", "id")
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^[-a-zA-Z0-9_]+$"), name="identity_role_code_is_slug"),
        )

    def __str__(self) -> str:
        return self.label


class Assignment(models.Model):
    """Without organisation: the whole platform. With an area: only what lies in it, or in an area it contains."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("compte"), on_delete=models.CASCADE, related_name="assignments"
    )
    role = models.ForeignKey(Role, verbose_name=_("rôle"), on_delete=models.PROTECT, related_name="assignments")
    organisation = models.ForeignKey(
        "organisations.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    area = models.ForeignKey(
        "territory.Area",
        verbose_name=_("territoire"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("attribution")
        verbose_name_plural = _("attributions")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "role", "organisation", "area"), nulls_distinct=False, name="identity_assignment_once"
            ),
            models.CheckConstraint(
                condition=Q(area__isnull=True) | Q(organisation__isnull=False),
                name="identity_assignment_area_of_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role_id} @ {self.organisation_id or '*'}"
