"""Keys that programs present; only their digest is stored."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """`digest` is sha256 of the secret: 256 random bits need no slow hash. `hint` lets a person tell tokens apart.

    `limits` narrow the scopes in the words of the package that reads them: `{"types": ["Streetlight"]}`.
    """

    name = models.CharField(_("nom"), max_length=120)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    hint = models.CharField(_("début"), max_length=8, editable=False)
    scopes = ArrayField(models.CharField(max_length=100), verbose_name=_("portées"))
    limits = models.JSONField(_("limites"), default=dict, blank=True)
    organisation = models.ForeignKey(
        "organisations.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("créé par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("créé le"))
    expires_at = models.DateTimeField(_("expire le"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("révoqué le"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("dernier usage"), null=True, blank=True)

    class Meta:
        verbose_name = _("jeton d’accès")
        verbose_name_plural = _("jetons d’accès")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name
