"""Through which source a device can be reached, and how its server names it: as its latest uplink says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Q

from parvis.telemetry.devices.models import Device, Server, Source, Uplink

SERVERS = (Server.CHIRPSTACK_V4, Server.THINGS_STACK_V3)
"""Those to which downlinks can be handed."""

# Of a name that becomes a level of a topic or of a path.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """As the server names them; `device` is the DevEUI for ChirpStack."""

    application: str
    device: str
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    source: Source
    address: Address


def route_of(device: Device) -> Route | None:
    """By the source that brought its latest uplink; for a device not heard yet, by the only one that can. None: there is no way."""
    latest = (
        Uplink.objects.filter(device_id=device.pk, event="up")  # other events do not name the tenant
        .select_related("source__organisation")
        .only("raw", "source")
        .order_by("-id")
        .first()
    )
    source = latest.source if latest else _only_source(device)
    if source is None or not source.is_active or source.server not in SERVERS:
        return None
    address = told_by(source.server, bytes(latest.raw), device.eui) if latest else None
    address = address or written(source.server, device.network_name, device.eui)
    return Route(source=source, address=address) if address else None


def _only_source(device: Device) -> Source | None:
    mine = Q(organisation=None) | Q(organisation_id=device.organisation_id)
    sources = list(Source.objects.filter(mine, is_active=True, server__in=SERVERS).order_by("pk")[:2])
    return sources[0] if len(sources) == 1 else None


def told_by(server: str, body: bytes, eui: str) -> Address | None:
    """What an envelope says of the device that sent it."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if server == Server.CHIRPSTACK_V4:
        application = _text(read, "deviceInfo", "applicationId")
        return Address(application=application, device=eui) if application else None
    ids = _member(read, "end_device_ids")
    application, device = _text(ids, "application_ids", "application_id"), _text(ids, "device_id")
    tenant = _text(read, "uplink_message", "network_ids", "tenant_id")
    return Address(application=application, device=device, tenant=tenant) if application and device else None


def written(server: str, name: str, eui: str) -> Address | None:
    """What an agent wrote: `application/device`, `application@tenant/device`; for ChirpStack the application alone is enough."""
    first, _, second = name.strip().partition("/")
    application, _, tenant = first.partition("@")
    device = eui if server == Server.CHIRPSTACK_V4 else second
    if not (_NAME.fullmatch(application) and _NAME.fullmatch(device)) or (tenant and not _NAME.fullmatch(tenant)):
        return None
    return Address(application=application, device=device, tenant=tenant)


def _text(read: Any, *path: str) -> str:
    for name in path:
        read = _member(read, name)
    return read if isinstance(read, str) and _NAME.fullmatch(read) else ""


def _member(read: Any, name: str) -> Any:
    return read.get(name) if isinstance(read, Mapping) else None
