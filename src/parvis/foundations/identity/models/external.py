"""The seam for FranceConnect and ProConnect: an account may be known to other identity providers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExternalIdentity(models.Model):
    """`subject` is the provider's stable identifier of the person (OpenID Connect `sub`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_identities")
    provider = models.CharField(_("fournisseur"), max_length=40)
    subject = models.CharField(_("identifiant chez le fournisseur"), max_length=255)
    linked_at = models.DateTimeField(_("relié le"))

    class Meta:
        verbose_name = _("identité externe")
        verbose_name_plural = _("identités externes")
        ordering = ("provider", "id")
        constraints = (
            models.UniqueConstraint(fields=("provider", "subject"), name="identity_external_subject_once"),
            models.UniqueConstraint(fields=("user", "provider"), name="identity_external_provider_once"),
        )

    def __str__(self) -> str:
        return f"{self.provider}:{self.subject}"
