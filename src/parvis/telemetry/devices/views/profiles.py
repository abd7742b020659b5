"""Profiles of devices: what their fields become."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.forms.profiles import ProfileForm, mapping_formset
from parvis.telemetry.devices.models import Codec, DeviceProfile
from parvis.telemetry.devices.services.keeping import save_profile

PER_PAGE = 50


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
    return render(request, "devices/profile.html", {"profile": found})


def _write(request: HttpRequest, known: DeviceProfile | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    latest = Codec.objects.latest_versions() | Codec.objects.filter(profiles=known)
    form = ProfileForm(
        data,
        instance=known,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
        codecs=permissions.shared(request, latest.distinct().order_by("name", "-version")),
    )
    rows = mapping_formset(data, known)
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        save_profile(profile=form.profile(rows.mapping), actor=permissions.agent(request).urn, now=clock.now())
        messages.success(request, _("Profil enregistré : il sert dès la prochaine remontée."))
        return redirect("backoffice:devices:profiles")
    return render(request, "devices/profile_form.html", {"form": form, "rows": rows, "profile": known})
