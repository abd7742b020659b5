"""What everybody may read of requests, without personal data: neither description, address, photo nor contact.

A point is rounded to four decimals (about ten metres): enough for a street, not for a letter box.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from parvis.domains.requests.models import Request, RequestQuerySet
from parvis.domains.requests.rules import OPEN_STATES, State

RECENT = timedelta(days=30)
"""A closed request stays on the public list this long; an open one stays until it is closed."""

_DECIMALS = 4
_POINTS = 2000


@dataclass(frozen=True, kw_only=True)
class PublicRow:
    number: str
    category: str
    icon: str
    state: State
    area_code: str
    longitude: float | None
    latitude: float | None
    organisation: str
    public_note: str
    created_at: datetime
    closed_at: datetime | None


def recent(*, now: datetime, area_code: str = "", category: str = "") -> RequestQuerySet:
    """Open ones and those closed lately, newest first."""
    rows = Request.objects.filter(Q(state__in=OPEN_STATES) | Q(closed_at__gte=now - RECENT))
    if area_code:
        rows = rows.filter(area_code=area_code)
    if category:
        rows = rows.filter(category__code=category)
    return rows.select_related("category", "organisation").order_by("-created_at", "-id")


def row(service_request: Request) -> PublicRow:
    return PublicRow(
        number=service_request.number,
        category=service_request.category.name,
        icon=service_request.category.icon,
        state=State(service_request.state),
        area_code=service_request.area_code,
        longitude=_rounded(service_request.longitude),
        latitude=_rounded(service_request.latitude),
        organisation=service_request.organisation.name if service_request.organisation else "",
        public_note=service_request.public_note,
        created_at=service_request.created_at,
        closed_at=service_request.closed_at,
    )


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, _DECIMALS)


@dataclass(frozen=True, kw_only=True)
class Month:
    """Of the last thirty days; `underway` is as of now."""

    received: int
    solved: int
    underway: int


def month(*, now: datetime, area_code: str = "") -> Month:
    """One query."""
    rows = Request.objects.filter(
        Q(created_at__gte=now - RECENT) | Q(closed_at__gte=now - RECENT) | Q(state__in=OPEN_STATES)
    )
    if area_code:
        rows = rows.filter(area_code=area_code)
    return Month(
        **rows.order_by().aggregate(
            received=Count("pk", filter=Q(created_at__gte=now - RECENT)),
            solved=Count("pk", filter=Q(state=State.DONE, closed_at__gte=now - RECENT)),
            underway=Count("pk", filter=Q(state__in=[State.ACCEPTED, State.IN_PROGRESS])),
        )
    )


def points(rows: RequestQuerySet) -> dict[str, Any]:
    """GeoJSON FeatureCollection (EPSG:4326) of the newest ones that have a point."""
    placed = [row(service_request) for service_request in rows.exclude(longitude=None)[:_POINTS]]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [item.longitude, item.latitude]},
                "properties": {
                    "number": item.number,
                    "category": item.category,
                    "state": item.state.value,
                    "label": str(item.state.label),
                    "on": item.created_at.date().isoformat(),
                },
            }
            for item in placed
        ],
    }
