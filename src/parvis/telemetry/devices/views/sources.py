"""Sources: the network servers, and exactly what to paste in them."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.forms.sources import SourceForm
from parvis.telemetry.devices.models import Source
from parvis.telemetry.devices.services.sources import save_source

PER_PAGE = 50
UPLINKS_SHOWN = 20


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(permissions.shared(request, selectors.sources()), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "devices/sources.html", {"page": page, "may_create": permissions.may_create(request)})


@requires("devices.view")
@require_GET
def source(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.shared(request, selectors.sources()), pk=key)
    recent = permissions.visible_uplinks(request, selectors.uplinks_of_source(found))
    context = {
        "source": found,
        "uplinks": list(recent[:UPLINKS_SHOWN]),
        "webhook": f"{settings.PARVIS_SITE_URL}/ingest/{found.slug}",
        "tokens": reverse("backoffice:identity:tokens") if rights_of(request).may("identity.tokens") else "",
        "may_manage": permissions.may_manage(request, found),
    }
    return render(request, "devices/source.html", context)


@requires("devices.manage")
def create(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@requires("devices.manage")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    mine = permissions.reach(request, permissions.MANAGE)
    known = selectors.sources()
    return _write(request, get_object_or_404(known if mine is None else known.filter(organisation_id__in=mine), pk=key))


def _write(request: HttpRequest, known: Source | None) -> HttpResponse:
    form = SourceForm(
        request.POST if request.method == "POST" else None,
        instance=known,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
    )
    if request.method == "POST" and form.is_valid():
        kept = save_source(source=form.save(commit=False), actor=permissions.agent(request).urn, now=clock.now())
        messages.success(request, _("Source enregistrée."))
        return redirect("backoffice:devices:source", kept.pk)
    return render(request, "devices/source_form.html", {"form": form, "source": known})
