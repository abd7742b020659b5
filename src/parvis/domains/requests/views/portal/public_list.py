"""What is being dealt with in public space, for everybody: no text, photo or name of a resident."""

from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from parvis.domains.requests.models import Category, RequestQuerySet
from parvis.domains.requests.selectors import public as public_requests
from parvis.domains.requests.selectors.places import commune_names
from parvis.domains.requests.views.portal.report import portal_commune
from parvis.kernel import clock
from parvis.kernel.access import public

PAGE = 20


class PublicFilterForm(forms.Form):
    commune = forms.ChoiceField(label=_("Commune"), required=False)
    category = forms.ModelChoiceField(
        label=_("Catégorie"),
        queryset=Category.objects.filter(is_active=True),
        to_field_name="code",
        required=False,
        empty_label=_("Toutes"),
    )


def _form(request: HttpRequest, communes: dict[str, str]) -> PublicFilterForm:
    data = request.GET.copy()
    data.setdefault("commune", portal_commune(request))
    form = PublicFilterForm(data)
    form.fields["commune"].choices = [("", _("Toutes")), *communes.items()]  # type: ignore[attr-defined]
    form.full_clean()
    return form


def _rows(form: PublicFilterForm) -> RequestQuerySet:
    category = form.cleaned_data.get("category")
    return public_requests.recent(
        now=clock.now(),
        area_code=form.cleaned_data.get("commune", ""),
        category=category.code if category else "",
    )


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    communes = commune_names()
    form = _form(request, communes)
    query = urlencode({name: form.data.get(name, "") for name in form.fields})
    page = Paginator(_rows(form), PAGE).get_page(request.GET.get("page"))
    rows = [
        (public_requests.row(service_request), communes.get(service_request.area_code, "")) for service_request in page
    ]
    return render(
        request,
        "requests/portal/index.html",
        {"form": form, "page": page, "rows": rows, "points_url": f"{reverse('portal:requests:points')}?{query}"},
    )


@public
@cache_control(public=True, max_age=60)
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """GeoJSON of the list, for its map."""
    return JsonResponse(
        public_requests.points(_rows(_form(request, commune_names()))), content_type="application/geo+json"
    )
