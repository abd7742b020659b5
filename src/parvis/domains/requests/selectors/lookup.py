"""Finding requests: by code, by place, by what an agent types."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from parvis.domains.requests import tracking
from parvis.domains.requests.models import Category, Request, RequestQuerySet
from parvis.domains.requests.rules import NEAR_M, State, distance_m, phone_key, search_words, typed_number
from parvis.foundations.identity.models import User

_NEAR_CANDIDATES = 200


@dataclass(frozen=True, kw_only=True)
class NearRequest:
    """What anybody may know of a request nearby: neither its text, its photo nor who made it."""

    id: int
    number: str
    category: str
    state: State
    created_at: datetime
    distance_m: int
    public_note: str


def tracked(typed_code: str) -> Request | None:
    """The request of this tracking code; None for a wrong, revoked or erased one, in the same number of queries."""
    possible = tracking.fingerprints(typed_code) or ["-"]
    return (
        Request.objects.filter(code_fingerprint__in=possible)
        .select_related("category", "organisation", "portal")
        .first()
    )


def of_resident(user: User) -> RequestQuerySet:
    return Request.objects.filter(reporter=user).select_related("category", "organisation")


def near(
    *,
    category: Category | None,
    longitude: float | None,
    latitude: float | None,
    exclude_id: int | None = None,
    radius_m: float = NEAR_M,
    limit: int = 5,
) -> list[NearRequest]:
    """Open requests within `radius_m`, nearest first; of one category when given."""
    if longitude is None or latitude is None:
        return []
    rows = (
        Request.objects.open()
        .within_m(longitude, latitude, radius_m)
        .exclude(pk=exclude_id or 0)
        .select_related("category")
    )
    if category is not None:
        rows = rows.filter(category=category)
    found = [
        NearRequest(
            id=row.pk,
            number=row.number,
            category=row.category.name,
            state=State(row.state),
            created_at=row.created_at,
            distance_m=round(distance_m(longitude, latitude, row.longitude, row.latitude)),
            public_note=row.public_note,
        )
        for row in rows.order_by("-created_at", "-id")[:_NEAR_CANDIDATES]
        if row.longitude is not None
        and row.latitude is not None
        and distance_m(longitude, latitude, row.longitude, row.latitude) <= radius_m
    ]
    return sorted(found, key=lambda request: (request.distance_m, -request.id))[:limit]


def searched(requests: RequestQuerySet, text: str) -> RequestQuerySet:
    """By number, else by words of the description and address."""
    if number := typed_number(text):
        return requests.filter(number=number)
    return requests.matching(text)


def kind_of(text: str) -> str:
    """What sort of thing an agent searched, for the journal, which must not hold the telephone number itself."""
    if typed_number(text):
        return "number"
    if "@" in text:
        return "email"
    return "phone" if phone_key(text) and not any(c.isalpha() for c in text) else "text"


def searched_by_desk(requests: RequestQuerySet, text: str) -> RequestQuerySet:
    """As `searched`, and by the caller's telephone or e-mail when that is what the agent typed."""
    match kind_of(text):
        case "phone":
            return requests.filter(phone_key=phone_key(text)).exclude(contact_phone="")
        case "email":
            email = text.strip().lower()
            return requests.filter(Q(contact_email=email) | Q(reporter__email=email))
        case "number":
            return searched(requests, text)
        case _:
            # Nothing to look for is nothing found: the desk is no way to read everything.
            return requests.matching(text) if any(search_words(text)) else requests.none()
