"""What the pages of the guided path share: the bar of its steps, and whose profile it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.devices import permissions, selectors, starting
from parvis.telemetry.devices.models import Device, DeviceProfile

STEPS: Mapping[str, str | Promise] = {
    "start": _("Le codec"),
    "start_mapping": _("La correspondance"),
    "start_devices": _("Les capteurs"),
    "start_source": _("La source"),
    "start_first": _("La première mesure"),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    label: str | Promise
    url: str
    is_current: bool
    is_done: bool


def steps_of(profile: DeviceProfile | None, current: str, done: Mapping[str, bool] | None = None) -> list[Step]:
    """Those after the first lead somewhere once there is a profile."""
    steps = []
    for name, label in STEPS.items():
        url = "" if profile is None or name == "start" else reverse(f"backoffice:devices:{name}", args=[profile.pk])
        is_done = bool(done and done[name]) and name != current
        steps.append(Step(label=label, url=url, is_current=name == current, is_done=is_done))
    return steps


def page(
    request: HttpRequest, name: str, profile: DeviceProfile, context: Mapping[str, Any], *, step: str = ""
) -> HttpResponse:
    told = context.get("told") or starting.count_devices(devices_of(request, profile))
    heard = context.get("heard") or starting.heard(devices_of(request, profile))
    done = {
        "start": True,
        "start_mapping": bool(profile.mapping),
        "start_devices": told.count > 0,
        "start_source": bool(heard.latest or heard.early),
        "start_first": heard.reading is not None,
    }
    steps = steps_of(profile, step or name, done)
    return render(request, f"devices/{name}.html", {"profile": profile, "steps": steps, **context})


def profile_of(request: HttpRequest, key: int) -> DeviceProfile:
    return get_object_or_404(permissions.shared(request, selectors.profiles()), pk=key)


def devices_of(request: HttpRequest, profile: DeviceProfile) -> QuerySet[Device]:
    return permissions.visible(request, Device.objects.filter(profile=profile))
