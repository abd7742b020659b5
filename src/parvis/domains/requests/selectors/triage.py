"""The lists of agents: what they may see, filtered and sorted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, Value, When

from parvis.domains.requests.models import Request, RequestQuerySet
from parvis.domains.requests.rules import OPEN_STATES, State
from parvis.domains.requests.selectors.lookup import searched
from parvis.foundations.identity.rights import Scope

SORTS: dict[str, tuple[str, ...]] = {
    "newest": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "changed": ("-updated_at", "-id"),
    "urgent": ("rank", "created_at", "id"),
}
"""Only these: a sort comes from the address of a page."""


def visible(scope: Scope) -> RequestQuerySet:
    """Requests within the organisations and areas of a right."""
    return scope.filter(Request.objects.all())  # type: ignore[return-value]


def listed(requests: RequestQuerySet, filters: Mapping[str, Any], *, sort: str) -> RequestQuerySet:
    """`filters` are the cleaned data of `forms.filters.FilterForm`; empty ones do not filter."""
    conditions = Q()
    match filters.get("state"):
        case "" | None:
            pass
        case "open":
            conditions &= Q(state__in=OPEN_STATES)
        case "attention":
            conditions &= Q(state__in=OPEN_STATES) & ~Q(attention="")
        case state:
            conditions &= Q(state=state)
    for name, lookup in (
        ("category", "category"),
        ("commune", "area_code"),
        ("organisation", "organisation"),
        ("channel", "channel"),
    ):
        if value := filters.get(name):
            conditions &= Q(**{lookup: value})
    if since := filters.get("since"):
        conditions &= Q(created_at__date__gte=since)
    if until := filters.get("until"):
        conditions &= Q(created_at__date__lte=until)
    rows = searched(requests.filter(conditions), filters.get("q") or "")
    if sort == "urgent":
        rows = rows.annotate(rank=_RANK)
    return rows.select_related("category", "organisation").order_by(*SORTS.get(sort, SORTS["newest"]))


# What nobody has looked at comes before what is already on its way.
_RANK = Case(
    When(~Q(attention="") & Q(state__in=sorted(OPEN_STATES)), then=Value(0)),
    When(state=State.RECEIVED, then=Value(1)),
    When(state=State.ACCEPTED, then=Value(2)),
    When(state=State.IN_PROGRESS, then=Value(3)),
    default=Value(4),
    output_field=IntegerField(),
)


def counts(requests: RequestQuerySet) -> dict[str, int]:
    """For the head of the list: new, needing a second look, open."""
    totals: dict[str, int] = requests.filter(state__in=OPEN_STATES).aggregate(
        new=Count("pk", filter=Q(state=State.RECEIVED)),
        attention=Count("pk", filter=~Q(attention="")),
        open=Count("pk"),
    )
    return totals


def waiting_since(requests: RequestQuerySet) -> datetime | None:
    """Arrival of the oldest request nobody has taken."""
    return requests.filter(state=State.RECEIVED).order_by("created_at").values_list("created_at", flat=True).first()
