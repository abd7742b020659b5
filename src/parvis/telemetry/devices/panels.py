"""What this package shows on others' pages."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from parvis.kernel import clock
from parvis.kernel.urn import Urn
from parvis.telemetry.devices import permissions
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Gateway, Source, Uplink
from parvis.telemetry.devices.rules.health import TONES

_MOST_COUNTED = 1000


def devices_of_thing(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """The devices on it that the agent may see."""
    known = permissions.visible_devices(request).filter(entity__urn=str(urn)).select_related("profile", "battery")
    rows = [
        {"device": device, "health": device.health, "tone": TONES[device.health]}
        for device in known.with_health(clock.now()).order_by("name", "id")
    ]
    return {"rows": rows} if rows else None


def count_rejected(request: HttpRequest) -> int | None:
    """Up to a thousand: beyond, the exact figure would cost more than it tells."""
    mine = permissions.visible_uplinks(request, Uplink.objects.rejected())
    return mine.order_by()[:_MOST_COUNTED].count()


def page_of_device(urn: Urn) -> str | None:
    found = Device.objects.filter(eui=urn.local).values_list("pk", flat=True).first()
    return None if found is None else reverse("backoffice:devices:device", args=[found])


def page_of_gateway(urn: Urn) -> str | None:
    return _page("gateway", urn) if _exists(Gateway, urn) else None


def page_of_profile(urn: Urn) -> str | None:
    return _page("profile", urn) if _exists(DeviceProfile, urn) else None


def page_of_codec(urn: Urn) -> str | None:
    return _page("codec", urn) if _exists(Codec, urn) else None


def page_of_source(urn: Urn) -> str | None:
    found = Source.objects.filter(slug=urn.local).values_list("pk", flat=True).first()
    return None if found is None else reverse("backoffice:devices:source", args=[found])


def _exists(model: type[DeviceProfile] | type[Codec] | type[Gateway], urn: Urn) -> bool:
    return urn.local.isdecimal() and len(urn.local) < 19 and model._default_manager.filter(pk=int(urn.local)).exists()


def _page(name: str, urn: Urn) -> str:
    return reverse(f"backoffice:devices:{name}", args=[int(urn.local)])
