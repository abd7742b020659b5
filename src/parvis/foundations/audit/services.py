"""Writes the journal, and purges its beginning when its time has come."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from parvis.foundations.audit import rules
from parvis.foundations.audit.models import Entry, Head
from parvis.foundations.audit.verification import Verification, lock_purges, verify
from parvis.kernel.urn import SYSTEM

__all__ = ["Verification", "purge", "record", "verify"]

Detail = str | int | float | bool | None


@transaction.atomic
def record(
    *,
    actor: str,
    action: str,
    urn: str,
    right: str = "",
    organisation: str = "",
    details: Mapping[str, Detail] | None = None,
    now: datetime,
) -> None:
    """One entry, sealed when the caller's transaction commits and gone if it is rolled back.

    `actor` is the URN of a person or of the system, `action` a past-tense code (`request.read`), `organisation` a slug. The journal
    outlives what it names: give identifiers in `details`, never names, addresses or free text.
    """
    text = json.dumps(dict(details or {}), ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    Entry.objects.create(
        actor=actor, action=action, urn=urn, right=right, organisation=organisation, details=text, at=now
    )


@transaction.atomic
def purge(*, before: datetime, now: datetime) -> int:
    """Removes the entries at the beginning of the chain that are all older than `before`; answers how many.

    The chain itself then says up to where it was purged, and `verify` checks that it does.
    """
    lock_purges(shared=False)
    kept = Entry.objects.sealed().filter(at__gte=before).order_by("position").first()
    old = Entry.objects.sealed().filter(at__lt=before)
    if kept is not None:
        old = old.filter(position__lt=kept.position)
    last = old.order_by("-position").first()
    if last is None or last.position is None or last.hash is None:
        return 0
    until, hash = last.position, bytes(last.hash)
    Entry.objects.create(
        actor=str(SYSTEM),
        action=rules.PURGED,
        urn=rules.JOURNAL_URN,
        details=rules.purge_details(until, hash),
        at=now,
    )
    Head.objects.update(base_position=until, base_hash=hash)
    return Entry.objects.filter(position__lte=until).delete()[0]
