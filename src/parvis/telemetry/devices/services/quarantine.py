"""A codec that cost its process is run no more until an agent has looked at it; its uplinks wait, raw."""

from datetime import datetime

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.kernel.urn import SYSTEM, Urn
from parvis.telemetry.devices.models import Codec
from parvis.telemetry.devices.sandbox import Failure


@transaction.atomic
def quarantine(*, codec_id: int, failure: Failure, now: datetime) -> None:
    """Nothing changes for one that is in quarantine already: its first reason is the telling one."""
    stopped = Codec.objects.filter(pk=codec_id, quarantined_at=None).update(
        quarantined_at=now, quarantine=failure.kind.value, quarantine_detail=failure.detail
    )
    if stopped:
        _journal("codec.quarantined", str(SYSTEM), codec_id, now)


@transaction.atomic
def lift_quarantine(*, codec: Codec, actor: str, now: datetime) -> None:
    lifted = Codec.objects.filter(pk=codec.pk, quarantined_at__isnull=False).update(
        quarantined_at=None, quarantine="", quarantine_detail=""
    )
    if lifted:
        _journal("codec.quarantine_lifted", actor, codec.pk, now)


def _journal(action: str, actor: str, codec_id: int, now: datetime) -> None:
    record(actor=actor, action=action, urn=str(Urn("Codec", str(codec_id))), right="devices.manage", now=now)
