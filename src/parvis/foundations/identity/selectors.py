"""Reads: sessions of a person, accounts an administrator may see."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from parvis.foundations.identity.browsers import describe
from parvis.foundations.identity.models import Assignment, Session, TotpDevice, User
from parvis.foundations.identity.rights import Rights


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSession:
    """`id` stands for the key, which never leaves the cookie."""

    id: str
    key: str
    browser: str
    address: str
    signed_in_at: datetime
    seen_at: datetime
    current: bool


def open_sessions(*, user: User, current_key: str, now: datetime) -> list[OpenSession]:
    """The last used first."""
    rows = Session.objects.filter(user=user, expire_date__gt=now, signed_in_at__isnull=False, seen_at__isnull=False)
    return [
        OpenSession(
            id=session_id(row.session_key),
            key=row.session_key,
            browser=describe(row.browser),
            address=row.address,
            signed_in_at=row.signed_in_at,
            seen_at=row.seen_at,
            current=row.session_key == current_key,
        )
        for row in rows
        if row.signed_in_at and row.seen_at
    ]


def session_id(key: str) -> str:
    return salted_hmac("parvis.identity.session", key, algorithm="sha256").hexdigest()[:24]


def accounts(rights: Rights, *, query: str = "", kind: str = "agents") -> QuerySet[User]:
    """What `rights` let see: agents who act for an organisation of the scope, everybody for the whole platform; residents only for
    who has `identity.residents`, which is journaled."""
    found = User.objects.none()
    if kind == "agents":
        found = visible_agents(rights)
    elif kind == "residents" and rights.may("identity.residents"):
        found = User.objects.residents()
    for word in query.split()[:6]:
        found = found.filter(Q(display_name__icontains=word) | Q(email__icontains=word))
    return found.annotate(
        has_totp=Exists(TotpDevice.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False))
    ).order_by("display_name", "id")


def visible_agents(rights: Rights) -> QuerySet[User]:
    scope = rights.scope("identity.view")
    agents = User.objects.agents()
    if scope.everywhere:
        return agents
    inside = scope.filter(Assignment.objects.filter(user=OuterRef("pk")), area="area__code")
    return agents.filter(Exists(inside))
