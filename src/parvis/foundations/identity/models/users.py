"""Residents and agents: one table, because an agent is often a resident too and signs in at the same door."""

import uuid

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from parvis.kernel.urn import Urn


class UserQuerySet(models.QuerySet["User"]):
    def agents(self) -> "UserQuerySet":
        return self.filter(is_agent=True)

    def residents(self) -> "UserQuerySet":
        return self.filter(is_agent=False)

    def never_confirmed(self) -> "UserQuerySet":
        return self.residents().filter(email_confirmed_at=None)

    def get_by_natural_key(self, email: str) -> "User":
        """What Django's own commands look a person up by."""
        return self.get(email=email.lower())


class User(AbstractBaseUser):
    """`email` is lower case. An agent without usable password has not opened the invitation yet."""

    uid = models.UUIDField(_("identifiant"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("adresse électronique"), unique=True)
    new_email = models.EmailField(_("nouvelle adresse, à confirmer"), blank=True, default="")
    display_name = models.CharField(_("nom affiché"), max_length=120)
    is_agent = models.BooleanField(_("agent"), default=False)
    is_active = models.BooleanField(_("actif"), default=True)
    email_confirmed_at = models.DateTimeField(_("adresse confirmée le"), null=True, blank=True)
    password_changed_at = models.DateTimeField(_("mot de passe changé le"), null=True, blank=True)
    language = models.CharField(_("langue"), max_length=7, choices=settings.LANGUAGES, default="fr")
    created_at = models.DateTimeField(_("créé le"), db_default=Now())
    teams = models.ManyToManyField("organisations.Team", verbose_name=_("équipes"), blank=True, related_name="members")

    objects = UserQuerySet.as_manager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        ordering = ("display_name", "id")
        constraints = (
            models.CheckConstraint(condition=Q(email=Lower("email")), name="identity_user_email_is_lower"),
            models.CheckConstraint(condition=~Q(email=""), name="identity_user_has_email"),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def urn(self) -> str:
        return str(Urn("Person", str(self.uid)))
