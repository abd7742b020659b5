"""What agents keep of network servers. Each change is in the journal."""

from datetime import datetime

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import Source

RIGHT = "devices.manage"


@transaction.atomic
def save_source(*, source: Source, actor: str, now: datetime) -> Source:
    created = source.pk is None
    if created:
        source.created_at = now
        source.save()
    else:
        source.save(update_fields=["slug", "label", "server", "organisation", "mqtt_topic", "is_active"])
    _journal(source, "created" if created else "changed", actor=actor, now=now)
    return source


def _journal(source: Source, done: str, *, actor: str, now: datetime) -> None:
    record(
        actor=actor,
        action=f"uplink_source.{done}",
        urn=str(Urn("UplinkSource", source.slug)),
        right=RIGHT,
        organisation=source.organisation.slug if source.organisation else "",
        now=now,
    )
