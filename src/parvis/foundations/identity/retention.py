"""What is erased when its time has come."""

from datetime import datetime, timedelta

from parvis.foundations.identity.models import ApiToken, Session, User
from parvis.foundations.identity.services.leaving import close_account

UNCONFIRMED_DAYS = 7
INACTIVE_DAYS = 3 * 365
"""The CNIL’s reference for accounts: three years after the last contact (référentiel, délibération 2021-131)."""
TOKEN_DAYS = 365


def purge_accounts(now: datetime) -> int:
    """Residents who never confirmed their address, and those gone for three years, with all that packages hold of them."""
    unconfirmed = User.objects.never_confirmed().filter(created_at__lt=now - timedelta(days=UNCONFIRMED_DAYS))
    term = now - timedelta(days=INACTIVE_DAYS)
    gone = User.objects.residents().filter(created_at__lt=term).exclude(last_login__gte=term)
    users = list((unconfirmed | gone).order_by("id"))
    for user in users:
        close_account(user=user, now=now)
    return len(users)


def purge_sessions(now: datetime) -> int:
    return Session.objects.filter(expire_date__lt=now).delete()[0]


def purge_tokens(now: datetime) -> int:
    """A year after their end: until then their name explains the entries of the journal."""
    term = now - timedelta(days=TOKEN_DAYS)
    ended = ApiToken.objects.filter(expires_at__lt=term) | ApiToken.objects.filter(revoked_at__lt=term)
    return ended.delete()[0]
