"""Reads for the screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from parvis.capabilities.design.charts import TimeSeries
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source, Uplink
from parvis.telemetry.devices.models.device import DeviceQuerySet
from parvis.telemetry.devices.models.uplink import UplinkQuerySet
from parvis.telemetry.devices.rules.health import Health

CHART_DAYS = 7
_MOST_POINTS = 1000


@dataclass(frozen=True, kw_only=True)
class DeviceFilter:
    """Empty members narrow nothing. `text` is looked for in the name and, without separators, in the EUI."""

    text: str = ""
    profile_id: int | None = None
    organisation_id: int | None = None
    health: str = ""


def devices(wanted: DeviceFilter, now: datetime) -> DeviceQuerySet:
    """By name; not narrowed to anyone's rights."""
    found = (
        Device.objects.select_related("profile", "organisation", "entity")
        .defer("entity__attributes")
        .order_by("name", "id")
    )
    if wanted.text:
        eui = wanted.text.lower().replace(":", "").replace("-", "").replace(" ", "")
        found = found.filter(Q(name__icontains=wanted.text) | Q(eui__contains=eui))
    if wanted.profile_id is not None:
        found = found.filter(profile_id=wanted.profile_id)
    if wanted.organisation_id is not None:
        found = found.filter(organisation_id=wanted.organisation_id)
    return _of_health(found, wanted.health, now)


def _of_health(found: DeviceQuerySet, health: str, now: datetime) -> DeviceQuerySet:
    match health:
        case Health.SILENT:
            return found.silent(now)
        case Health.NEVER:
            return found.never_heard()
        case Health.LOW_BATTERY:
            return found.low_battery()
        case Health.DISABLED:
            return found.filter(is_active=False)
        case _:
            return found


def latest_uplinks(device: Device, count: int) -> list[Uplink]:
    """The latest first. Within a batch the numbers do not follow the order of arrival: the times do."""
    found = Uplink.objects.filter(device_id=device.pk).select_related("source").defer("raw").order_by("-id")[:count]
    return sorted(found, key=lambda uplink: (uplink.sent_at or uplink.received_at, uplink.pk), reverse=True)


def radio(device: Device, now: datetime) -> list[TimeSeries]:
    """RSSI and SNR of the last days, as charts."""
    start = now - timedelta(days=CHART_DAYS)
    rows = list(
        Uplink.objects.filter(
            device_id=device.pk, received_on__gte=start.date(), received_at__gte=start, rssi__isnull=False
        )
        .order_by("-id")
        .values_list("received_at", "rssi", "snr")[:_MOST_POINTS]
    )[::-1]
    if len(rows) < 2:
        return []
    signal = [(at, rssi) for at, rssi, _ in rows if rssi is not None]
    noise = [(at, snr) for at, _, snr in rows if snr is not None]
    charts = [TimeSeries(label="RSSI", unit="dBm", points=signal, start=start, end=now, decimals=0)]
    if noise:
        charts.append(TimeSeries(label="SNR", unit="dB", points=noise, start=start, end=now))
    return charts


def reasons(uplinks: UplinkQuerySet) -> list[tuple[str, int]]:
    """How many for each reason, the most frequent first."""
    return list(uplinks.order_by().values_list("reason").annotate(count=Count("id")).order_by("-count", "reason"))


def profiles() -> QuerySet[DeviceProfile]:
    counted = DeviceProfile.objects.select_related("codec", "organisation").annotate(device_count=Count("devices"))
    return counted.order_by("name", "id")


def codecs() -> QuerySet[Codec]:
    """The latest version of each, with how many profiles use it."""
    return (
        Codec.objects.latest_versions()
        .select_related("organisation")
        .annotate(profile_count=Count("profiles"))
        .order_by("name", "id")
    )


def versions(codec: Codec) -> Sequence[Codec]:
    return list(Codec.objects.filter(name=codec.name).order_by("-version"))


def sources() -> QuerySet[Source]:
    return Source.objects.select_related("organisation").order_by("label", "id")


def uplinks() -> UplinkQuerySet:
    """Whole, with what they belong to; by id, the latest first."""
    return Uplink.objects.select_related("source", "device").order_by("-id")


def uplinks_of_source(source: Source) -> UplinkQuerySet:
    """The latest first. They have no index by source: to be sliced."""
    return uplinks().filter(source_id=source.pk).defer("raw", "decoded", "payload")


def latest_payload(codec: Codec) -> Uplink | None:
    """A real payload on which to try this codec."""
    return (
        Uplink.objects.filter(device__profile__codec__name=codec.name, payload__isnull=False)
        .only("payload", "f_port")
        .order_by("-id")
        .first()
    )
