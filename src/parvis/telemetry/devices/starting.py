"""How far a model of sensor has come on the guided path, and what its devices have said: told from what is stored, so that one may
leave it at any step and come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from parvis.telemetry.devices.models import Device, DeviceProfile, Source, Uplink
from parvis.telemetry.devices.rules.reasons import Reason, Status

_DEVICES = 100  # looked at among those of the profile, the last heard first
_REJECTED = 500  # the latest that are searched for what was sent before its device was registered
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Devices:
    """Those of a profile that the reader may look at. `nowhere`: without a thing, or on one without a place."""

    count: int
    nowhere: int

    @property
    def placed(self) -> int:
        return self.count - self.nowhere


@dataclass(frozen=True, kw_only=True)
class Heard:
    """`latest` uplinks first; `reading` is the first thing to show: an uplink whose values are on a thing. `early`: what was
    rejected because its device was unknown then."""

    latest: Sequence[Uplink]
    reading: Uplink | None
    early: Sequence[Uplink]

    @property
    def rejected(self) -> Sequence[Uplink]:
        return [one for one in self.latest if one.status == Status.REJECTED] + list(self.early)

    @property
    def state(self) -> str:
        """ "heard", "rejected" or "waiting"."""
        if self.reading is not None:
            return "heard"
        return "rejected" if self.rejected else "waiting"


def under_way(profiles: QuerySet[DeviceProfile]) -> QuerySet[DeviceProfile]:
    """Those of which no device has been heard, the last first."""
    heard = Device.objects.filter(profile=OuterRef("pk"), last_seen_at__isnull=False)
    return profiles.filter(~Exists(heard)).annotate(devices_count=Count("devices")).order_by("-pk")


def nowhere(devices: QuerySet[Device]) -> QuerySet[Device]:
    return devices.filter(Q(entity=None) | Q(entity__longitude=None))


def count_devices(devices: QuerySet[Device]) -> Devices:
    told = devices.order_by().aggregate(
        count=Count("pk"), nowhere=Count("pk", filter=Q(entity=None) | Q(entity__longitude=None))
    )
    return Devices(count=told["count"], nowhere=told["nowhere"])


def heard(devices: QuerySet[Device]) -> Heard:
    """Of these devices, which are those of one profile."""
    chosen = devices.order_by(F("last_seen_at").desc(nulls_last=True), "-pk")
    euis = dict(chosen.values_list("pk", "eui")[:_DEVICES])
    if not euis:
        return Heard(latest=[], reading=None, early=[])
    told = Uplink.objects.filter(device_id__in=euis, event="up").select_related("device", "source")
    latest = list(told.defer("raw").order_by("-id")[:SHOWN])
    reading = next((one for one in latest if one.status == Status.ACCEPTED), None)
    if reading is None:
        reading = told.defer("raw").filter(status=Status.ACCEPTED).order_by("-id").first()
    return Heard(latest=latest, reading=reading, early=_early(set(euis.values())) if reading is None else [])


def _early(euis: set[str]) -> list[Uplink]:
    rejected = Uplink.objects.rejected().filter(device_id__isnull=True).order_by("-id")
    ids = [
        pk
        for pk, eui, reason in rejected.values_list("pk", "eui", "reason")[:_REJECTED]
        if eui in euis and reason == Reason.UNKNOWN_DEVICE
    ]
    return list(Uplink.objects.filter(pk__in=ids[:SHOWN]).select_related("source").order_by("-id"))


def strangers(source: Source, *, now: datetime) -> list[str]:
    """The EUIs that this source has spoken of lately and nobody has registered: the list may lack them."""
    since = now - timedelta(hours=1)
    latest = Uplink.objects.rejected().filter(received_on__gte=since.date(), received_at__gte=since).order_by("-id")
    rows = latest.values_list("source_id", "eui", "reason")[:_REJECTED]
    mine = (eui for source_id, eui, reason in rows if source_id == source.pk and reason == Reason.UNKNOWN_DEVICE)
    return list(dict.fromkeys(eui for eui in mine if eui))[:SHOWN]
