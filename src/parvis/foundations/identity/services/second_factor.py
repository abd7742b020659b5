"""Codes of an authenticator application (TOTP, RFC 6238), each worth one sign-in, and recovery codes, each worth one too."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
import segno
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.identity import rules
from parvis.foundations.identity.models import RecoveryCode, TotpDevice, User
from parvis.foundations.identity.rates import begin_attempt, forget_attempts
from parvis.foundations.identity.services.passwords import TooManyAttempts
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import setting
from parvis.kernel.errors import Refusal

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and figures that are taken for one another on paper."""
CODE_LENGTH = 16


class WrongCode(Refusal):
    """Ce code n’est pas le bon."""

    status = 403
    code = "wrong-code"
    message = _("Ce code n’est pas le bon, ou il a déjà servi : attendez le suivant.")


def is_required(user: User) -> bool:
    """An agent with an authenticator always gives its code; one without must have one when an organisation they act for says so."""
    if not user.is_agent:
        return False
    if TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).exists():
        return True
    main = Organisation.objects.main()
    concerned = {assignment.organisation or main for assignment in user.assignments.select_related("organisation")} or {
        main
    }
    return any(organisation is None or setting(organisation, "identity.require_totp") for organisation in concerned)


def is_enrolled(user: User) -> bool:
    return TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).exists()


@transaction.atomic
def begin_enrolment(*, user: User, now: datetime) -> TotpDevice:
    """The authenticator to confirm: the same one until it is, so that a page reloaded shows the same picture."""
    device, _created = TotpDevice.objects.get_or_create(
        user=user, defaults={"secret": pyotp.random_base32(), "created_at": now}
    )
    return device


def provisioning(device: TotpDevice, issuer: str) -> tuple[str, str]:
    """The picture to scan (SVG) and the key to type when one cannot."""
    uri = pyotp.TOTP(device.secret).provisioning_uri(name=device.user.email, issuer_name=issuer)
    picture = segno.make(uri, error="m").svg_inline(scale=5, border=3, light="#ffffff", omitsize=True)
    key = " ".join(device.secret[start : start + 4] for start in range(0, len(device.secret), 4))
    return picture, key


def confirm_enrolment(*, user: User, code: str, address: str, now: datetime) -> list[str]:
    """The recovery codes, in clear for the only time. Raises `WrongCode`, `TooManyAttempts`."""
    _count_attempt(user, address, now)
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        if device is None or not _accept_totp(device, code, now):
            raise WrongCode
        TotpDevice.objects.filter(pk=device.pk).update(confirmed_at=now)
        record(actor=user.urn, action="second_factor.enrolled", urn=user.urn, now=now)
        codes = _new_recovery_codes(user)
    forget_attempts(email=attempt_key(user), address=address)
    return codes


def check_code(*, user: User, code: str, address: str, now: datetime) -> None:
    """A code of the authenticator or a recovery code. Raises `WrongCode`, `TooManyAttempts`."""
    _count_attempt(user, address, now)
    device = TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).first()
    folded = code.replace(" ", "").replace("-", "").lower()
    accepted = device is not None and (_accept_totp(device, folded, now) or _accept_recovery(user, folded, now))
    if not accepted:
        raise WrongCode
    forget_attempts(email=attempt_key(user), address=address)


@transaction.atomic
def renew_recovery_codes(*, user: User, now: datetime) -> list[str]:
    record(actor=user.urn, action="recovery_codes.renewed", urn=user.urn, now=now)
    return _new_recovery_codes(user)


@transaction.atomic
def reset_second_factor(*, user: User) -> None:
    """For who lost it: the sessions end, and the next sign-in enrols anew."""
    TotpDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    user.sessions.all().delete()


def _accept_totp(device: TotpDevice, code: str, now: datetime) -> bool:
    """One step of drift either way (RFC 6238, 5.2). The update is what makes a code good for once, even in parallel."""
    totp = pyotp.TOTP(device.secret)
    present = rules.totp_step(now)
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return TotpDevice.objects.filter(pk=device.pk, last_step__lt=step).update(last_step=step) == 1
    return False


def _accept_recovery(user: User, code: str, now: datetime) -> bool:
    used = RecoveryCode.objects.filter(user=user, digest=_digest(code), used_at=None).update(used_at=now)
    if used:
        record(actor=user.urn, action="recovery_code.used", urn=user.urn, now=now)
    return used == 1


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(rules.RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return ["-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4)) for code in codes]


def _digest(code: str) -> str:
    """79 random bits need no slow hash."""
    return hashlib.sha256(code.encode()).hexdigest()


def attempt_key(user: User) -> str:
    return f"second-factor:{user.email}"


def _count_attempt(user: User, address: str, now: datetime) -> None:
    attempt = begin_attempt(email=attempt_key(user), address=address, now=now)
    if attempt.refused:
        raise TooManyAttempts.wait(attempt)
