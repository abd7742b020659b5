"""Profiles of devices: what their fields become."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.mapping import parse_mapping
from parvis.telemetry.devices.models import DeviceProfile
from parvis.telemetry.devices.services.keeping import save_profile
from parvis.telemetry.devices.views.desk import desk

PER_PAGE = 50
VERSIONS_SHOWN = 20


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(permissions.shared(request, selectors.profiles()), PER_PAGE).get_page(request.GET.get("page"))
    may_create = permissions.may_create(request)
    return render(request, "devices/profiles.html", {"page": page, "may_create": may_create})


@requires("devices.manage")
def create(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@requires("devices.view")
def profile(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.shared(request, selectors.profiles()), pk=key)
    if permissions.may_manage(request, found):
        return _write(request, found)
    return render(request, "devices/profile.html", {"profile": found, "lines": parse_mapping(found.mapping)})


@requires("devices.manage")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the form, as it stands, makes of the last uplinks: the part of the page that a script replaces."""
    key = request.POST.get("profile", "")
    known = None
    if key.isascii() and key.isdecimal() and len(key) < 19:
        known = get_object_or_404(permissions.shared(request, selectors.profiles()), pk=int(key))
    return render(request, "devices/profile_preview.html", {"preview": desk(request, known).preview})


def _write(request: HttpRequest, known: DeviceProfile | None) -> HttpResponse:
    opened = desk(request, known)
    if kept := opened.kept():
        save_profile(profile=kept, actor=permissions.agent(request).urn, now=clock.now())
        messages.success(request, _("Profil enregistré : il sert dès la prochaine remontée."))
        return redirect("backoffice:devices:profiles")
    past = list(known.past.order_by("-version")[:VERSIONS_SHOWN]) if known else []
    return render(request, "devices/profile_form.html", {"desk": opened, "profile": known, "past": past})
