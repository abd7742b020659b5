"""How Parvis reaches the API of a network server to send downlinks. Its key is written here and never read back to a screen."""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import Source, SourceKey

RIGHT = "devices.manage"


@transaction.atomic
def save_downlink_access(*, source: Source, url: str, key: str, actor: str, now: datetime) -> None:
    """Without a new `key` the former one stays, unless the address has another host: it is that of the former server only, and whoever may write
    the address may not have it sent elsewhere."""
    known = Source.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=source.pk)
    moved = urlsplit(known.downlink_url)[:2] != urlsplit(url)[:2]
    known.downlink_url = url
    known.save(update_fields=["downlink_url"])
    if key:
        SourceKey.objects.update_or_create(source=known, defaults={"secret": key, "changed_at": now})
    elif moved:
        SourceKey.objects.filter(source=known).delete()
    record(
        actor=actor,
        action="uplink_source.downlinks_changed",
        urn=str(Urn("UplinkSource", known.slug)),
        right=RIGHT,
        organisation=known.organisation.slug if known.organisation else "",
        details={
            "host": urlsplit(url).netloc.rpartition("@")[2],
            "key": "changed" if key else "removed" if moved else "kept",
        },
        now=now,
    )
