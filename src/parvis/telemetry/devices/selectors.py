"""Reads for the screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, Func, IntegerField, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.capabilities.design.charts import Limit, TimeSeries
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source, Uplink
from parvis.telemetry.devices.models.device import DeviceQuerySet
from parvis.telemetry.devices.models.uplink import UplinkQuerySet
from parvis.telemetry.devices.rules.battery import EMPTY_PERCENT, Level
from parvis.telemetry.devices.rules.health import Health

CHART_DAYS = 7
NOON = time(12)
_MOST_POINTS = 1000
_DEVICES_TRIED = 5
_PASSED = "jsonb_array_length(jsonb_path_query_array(%(expressions)s, '$[*] ? (@.passed == true)'))"


@dataclass(frozen=True, kw_only=True)
class DeviceFilter:
    """Empty members narrow nothing. `text` is looked for in the name and, without separators, in the EUI."""

    text: str = ""
    profile_id: int | None = None
    organisation_id: int | None = None
    health: str = ""
    gateway: str = ""


def devices(wanted: DeviceFilter, now: datetime) -> DeviceQuerySet:
    """By name; not narrowed to anyone's rights."""
    found = (
        Device.objects.select_related("profile", "organisation", "entity")
        .defer("entity__attributes")
        .order_by("name", "id")
    )
    if wanted.text:
        found = matching(found, wanted.text)
    if wanted.profile_id is not None:
        found = found.filter(profile_id=wanted.profile_id)
    if wanted.organisation_id is not None:
        found = found.filter(organisation_id=wanted.organisation_id)
    if wanted.gateway:
        found = found.filter(gateway=wanted.gateway)
    found = found.with_health(now)
    return found.filter(Q(health_code=wanted.health)) if wanted.health in Health.values else found


def matching(found: DeviceQuerySet, text: str) -> DeviceQuerySet:
    """Those with this text in their name or, without separators, in their EUI."""
    eui = text.lower().replace(":", "").replace("-", "").replace(" ", "")
    return found.filter(Q(name__icontains=text) | Q(eui__contains=eui))


def latest_uplinks(device: Device, count: int) -> list[Uplink]:
    """The latest first. Within a batch the numbers do not follow the order of arrival: the times do."""
    found = Uplink.objects.filter(device_id=device.pk).select_related("source").defer("raw").order_by("-id")[:count]
    return sorted(found, key=lambda uplink: (uplink.sent_at or uplink.received_at, uplink.pk), reverse=True)


def radio(device: Device, now: datetime) -> list[TimeSeries]:
    """RSSI, SNR and spreading factor of the last days, as charts."""
    start = now - timedelta(days=CHART_DAYS)
    rows = list(
        Uplink.objects.filter(
            device_id=device.pk, received_on__gte=start.date(), received_at__gte=start, rssi__isnull=False
        )
        .order_by("-id")
        .values_list("received_at", "rssi", "snr", "spreading_factor")[:_MOST_POINTS]
    )[::-1]
    if len(rows) < 2:
        return []
    told = (("RSSI", "dBm", 0, [row[1] for row in rows]), ("SNR", "dB", 1, [row[2] for row in rows]))
    factor = (str(_("Facteur d’étalement (SF)")), "", 0, [row[3] for row in rows])
    charts = []
    for label, unit, decimals, values in (*told, factor):
        points = [(row[0], float(value)) for row, value in zip(rows, values, strict=True) if value is not None]
        if points:
            charts.append(TimeSeries(label=label, unit=unit, points=points, start=start, end=now, decimals=decimals))
    return charts


def battery(levels: Sequence[Level], now: datetime) -> TimeSeries | None:
    """The levels of a battery, as a chart; None when there is nothing to draw."""
    if len(levels) < 2:
        return None
    points = [(datetime.combine(day, NOON, UTC), percent) for day, percent in levels]
    empty = Limit(value=EMPTY_PERCENT, label=str(_("à changer")))
    start, end = points[0][0] - timedelta(days=1), max(now, points[-1][0])
    label = str(_("Pile"))
    return TimeSeries(label=label, unit="%", points=points, start=start, end=end, decimals=0, limits=[empty])


def reasons(uplinks: UplinkQuerySet) -> list[tuple[str, int]]:
    """How many for each reason, the most frequent first."""
    return list(uplinks.order_by().values_list("reason").annotate(count=Count("id")).order_by("-count", "reason"))


def profiles() -> QuerySet[DeviceProfile]:
    counted = DeviceProfile.objects.select_related("codec", "organisation").annotate(device_count=Count("devices"))
    return counted.order_by("name", "id")


def codecs() -> QuerySet[Codec]:
    """The latest version of each, with how many profiles use it, and how many examples it has and how many of them pass."""
    return (
        Codec.objects.latest_versions()
        .select_related("organisation")
        .annotate(
            profile_count=Count("profiles"),
            example_count=Func("examples", function="jsonb_array_length", output_field=IntegerField()),
            passed_count=Func("examples", template=_PASSED, output_field=IntegerField()),
        )
        .defer("source", "examples")
        .order_by("name", "id")
    )


def versions(codec: Codec) -> Sequence[Codec]:
    """The latest first, without their texts."""
    return list(Codec.objects.filter(name=codec.name).defer("source", "examples").order_by("-version"))


def sources() -> QuerySet[Source]:
    return Source.objects.select_related("organisation").order_by("label", "id")


def uplinks() -> UplinkQuerySet:
    """Whole, with what they belong to; by id, the latest first."""
    return Uplink.objects.select_related("source", "device").order_by("-id")


def uplinks_of_source(source: Source) -> UplinkQuerySet:
    """The latest first. They have no index by source: to be sliced."""
    return uplinks().filter(source_id=source.pk).defer("raw", "decoded", "payload")


def latest_uplinks_of_codec(codec: Codec, devices: QuerySet[Device], *, count: int) -> list[Uplink]:
    """Of those of `devices` heard last that this codec reads, in any version: a few of each, the latest first."""
    reading = devices.filter(profile__codec__name=codec.name, last_seen_at__isnull=False)
    ids = list(reading.order_by("-last_seen_at", "pk").values_list("pk", flat=True)[:_DEVICES_TRIED])
    if not ids:
        return []
    found = Uplink.objects.filter(device_id__in=ids, payload__isnull=False).select_related("device").defer("raw")
    return sorted(found.order_by("-id")[:count], key=lambda one: (one.sent_at or one.received_at, one.pk), reverse=True)
