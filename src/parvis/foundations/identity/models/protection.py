"""What protects sign-in: failed attempts, rates, second factors."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AttemptRecord(models.Model):
    """Failed attempts of one address (IP) on one account, existing or not: `account` is a digest, no list of addresses is kept."""

    account = models.CharField(max_length=64)
    address = models.CharField(_("adresse IP"), max_length=45)
    failures = models.PositiveIntegerField(_("échecs"))
    last_at = models.DateTimeField(_("dernier essai"))
    blocked_until = models.DateTimeField(_("bloqué jusqu’à"))

    class Meta:
        verbose_name = _("essai de connexion")
        verbose_name_plural = _("essais de connexion")
        constraints = (models.UniqueConstraint(fields=("account", "address"), name="identity_attempt_account_address"),)
        indexes = (models.Index(fields=("last_at",), name="identity_attempt_last"),)

    def __str__(self) -> str:
        return f"{self.account[:8]} {self.failures}"


class RateCount(models.Model):
    """How often something was done in the current period; unlogged, because losing it in a crash costs nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("compteur de débit")
        verbose_name_plural = _("compteurs de débit")
        indexes = (models.Index(fields=("started_at",), name="identity_rate_started"),)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"


class TotpDevice(models.Model):
    """The authenticator of an account (RFC 6238). Apart from `User` so that the secret is read by nothing but the check of a code.

    `last_step` is the 30 s step of the last code accepted: a code is worth one sign-in (docs/adr/0011).
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="totp")
    secret = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("second facteur")
        verbose_name_plural = _("seconds facteurs")

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """Each replaces the authenticator once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("code de secours")
        verbose_name_plural = _("codes de secours")
        constraints = (
            models.UniqueConstraint(fields=("user", "digest"), name="identity_recovery_once"),
            models.CheckConstraint(condition=~Q(digest=""), name="identity_recovery_has_digest"),
        )

    def __str__(self) -> str:
        return f"{self.user_id}"
