"""Downlinks: those of a device and a form to ask for one, those of the fleet, and how a source sends them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions
from parvis.telemetry.devices.downlinks.addressing import SERVERS
from parvis.telemetry.devices.downlinks.listing import downlinks, downlinks_of, spent_today_s
from parvis.telemetry.devices.forms.downlinks import DownlinkAccessForm, DownlinkFilterForm, DownlinkForm
from parvis.telemetry.devices.models import Device, Downlink, Source, SourceKey
from parvis.telemetry.devices.selectors import sources
from parvis.telemetry.devices.services.downlink_access import save_downlink_access
from parvis.telemetry.devices.services.downlinks import (
    CommandRefused,
    TooLate,
    ask_downlink,
    cancel_downlink,
    daily_budget_ms,
)

PER_PAGE = 50
SHOWN_ON_DEVICE = 5


def panel(request: HttpRequest, device: Device) -> dict[str, Any]:
    """What `devices/downlink_panel.html` shows on the page of a device."""
    return {
        "downlinks": list(downlinks_of(device)[:SHOWN_ON_DEVICE]),
        "may_command": permissions.may_command(request, device),
    }


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    chosen = DownlinkFilterForm(request.GET)
    mine = permissions.reach(request, permissions.VIEW)
    page = Paginator(downlinks(chosen.wanted(), mine), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "devices/downlinks.html", {"filter": chosen, "page": page})


@requires("devices.view")
def of_device(request: HttpRequest, key: int) -> HttpResponse:
    device = _device(request, key)
    may_command = permissions.may_command(request, device)
    posted = request.method == "POST"
    if posted and not may_command:
        raise PermissionDenied
    has_codec = device.profile is not None and device.profile.codec is not None
    form = DownlinkForm(request.POST if posted else None, has_codec=has_codec)
    if posted and form.is_valid():
        try:
            ask_downlink(device=device, actor=permissions.agent(request).urn, now=clock.now(), **form.asked())
        except CommandRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Descente demandée : elle part dans quelques secondes."))
            return redirect("backoffice:devices:downlinks_of", device.pk)
    context = {
        "device": device,
        "form": form,
        "may_command": may_command,
        "page": Paginator(downlinks_of(device), PER_PAGE).get_page(request.GET.get("page")),
        "spent_s": spent_today_s(device, clock.now()),
        "budget_s": daily_budget_ms(device.organisation) / 1000,
    }
    return render(request, "devices/downlinks_of_device.html", context)


@requires("devices.command")
@require_POST
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    mine = permissions.reach(request, permissions.COMMAND)
    known = Downlink.objects.select_related("device")
    found = get_object_or_404(known if mine is None else known.filter(device__organisation_id__in=mine), pk=key)
    try:
        cancel_downlink(downlink=found, actor=permissions.agent(request).urn, now=clock.now())
    except TooLate as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Descente annulée."))
    return redirect("backoffice:devices:downlinks_of", found.device_id)


@requires("devices.manage")
def source(request: HttpRequest, key: int) -> HttpResponse:
    mine = permissions.reach(request, permissions.MANAGE)
    known = sources().filter(server__in=SERVERS)
    found: Source = get_object_or_404(known if mine is None else known.filter(organisation_id__in=mine), pk=key)
    posted = request.method == "POST"
    form = DownlinkAccessForm(request.POST if posted else None, initial={"url": found.downlink_url})
    if posted and form.is_valid():
        given = form.cleaned_data
        actor = permissions.agent(request).urn
        save_downlink_access(source=found, url=given["url"], key=given["key"], actor=actor, now=clock.now())
        messages.success(request, _("Envoi des descentes enregistré."))
        return redirect("backoffice:devices:source", found.pk)
    has_key = SourceKey.objects.filter(source=found).exists()
    return render(request, "devices/downlink_source.html", {"form": form, "source": found, "has_key": has_key})


def _device(request: HttpRequest, key: int) -> Device:
    known = Device.objects.select_related("profile__codec", "organisation")
    return get_object_or_404(permissions.visible(request, known), pk=key)
