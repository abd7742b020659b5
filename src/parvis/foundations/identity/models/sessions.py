"""Sessions, with what lets their owner recognise and end one."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _


class Session(AbstractBaseSession):
    """The columns repeat what the session data says, so that the sessions of a person can be found (`sessions.SessionStore`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="sessions"
    )
    signed_in_at = models.DateTimeField(_("ouverte le"), null=True, blank=True)
    seen_at = models.DateTimeField(_("dernière activité"), null=True, blank=True)
    address = models.CharField(_("adresse IP"), max_length=45, blank=True, default="")
    browser = models.CharField(_("navigateur"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-seen_at", "session_key")
