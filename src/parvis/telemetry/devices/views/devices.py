"""Devices: list, page of one, and writing one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import batteries, permissions, selectors
from parvis.telemetry.devices.forms.devices import DeviceForm
from parvis.telemetry.devices.forms.filters import DeviceFilterForm
from parvis.telemetry.devices.models import Device, DeviceProfile, Gateway
from parvis.telemetry.devices.rules.battery import forecast
from parvis.telemetry.devices.rules.health import TONES
from parvis.telemetry.devices.services.devices import EuiTaken, MovedInTheFuture, MovedTooEarly, save_device

from . import downlinks

PER_PAGE = 50
UPLINKS_SHOWN = 20
ASSIGNMENTS_SHOWN = 20


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    chosen = DeviceFilterForm(request.GET)
    found = permissions.visible(request, selectors.devices(chosen.wanted(), now))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "page": page,
        "rows": [_row(device) for device in page],
        "may_create": permissions.may_create(request),
    }
    return render(request, "devices/list.html", context)


@requires("devices.view")
@require_GET
def device(request: HttpRequest, key: int) -> HttpResponse:
    now = clock.now()
    known = permissions.visible_devices(request).with_health(now)
    found = get_object_or_404(known.select_related("profile__codec", "organisation", "entity"), pk=key)
    levels = batteries.history(found)
    context = {
        **_row(found),
        "gateway": Gateway.objects.filter(number=found.gateway).first() if found.gateway else None,
        "uplinks": selectors.latest_uplinks(found, UPLINKS_SHOWN),
        "charts": selectors.radio(found, now),
        "battery": selectors.battery(levels, now),
        "forecast": forecast(levels, now.date()),
        "assignments": list(found.assignments.select_related("entity").order_by("-until")[:ASSIGNMENTS_SHOWN]),
        "expected_minutes": (found.profile.expected_period_s or 0) // 60 if found.profile else 0,
        "may_manage": permissions.may_manage(request, found),
        **downlinks.panel(request, found),
    }
    return render(request, "devices/device.html", context)


@requires("devices.manage")
def create(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@requires("devices.manage")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    known = Device.objects.select_related("entity")
    mine = permissions.reach(request, permissions.MANAGE)
    return _write(request, get_object_or_404(known if mine is None else known.filter(organisation_id__in=mine), pk=key))


def _write(request: HttpRequest, known: Device | None) -> HttpResponse:
    form = DeviceForm(
        request.POST if request.method == "POST" else None,
        instance=known,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
        profiles=permissions.shared(request, DeviceProfile.objects.order_by("name")),
        things=permissions.things(request),
    )
    if request.method == "POST" and form.is_valid():
        moved_at, actor = form.cleaned_data["moved_at"], permissions.agent(request).urn
        try:
            kept = save_device(device=form.device(), actor=actor, now=clock.now(), moved_at=moved_at)
        except (MovedInTheFuture, MovedTooEarly) as refused:
            form.add_error("moved_at", str(refused))
        except EuiTaken as refused:
            form.add_error("eui", str(refused))
        else:
            messages.success(request, _("Capteur enregistré."))
            return redirect("backoffice:devices:device", kept.pk)
    return render(request, "devices/device_form.html", {"form": form, "device": known})


def _row(device: Device) -> dict[str, object]:
    return {"device": device, "health": device.health, "tone": TONES[device.health]}
