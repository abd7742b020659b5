"""The fleet: how it is, what to do first, and where."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from parvis.capabilities.design import instants
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import fleet, permissions
from parvis.telemetry.devices.models import Codec, Gateway, Uplink
from parvis.telemetry.devices.rules.health import TONES, Health

GATEWAYS_SHOWN = 5
DEVICES_SHOWN = 6  # of each kind of trouble
CODECS_SHOWN = 5
_TOLD = (
    Health.SILENT,
    Health.GATEWAY_SILENT,
    Health.LOW_BATTERY,
    Health.BATTERY_ENDING,
    Health.NEVER,
    Health.OK,
)


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    mine = permissions.visible_devices(request)
    counted = fleet.counts(mine, now)
    gateways = permissions.shared(request, Gateway.objects.all())
    quarantined = permissions.shared(request, Codec.objects.filter(quarantined_at__isnull=False))
    context = {
        "total": sum(counted.values()),
        "counts": [{"health": code, "number": counted[code], "tone": TONES[code]} for code in _TOLD],
        "gateways": fleet.silent_gateways(gateways, mine, now, GATEWAYS_SHOWN),
        "devices": [{"device": one, "tone": TONES[one.health]} for one in fleet.to_see_first(mine, now, DEVICES_SHOWN)],
        "codecs": list(quarantined.order_by("-quarantined_at", "id")[:CODECS_SHOWN]),
        "rejected": fleet.rejected_reasons(permissions.visible_uplinks(request, Uplink.objects.rejected())),
        "may_create": permissions.may_create(request),
    }
    return render(request, "devices/index.html", context)


@requires("devices.view")
@require_GET
def positions(request: HttpRequest) -> HttpResponse:
    """The devices and gateways of the map, by column."""
    gateways = permissions.shared(request, Gateway.objects.all())
    columns = fleet.map_columns(permissions.visible_devices(request), gateways, clock.now())
    return HttpResponse(columns, content_type="application/json")


@requires("devices.view")
@require_GET
def card(request: HttpRequest, key: int) -> HttpResponse:
    """What a point of the map says when it is pointed at."""
    now = clock.now()
    mine = permissions.visible_devices(request).with_health(now).select_related("profile", "battery")
    device = get_object_or_404(mine, pk=key)
    lines: list[Any] = [device.profile.name if device.profile else "", device.health.label]
    if device.last_seen_at is not None:
        lines.append(instants.relative(device.last_seen_at, now))
    if (battery := getattr(device, "battery", None)) is not None and battery.ends_on is not None:
        lines.append(date_format(battery.ends_on))
    return JsonResponse({"name": device.name, "lines": [str(line) for line in lines if line]})
