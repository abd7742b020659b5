"""What this package shows on others' pages: figures for the agents' home, requests that caused an intervention."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from parvis.domains.requests.models import Request
from parvis.domains.requests.selectors import public, triage
from parvis.domains.requests.views.portal.report import portal_commune
from parvis.kernel import clock
from parvis.kernel.urn import Urn

_SHOWN = 20


def _counts(request: HttpRequest) -> dict[str, int]:
    """Once per page, for both counters."""
    known: dict[str, int] | None = getattr(request, "_requests_counts", None)
    if known is None:
        known = triage.counts(triage.visible(request.rights.scope("requests.view")))  # type: ignore[attr-defined]
        request._requests_counts = known  # type: ignore[attr-defined]
    return known


def count_new(request: HttpRequest) -> int | None:
    return _counts(request)["new"]


def count_attention(request: HttpRequest) -> int | None:
    return _counts(request)["attention"]


def linked_to_intervention(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """Those in the agent's reach, and how many are not."""
    causes = Request.objects.filter(intervention_urn=str(urn))
    total = causes.count()
    if not total:
        return None
    scope = request.rights.scope("requests.view")  # type: ignore[attr-defined]
    linked = list(scope.filter(causes.select_related("category").order_by("created_at", "id"))[:_SHOWN])
    return {"linked": linked, "hidden_count": total - len(linked)}


def month_on_the_portal(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """What came in and what was solved, for the territory or the commune of this portal; hidden while there is nothing."""
    month = public.month(now=clock.now(), area_code=portal_commune(request))
    return {"month": month} if month.received or month.solved else None
