"""What agents keep of network servers. Each change is in the journal."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from parvis.foundations.audit.facade import record
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import Source

RIGHT = "devices.manage"
_KEPT = ["slug", "label", "server", "organisation", "mqtt_topic", "signature", "form", "is_active"]


@transaction.atomic
def save_source(*, source: Source, actor: str, now: datetime) -> Source:
    created = source.pk is None
    if created:
        source.created_at = now
        source.save()
    else:
        source.save(update_fields=_KEPT)
    _journal(source, "created" if created else "changed", actor=actor, now=now)
    return source


@transaction.atomic
def renew_key(*, source: Source, actor: str, now: datetime) -> None:
    """Another key of its signatures; within half a minute, the present one serves no more."""
    Source.objects.filter(pk=source.pk).update(key_number=F("key_number") + 1)
    _journal(source, "key_renewed", actor=actor, now=now)


def _journal(source: Source, done: str, *, actor: str, now: datetime) -> None:
    record(
        actor=actor,
        action=f"uplink_source.{done}",
        urn=str(Urn("UplinkSource", source.slug)),
        right=RIGHT,
        organisation=source.organisation.slug if source.organisation else "",
        now=now,
    )
