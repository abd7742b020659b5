"""The fleet as a whole: how many devices are how, what to do first, where they are. Each is a query or a few, whatever their number."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber

from parvis.kernel.sql import statement
from parvis.telemetry.devices.models import Device, Gateway
from parvis.telemetry.devices.models.device import DeviceQuerySet
from parvis.telemetry.devices.models.gateway import SILENT_AFTER
from parvis.telemetry.devices.models.uplink import UplinkQuerySet
from parvis.telemetry.devices.rules.health import Health
from parvis.telemetry.devices.rules.reasons import Reason

_MOST_ON_MAP = 200_000
_MOST_REJECTED = 5000
_FIRST = (Health.SILENT, Health.LOW_BATTERY, Health.BATTERY_ENDING)
"""What one goes and sees, in this order. Devices behind a silent gateway are not: the gateway is."""


@dataclass(frozen=True, kw_only=True)
class SilentGateway:
    """`waiting`: the devices that it alone is thought to keep silent."""

    gateway: Gateway
    waiting: int


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """`is_more`: only the latest were counted."""

    reason: Reason
    count: int
    is_more: bool = False


def counts(devices: DeviceQuerySet, now: datetime) -> dict[Health, int]:
    known = devices.with_health(now).order_by()
    rows = known.values_list("health_code").annotate(number=Count("id"))  # type: ignore[misc]  # an annotation
    return dict.fromkeys(Health, 0) | {Health(code): number for code, number in rows}


def to_see_first(devices: DeviceQuerySet, now: datetime, most: int) -> list[Device]:
    """Of each kind of trouble the first: the silent ones that fell silent last, the emptiest batteries, those that end soonest."""
    is_low, is_ending = (Q(health_code=code.value) for code in (Health.LOW_BATTERY, Health.BATTERY_ENDING))
    place = Window(
        RowNumber(),
        partition_by=F("health_code"),
        order_by=[
            Case(When(is_low, then=F("battery_percent"))),
            Case(When(is_ending, then=F("battery__ends_on"))),
            F("last_seen_at").desc(),
            F("id").asc(),
        ],
    )
    troubled = devices.with_health(now).filter(Q(health_code__in=[code.value for code in _FIRST]))
    found = troubled.annotate(place=place).filter(place__lte=most).select_related("profile", "battery")
    return sorted(found.defer("battery__levels").order_by("place", "id"), key=_rank)


def _rank(device: Device) -> int:
    return _FIRST.index(device.health)


def silent_gateways(
    gateways: QuerySet[Gateway], devices: DeviceQuerySet, now: datetime, most: int
) -> list[SilentGateway]:
    """Those that fell silent last first."""
    silent = list(gateways.filter(last_seen_at__lt=now - SILENT_AFTER).order_by("-last_seen_at", "id")[:most])
    numbers = [gateway.number for gateway in silent]
    waiting = devices.filter(gateway__in=numbers).with_health(now).filter(Q(health_code=Health.GATEWAY_SILENT.value))
    counted = dict(waiting.order_by().values_list("gateway").annotate(number=Count("id"))) if numbers else {}
    return [SilentGateway(gateway=gateway, waiting=counted.get(gateway.number, 0)) for gateway in silent]


def rejected_reasons(rejected: UplinkQuerySet) -> list[Rejected]:
    """Of the latest, the most frequent first."""
    latest = list(rejected.order_by("-id").values_list("reason", flat=True)[:_MOST_REJECTED])
    is_more = len(latest) == _MOST_REJECTED
    return [
        Rejected(reason=Reason(reason), count=count, is_more=is_more) for reason, count in Counter(latest).most_common()
    ]


def map_columns(devices: DeviceQuerySet, gateways: QuerySet[Gateway], now: datetime) -> bytes:
    """JSON `{"healths": […], "labels": […], "id": […], "lon": […], "lat": […], "health": […], "gateways": […]}`.

    `health` is a position in `healths`; a device is where its thing is (EPSG:4326), and left out when that is nowhere.
    """
    codes = [code.value for code in Health]
    placed = devices.with_health(now).filter(entity__longitude__isnull=False).order_by("id")
    columns = placed.values("id", "entity__longitude", "entity__latitude", "health_code")  # type: ignore[misc]
    inner, parameters = columns[:_MOST_ON_MAP].query.sql_with_params()
    with connection.cursor() as cursor:
        query = statement("parvis.telemetry.devices", "map_columns").replace("{devices}", inner)
        cursor.execute(query, [codes, *parameters])
        row = cursor.fetchone()
    legend = {"healths": codes, "labels": [str(code.label) for code in Health], "gateways": _on_map(gateways, now)}
    return msgspec.json.encode(legend)[:-1] + b"," + (row[0] if row else "{}").encode()[1:]


def _on_map(gateways: QuerySet[Gateway], now: datetime) -> list[dict[str, object]]:
    placed = gateways.filter(longitude__isnull=False, latitude__isnull=False).order_by("id")[:_MOST_ON_MAP]
    return [
        {"id": one.pk, "name": str(one), "lon": one.longitude, "lat": one.latitude, "silent": one.is_silent(now)}
        for one in placed
    ]


def gateway_counts(devices: DeviceQuerySet, numbers: list[str]) -> dict[str, int]:
    """How many devices each of these gateways heard best last time."""
    rows = devices.filter(gateway__in=numbers).order_by().values_list("gateway").annotate(number=Count("id"))
    return dict(rows)
