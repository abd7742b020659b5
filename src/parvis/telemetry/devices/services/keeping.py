"""What agents keep: profiles. Each change is in the journal."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import DeviceProfile, PastProfile

RIGHT = "devices.manage"


@transaction.atomic
def save_profile(*, profile: DeviceProfile, actor: str, now: datetime) -> DeviceProfile:
    """A change takes effect with the next uplink; what the profile read before stays in its history."""
    created = profile.pk is None
    if not created:
        _remember(profile.pk, now)
        profile.version = F("version") + 1
    profile.save()
    profile.refresh_from_db()
    urn = Urn("DeviceProfile", str(profile.pk))
    _journal(f"device_profile.{_done(created)}", urn, actor=actor, owner=profile.organisation, now=now)
    return profile


def _remember(key: int, now: datetime) -> None:
    before = DeviceProfile.objects.select_for_update(of=["self"]).get(pk=key)
    PastProfile.objects.create(
        profile=before,
        version=before.version,
        mapping=before.mapping,
        battery_field=before.battery_field,
        battery_empty=before.battery_empty,
        battery_full=before.battery_full,
        replaced_at=now,
    )


def _journal(action: str, urn: Urn, *, actor: str, owner: Organisation | None, now: datetime) -> None:
    record(actor=actor, action=action, urn=str(urn), right=RIGHT, organisation=owner.slug if owner else "", now=now)


def _done(created: bool) -> str:
    return "created" if created else "changed"
