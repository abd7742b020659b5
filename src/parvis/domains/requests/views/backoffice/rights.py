"""Whose requests an agent may see and change; a request out of reach does not exist for them."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from parvis.domains.requests.models import Request
from parvis.domains.requests.selectors import triage
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rights import Rights, Scope


def agent_of(request: HttpRequest) -> User:
    """Of a view that `requires` a permission."""
    assert isinstance(request.user, User)
    return request.user


def rights_of(request: HttpRequest) -> Rights:
    rights: Rights = request.rights  # type: ignore[attr-defined]
    return rights


def scope_of(request: HttpRequest, right: str) -> Scope:
    return rights_of(request).scope(right)


def visible_or_404(request: HttpRequest, request_id: int, *rights: str) -> Request:
    """Seen under the first of these rights that reaches it (`requests.view` when none is named)."""
    for right in rights or ("requests.view",):
        rows = triage.visible(scope_of(request, right))
        found = (
            rows.filter(pk=request_id)
            .select_related("category", "organisation", "created_by", "reporter", "portal")
            .first()
        )
        if found is not None:
            return found
    raise Http404


def may(request: HttpRequest, right: str, service_request: Request) -> bool:
    return rights_of(request).may(
        right, organisation=service_request.organisation_id, area=service_request.area_code or None
    )


def check(request: HttpRequest, right: str, service_request: Request) -> None:
    if not may(request, right, service_request):
        raise PermissionDenied
