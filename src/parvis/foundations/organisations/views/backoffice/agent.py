"""Who is acting and what they may do, as identity tells it: this package is below identity and knows only this shape."""

from typing import Protocol, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from parvis.foundations.organisations.models import Organisation

MANAGE = "organisations.manage"


class Rights(Protocol):
    def may(self, permission: str, *, organisation: int | None) -> bool: ...


class Agent(Protocol):
    @property
    def urn(self) -> str: ...


def actor(request: HttpRequest) -> str:
    return cast(Agent, request.user).urn


def may_manage(request: HttpRequest, organisation: Organisation | None) -> bool:
    """None: something that belongs to no organisation in particular, hence to the metropolis."""
    rights = cast(Rights, request.rights)  # type: ignore[attr-defined]
    owner = organisation or Organisation.objects.main()
    return rights.may(MANAGE, organisation=owner.pk if owner else None)


def managed(request: HttpRequest, slug: str) -> Organisation:
    """Raises Http404, PermissionDenied."""
    organisation = get_object_or_404(Organisation.objects.select_related("area", "parent"), slug=slug)
    if not may_manage(request, organisation):
        raise PermissionDenied
    return organisation
