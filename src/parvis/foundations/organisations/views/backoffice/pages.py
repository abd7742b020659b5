"""The list of organisations, and the page of one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.foundations.organisations.domains import domain_manifests
from parvis.foundations.organisations.forms import NewForm
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.foundations.organisations.selectors import portal_url
from parvis.foundations.organisations.services import create_organisation
from parvis.foundations.organisations.views.backoffice.agent import actor, may_manage
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.french import folded

PAGE = 50


@requires("organisations.view")
def organisations_page(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    search = request.GET.get("q", "").replace("\0", "").strip()
    page = Paginator(_listed(kind, search), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "kinds": Kind.choices,
        "kind": kind,
        "search": search,
        "may_create": may_manage(request, None),
    }
    return render(request, "organisations/backoffice/list.html", context)


def _listed(kind: str, search: str) -> QuerySet[Organisation]:
    rows = Organisation.objects.select_related("area", "parent").annotate(team_count=Count("teams"))
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    if search:
        rows = rows.filter(sort_name__contains=folded(search))
    return rows.order_by("-kind", "sort_name", "id") if not kind else rows.order_by("sort_name", "id")


@requires("organisations.view")
def organisation_page(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = get_object_or_404(Organisation.objects.select_related("area", "parent"), slug=slug)
    context = {
        "organisation": organisation,
        "teams": organisation.teams.order_by("sort_name", "id"),
        "services": organisation.services.order_by("sort_name", "id"),
        "address": portal_url(organisation) if organisation.has_portal else "",
        "domains": [manifest.label for manifest in domain_manifests() if manifest.name in organisation.domains],
        "may_manage": may_manage(request, organisation),
    }
    return render(request, "organisations/backoffice/organisation.html", context)


@requires("organisations.manage")
def new_page(request: HttpRequest) -> HttpResponse:
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        parent = form.cleaned_data["parent"]
        if may_manage(request, parent):
            organisation = create_organisation(
                **form.cleaned_data | {"kind": Kind(form.cleaned_data["kind"])}, now=clock.now(), actor=actor(request)
            )
            messages.success(request, _("« %(name)s » est créée.") % {"name": organisation.name})
            return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[organisation.slug]))
        form.add_error("parent", _("Vos droits ne couvrent pas cette organisation."))
    return render(request, "organisations/backoffice/new.html", {"form": form}, status=422 if form.errors else 200)
