"""Gateways: those that brought an uplink, which of them are silent, and what each hears."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import fleet, permissions
from parvis.telemetry.devices.forms.devices import GatewayForm
from parvis.telemetry.devices.models import Gateway
from parvis.telemetry.devices.rules.health import TONES, Health
from parvis.telemetry.devices.services.gateways import save_gateway

PER_PAGE = 50


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    known = permissions.shared(request, Gateway.objects.select_related("organisation").order_by("name", "number"))
    page = Paginator(known, PER_PAGE).get_page(request.GET.get("page"))
    numbers = [gateway.number for gateway in page]
    heard = fleet.gateway_counts(permissions.visible_devices(request), numbers)
    rows = [{"gateway": one, "silent": one.is_silent(now), "heard": heard.get(one.number, 0)} for one in page]
    return render(request, "devices/gateways.html", {"page": page, "rows": rows})


@requires("devices.view")
@require_GET
def gateway(request: HttpRequest, key: int) -> HttpResponse:
    now = clock.now()
    found = _get(request, key)
    mine = permissions.visible_devices(request).filter(gateway=found.number)
    counted = fleet.counts(mine, now)
    page = Paginator(mine.with_health(now).select_related("profile").order_by("name", "id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "gateway": found,
        "silent": found.is_silent(now),
        "counts": [(code.label, TONES[code], counted[code]) for code in Health if counted[code]],
        "page": page,
        "rows": [{"device": device, "health": device.health, "tone": TONES[device.health]} for device in page],
        "may_manage": permissions.may_manage(request, found),
    }
    return render(request, "devices/gateway.html", context)


@requires("devices.manage")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    found = _get(request, key)
    if not permissions.may_manage(request, found):
        raise PermissionDenied
    form = GatewayForm(
        request.POST if request.method == "POST" else None,
        instance=found,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
    )
    if request.method == "POST" and form.is_valid():
        kept = save_gateway(gateway=form.save(commit=False), actor=permissions.agent(request).urn, now=clock.now())
        messages.success(request, _("Passerelle enregistrée."))
        return redirect("backoffice:devices:gateway", kept.pk)
    return render(request, "devices/gateway_form.html", {"form": form, "gateway": found})


def _get(request: HttpRequest, key: int) -> Gateway:
    return get_object_or_404(permissions.shared(request, Gateway.objects.select_related("organisation")), pk=key)
