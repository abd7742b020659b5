"""What people change of their own account."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.events import EmailChangeAsked
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rates import allow, begin_attempt, forget_attempts
from parvis.foundations.identity.services.accounts import AddressTaken
from parvis.foundations.identity.services.passwords import TooManyAttempts
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish

CHANGES_PER_HOUR = 3


class WrongPassword(Refusal):
    """Ce n’est pas votre mot de passe actuel."""

    status = 403
    code = "wrong-password"
    message = _("Ce n’est pas votre mot de passe actuel.")


def check_own_password(*, user: User, password: str, address: str, now: datetime) -> None:
    """Before what cannot be undone: a session left open must not be enough. Raises `WrongPassword`, `TooManyAttempts`."""
    attempt = begin_attempt(email=user.email, address=address, now=now)
    if attempt.refused:
        raise TooManyAttempts.wait(attempt)
    if not user.check_password(password):
        raise WrongPassword
    forget_attempts(email=user.email, address=address)


@transaction.atomic
def change_profile(*, user: User, display_name: str, language: str) -> None:
    User.objects.filter(pk=user.pk).update(display_name=display_name.strip(), language=language)


@transaction.atomic
def ask_email_change(*, user: User, email: str, now: datetime, organisation_slug: str = "") -> None:
    """Nothing changes until the link sent to the new address is opened; the present address is told. Raises `TooManyAttempts`."""
    if not allow(key=f"change-email:{user.pk}", limit=CHANGES_PER_HOUR, period_s=3600, now=now):
        raise TooManyAttempts(_("Trop de demandes : réessayez dans une heure."))
    User.objects.filter(pk=user.pk).update(new_email=email.strip().lower())
    publish(EmailChangeAsked(uid=str(user.uid), organisation_slug=organisation_slug))


def change_email(*, user: User, now: datetime) -> None:
    """By the link sent to the new address. Raises `AddressTaken` when somebody opened an account with it meanwhile."""
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=user.new_email, new_email="", email_confirmed_at=now)
            record(actor=user.urn, action="email.changed", urn=user.urn, now=now)
    except IntegrityError as error:
        raise AddressTaken from error
    forget_attempts(email=user.email)
    user.refresh_from_db()


@transaction.atomic
def confirm_address(*, user: User, now: datetime) -> None:
    User.objects.filter(pk=user.pk, email_confirmed_at=None).update(email_confirmed_at=now)
    user.refresh_from_db()
