"""The residents' first page, and the way from one commune's portal to another's."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.capabilities.design.maps import territory_plan
from parvis.capabilities.design.menus import entries
from parvis.foundations.organisations import selectors as organisations
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel.access import public
from parvis.kernel.contributions import Shell


@dataclass(frozen=True, kw_only=True)
class Portal:
    organisation: Organisation
    url: str
    code: str
    """INSEE code of its commune, empty for the metropolis."""
    path: str
    """SVG outline of its commune."""


@public
def home(request: HttpRequest) -> HttpResponse:
    organisation: Organisation | None = getattr(request, "organisation", None)
    context = {
        "tiles": sorted(entries(request, Shell.PORTAL), key=lambda entry: not entry.primary),
        "is_commune": organisation is not None and organisation.kind == Kind.COMMUNE,
        "code": _area_code(organisation),
        "main": Organisation.objects.main(),
    }
    return render(request, "portal/home.html", context)


@public
def communes(request: HttpRequest) -> HttpResponse:
    plan = territory_plan()
    paths = {shape.code: shape.path for shape in plan.shapes} if plan else {}
    portals = [
        Portal(
            organisation=organisation,
            url=organisations.portal_url(organisation),
            code=_area_code(organisation),
            path=paths.get(_area_code(organisation), ""),
        )
        for organisation in organisations.portals().select_related("area")
    ]
    return render(request, "portal/communes.html", {"portals": portals, "plan": plan})


def _area_code(organisation: Organisation | None) -> str:
    """INSEE code of a commune; empty for the metropolis, whose portal shows the whole."""
    if organisation is None or organisation.kind != Kind.COMMUNE or organisation.area is None:
        return ""
    return organisation.area.code
