"""What agents keep: profiles, codecs. Each change is in the journal."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import Codec, DeviceProfile

RIGHT = "devices.manage"


class CodecNameTaken(Refusal):
    """Un codec porte déjà ce nom."""

    code = "devices-codec-name"
    message = _("Un codec porte déjà ce nom : ouvrez-le pour en écrire la version suivante.")


@transaction.atomic
def save_profile(*, profile: DeviceProfile, actor: str, now: datetime) -> DeviceProfile:
    """A change takes effect with the next uplink."""
    created = profile.pk is None
    if not created:
        profile.version = F("version") + 1
    profile.save()
    profile.refresh_from_db()
    urn = Urn("DeviceProfile", str(profile.pk))
    _journal(f"device_profile.{_done(created)}", urn, actor=actor, owner=profile.organisation, now=now)
    return profile


@transaction.atomic
def create_codec(*, name: str, source: str, organisation: Organisation | None, actor: str, now: datetime) -> Codec:
    """Its first version. Raises `CodecNameTaken`."""
    if Codec.objects.filter(name=name).exists():
        raise CodecNameTaken
    codec = Codec.objects.create(name=name, source=source, organisation=organisation, created_at=now)
    _journal("codec.created", Urn("Codec", str(codec.pk)), actor=actor, owner=organisation, now=now)
    return codec


@transaction.atomic
def next_version(*, codec: Codec, source: str, actor: str, now: datetime) -> Codec:
    """The next version, which the profiles that used any earlier one use from now on. The same text makes no version."""
    if source == codec.source:
        return codec
    family = Codec.objects.select_for_update().filter(name=codec.name)
    list(family.order_by("pk"))  # two agents who save at once make two versions, one after the other
    latest = family.aggregate(latest=Max("version"))["latest"] or 0
    made = Codec.objects.create(
        name=codec.name, version=latest + 1, source=source, organisation=codec.organisation, created_at=now
    )
    DeviceProfile.objects.filter(codec__name=codec.name).update(codec=made, version=F("version") + 1)
    _journal("codec.changed", Urn("Codec", str(made.pk)), actor=actor, owner=codec.organisation, now=now)
    return made


def _journal(action: str, urn: Urn, *, actor: str, owner: Organisation | None, now: datetime) -> None:
    record(actor=actor, action=action, urn=str(urn), right=RIGHT, organisation=owner.slug if owner else "", now=now)


def _done(created: bool) -> str:
    return "created" if created else "changed"
