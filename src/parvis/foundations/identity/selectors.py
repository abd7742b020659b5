"""Reads: sessions of a person, accounts an administrator may see."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.crypto import salted_hmac

from parvis.foundations.identity.browsers import describe
from parvis.foundations.identity.models import ApiToken, Assignment, Session, TotpDevice, User
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


def agents_found(rights: Rights, query: str) -> QuerySet[User]:
    """Agents to list, with their roles, by name."""
    roles = Assignment.objects.select_related("role", "organisation", "area").order_by("id")
    return (
        _named(visible_agents(rights), query)
        .annotate(has_totp=Exists(TotpDevice.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False)))
        .prefetch_related(Prefetch("assignments", queryset=roles))
        .order_by("display_name", "id")
    )


def residents_found(query: str) -> QuerySet[User]:
    """Nobody without a query: residents are looked up one by one."""
    found = _named(User.objects.residents(), query) if query.strip() else User.objects.none()
    return found.order_by("display_name", "id")


def _named(users: QuerySet[User], query: str) -> QuerySet[User]:
    for word in query.split()[:6]:
        users = users.filter(Q(display_name__icontains=word) | Q(email__icontains=word))
    return users


def visible_agents(rights: Rights) -> QuerySet[User]:
    """Agents who act for an organisation where `rights` let see them; all of them, those without role too, for the whole platform."""
    scope = rights.scope("identity.view")
    agents = User.objects.agents()
    if scope.everywhere:
        return agents
    inside = scope.filter(Assignment.objects.filter(user=OuterRef("pk")), area="area__code")
    return agents.filter(Exists(inside))


def home_slug(user: User) -> str:
    """The organisation (slug) in whose journal what an agent does to accounts is read: theirs, when they act for one only."""
    slugs = set(user.assignments.values_list("organisation__slug", flat=True))
    return (slugs.pop() or "") if len(slugs) == 1 else ""


def tokens_found(rights: Rights) -> QuerySet[ApiToken]:
    """The last made first, of the organisations where `rights` let look after tokens."""
    scope = rights.scope("identity.tokens")
    return scope.filter(ApiToken.objects.select_related("organisation", "created_by"), area=None)
