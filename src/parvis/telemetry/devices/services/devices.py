"""Devices as agents write them: what they are, and on which thing since when."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import Assignment, Device

from .replaying import ReplayFilter, start_replay
from .taking_back import had_moved

RIGHT = "devices.manage"
WRITTEN = (
    "eui",
    "name",
    "profile",
    "entity",
    "entity_since",
    "organisation",
    "device_class",
    "network_name",
    "is_active",
    "synthetic",
)
"""By agents; the other columns are ingestion's."""


class EuiTaken(Refusal):
    """Un capteur a déjà ce DevEUI."""

    code = "devices-eui"
    message = _("Un capteur a déjà ce DevEUI.")


class MovedInTheFuture(Refusal):
    """Un capteur change d’équipement maintenant ou dans le passé."""

    code = "devices-moved-in-the-future"
    message = _("Un capteur change d’équipement maintenant ou dans le passé, pas dans l’avenir.")


class MovedTooEarly(Refusal):
    """Le capteur était alors déjà ailleurs."""

    code = "devices-moved-too-early"
    message = _(
        "Le capteur n’était pas encore sur son équipement actuel à cette date : choisissez-en une plus récente."
    )


@transaction.atomic
def save_device(*, device: Device, actor: str, now: datetime, moved_at: datetime | None = None) -> Device:
    """Creates or changes what agents write; what ingestion writes is left as it is meanwhile.

    On another thing since `moved_at` (now, when not given): what it has sent since a past date is taken
    back from the thing it had left, and read again for the new one. Raises `EuiTaken`, `MovedInTheFuture`, `MovedTooEarly`.
    """
    created = device.pk is None
    one_at_a_time()
    if Device.objects.filter(eui=device.eui).exclude(pk=device.pk).exists():
        raise EuiTaken
    if created:
        if moved_at is not None and moved_at > now:
            raise MovedInTheFuture
        device.created_at = now
        if device.entity_id is not None:
            device.entity_since = moved_at
        device.save()
    else:
        known = Device.objects.select_for_update(of=["self"]).get(pk=device.pk)
        before = known.entity_id
        left = leave(known, entity_id=device.entity_id, at=moved_at, now=now)
        device.entity_since = known.entity_since
        device.save(update_fields=WRITTEN)
        if left is not None:
            left.save()
        if device.entity_id != before and moved_at is not None:
            if before is not None:
                had_moved(device_id=device.pk, entity_id=before, since=moved_at)
            if device.entity_id is not None:
                wanted = ReplayFilter(eui=device.eui, accepted_too=True, since=moved_at)
                start_replay(wanted=wanted, actor=actor, now=now)
    owner = device.organisation.slug if device.organisation else ""
    action = "device.created" if created else "device.changed"
    urn = str(Urn("LorawanDevice", device.eui))
    record(actor=actor, action=action, urn=urn, right=RIGHT, organisation=owner, now=now)
    return device


def one_at_a_time() -> None:
    """Those who write devices wait for each other until the end of the transaction: two that make one device at once find it. Ingestion
    does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('parvis.devices.registry'))")


def leave(device: Device, *, entity_id: int | None, at: datetime | None, now: datetime) -> Assignment | None:
    """Puts the device, as it is stored, on another thing; answers what is to be remembered of the one it leaves.

    A first thing is its thing since always, unless `at` is given: what it has sent meanwhile can be replayed. `at` equal to
    the instant it came to its present thing corrects a mistake, and leaves nothing to remember.
    """
    if device.entity_id == entity_id:
        return None
    if at is not None and at > now:
        raise MovedInTheFuture
    since, moved_at = device.entity_since, at or now
    first = device.entity_id is None and since is None
    if since is not None and moved_at < since:
        raise MovedTooEarly
    left = None
    if device.entity_id is not None and since != moved_at:
        left = Assignment(device=device, entity_id=device.entity_id, since=since, until=moved_at)
    device.entity_id = entity_id
    device.entity_since = at if first else moved_at
    return left
