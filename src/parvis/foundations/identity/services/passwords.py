"""Passwords: checked without telling who exists, set with the other sessions ended."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.events import PasswordChanged, PasswordResetAsked, ResidentRegistered
from parvis.foundations.identity.models import Session, User
from parvis.foundations.identity.rates import Attempt, allow, begin_attempt, forget_attempts
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish

SIGN_INS_PER_ADDRESS = 200
"""In ten minutes: a town hall signs in from one address in the morning."""
RESETS_PER_ACCOUNT = 3
RESETS_PER_ADDRESS = 20


class WrongCredentials(Refusal):
    """L’adresse ou le mot de passe n’est pas le bon."""

    status = 403
    code = "wrong-credentials"
    message = _("L’adresse ou le mot de passe n’est pas le bon.")


class NotConfirmed(Refusal):
    """L’adresse n’est pas encore confirmée."""

    status = 403
    code = "address-not-confirmed"
    message = _("Votre adresse n’est pas encore confirmée : nous venons de vous renvoyer le lien.")


class TooManyAttempts(Refusal):
    """Trop d’essais."""

    status = 429
    code = "too-many-attempts"
    message = _("Trop d’essais depuis cet endroit : réessayez dans dix minutes.")

    @classmethod
    def wait(cls, attempt: Attempt) -> "TooManyAttempts":
        if attempt.wait_s < 60:
            said = ngettext(
                "Trop d’essais : réessayez dans %d seconde.",
                "Trop d’essais : réessayez dans %d secondes.",
                attempt.wait_s,
            )
            return cls(said % attempt.wait_s)
        minutes = -(-attempt.wait_s // 60)
        return cls(
            ngettext("Trop d’essais : réessayez dans %d minute.", "Trop d’essais : réessayez dans %d minutes.", minutes)
            % minutes
        )


def authenticate(*, email: str, password: str, address: str, now: datetime) -> User:
    """Whose account it is. Raises `WrongCredentials`, `TooManyAttempts` (whether or not the account exists) and, once the password is
    right, `NotConfirmed`.

    Not one transaction, on purpose: a failed attempt must stay counted.
    """
    email = email.strip().lower()
    if not allow(key=f"sign-in:{address}", limit=SIGN_INS_PER_ADDRESS, period_s=600, now=now):
        raise TooManyAttempts
    attempt = begin_attempt(email=email, address=address, now=now)
    if attempt.refused:
        raise TooManyAttempts.wait(attempt)
    user = User.objects.filter(email=email).first()
    if user is None:
        make_password(password)  # as long as checking one
        raise WrongCredentials
    if not user.check_password(password) or not user.is_active:
        raise WrongCredentials
    forget_attempts(email=email, address=address)
    if user.email_confirmed_at is None:
        resend_confirmation(user=user, now=now)
        raise NotConfirmed
    return user


@transaction.atomic
def resend_confirmation(*, user: User, now: datetime) -> None:
    if allow(key=f"confirm:{user.pk}", limit=3, period_s=3600, now=now):
        publish(ResidentRegistered(uid=str(user.uid), known=False))


def ask_reset(*, email: str, address: str, now: datetime, organisation_slug: str = "") -> None:
    """The same work and the same silence whether somebody has the address or not, and when it was asked too often."""
    email = email.strip().lower()
    may = allow(key=f"reset:{address}", limit=RESETS_PER_ADDRESS, period_s=3600, now=now)
    may = allow(key=f"reset:{email}", limit=RESETS_PER_ACCOUNT, period_s=3600, now=now) and may
    user = User.objects.filter(email=email, is_active=True).first() if may else None
    with transaction.atomic():
        publish(PasswordResetAsked(uid=str(user.uid) if user else "", organisation_slug=organisation_slug))


@transaction.atomic
def set_password(
    *, user: User, password: str, now: datetime, keep_session: str = "", proves_address: bool = False
) -> None:
    """Ends the person's sessions, save `keep_session`. `proves_address`: it was set from a link sent to the address."""
    user.set_password(password)
    user.password_changed_at = now
    if proves_address and user.email_confirmed_at is None:
        user.email_confirmed_at = now
    user.save(update_fields=("password", "password_changed_at", "email_confirmed_at"))
    Session.objects.filter(user=user).exclude(session_key=keep_session).delete()
    forget_attempts(email=user.email)
    if user.is_agent:
        record(actor=user.urn, action="password.changed", urn=user.urn, now=now)
    publish(PasswordChanged(uid=str(user.uid)))
