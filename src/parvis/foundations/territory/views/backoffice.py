"""The territory as agents see it: its communes, where their outlines come from."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from parvis.foundations.territory import reference, selectors
from parvis.foundations.territory.models import Area, AreaKind
from parvis.kernel.access import requires
from parvis.kernel.french import folded

PAGE = 50


@requires("territory.view")
def areas_page(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "").replace("\0", "").strip()
    communes = selectors.communes()
    found = communes.filter(sort_name__contains=folded(search)) if search else communes
    context = {
        "epci": selectors.territory(),
        "commune_count": communes.count(),
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "search": search,
        "reference_source": reference.SOURCE,
        "reference_licence": reference.LICENCE,
        "attribution": selectors.attribution(),
        "detached": list(
            Area.objects.of_kind(AreaKind.COMMUNE).filter(parent=None).defer("geometry").order_by("sort_name", "code")
        ),
    }
    return render(request, "territory/backoffice/list.html", context)


@requires("territory.view")
def area_page(request: HttpRequest, code: str) -> HttpResponse:
    area = get_object_or_404(Area.objects.select_related("parent").defer("geometry", "parent__geometry"), code=code)
    context = {
        "area": area,
        "is_commune": area.kind == AreaKind.COMMUNE,
        "parts": area.children.defer("geometry").exclude(kind=AreaKind.COMMUNE).order_by("sort_name", "code"),
    }
    return render(request, "territory/backoffice/area.html", context)
