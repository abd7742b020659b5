"""Links sent by e-mail: signed, of one purpose, with a term, and worth nothing once the account has changed.

The signature is Django's (HMAC-SHA256 by `SECRET_KEY`); nothing is stored. `fingerprint` holds what the link's own use changes, so that
it serves once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from parvis.foundations.identity.models import User


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    code: str
    lasts: timedelta


CONFIRM = Purpose(code="confirm", lasts=timedelta(days=3))
RESET = Purpose(code="reset", lasts=timedelta(hours=2))
INVITE = Purpose(code="invite", lasts=timedelta(days=7))
CHANGE_EMAIL = Purpose(code="change-email", lasts=timedelta(days=1))


def make_link_token(user: User, purpose: Purpose, now: datetime) -> str:
    payload = {"u": user.pk, "t": int(now.timestamp()), "f": _fingerprint(user, purpose)}
    return signing.dumps(payload, salt=_salt(purpose))


def read_link_token(token: str, purpose: Purpose, now: datetime) -> User | None:
    """Whose link it is; None when it is forged, past its term, already used, or the account is closed."""
    try:
        payload = signing.loads(token, salt=_salt(purpose))
    except signing.BadSignature:
        return None
    made_at = datetime.fromtimestamp(payload["t"], tz=now.tzinfo)
    if now - made_at > purpose.lasts:
        return None
    user = User.objects.filter(pk=payload["u"], is_active=True).first()
    if user is None or not constant_time_compare(payload["f"], _fingerprint(user, purpose)):
        return None
    return user


def _salt(purpose: Purpose) -> str:
    return f"parvis.identity.{purpose.code}"


def _fingerprint(user: User, purpose: Purpose) -> str:
    state = f"{user.password}|{user.email}|{user.new_email}|{user.email_confirmed_at}|{user.is_agent}"
    return salted_hmac(_salt(purpose), state, algorithm="sha256").hexdigest()[:32]
