"""Erasing the past on request (GDPR, art. 17), and keeping it no longer than its term."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit import facade as audit
from parvis.kernel.errors import Refusal
from parvis.telemetry.context.models import Entity
from parvis.telemetry.history.lake.compaction import Report, compact
from parvis.telemetry.history.lake.forgetting import forget
from parvis.telemetry.history.lake.models import KeepRule
from parvis.telemetry.history.models import Attribute, Departed


class UnknownHistory(Refusal):
    """Nothing of this name was ever observed."""

    status = 404
    code = "unknown-history"
    message = _("Aucun historique ne porte ce nom.")


class TermRefused(Refusal):
    """A term names a type or an attribute, and is at least one day."""

    code = "term"
    message = _("Une durée de conservation nomme un type ou un attribut, et compte au moins un jour.")


def erase(
    *, urn: str = "", attribute: str = "", tenant_id: int = 0, actor: str, now: datetime, at_once: bool = True
) -> Report:
    """The history of a thing, of one of its attributes, or of an attribute of all things, in PostgreSQL and in the files.

    No reader sees it from the end of this call. With `at_once` the files are written again before it returns, in seconds to
    minutes, and the former ones leave the disk within the hour; else the next compaction does it. The journal keeps that it was done.
    Raises UnknownHistory, AnotherWriter.
    """
    entity_id = _entity_id(urn, tenant_id) if urn else None
    attribute_ids = list(Attribute.objects.filter(name=attribute).values_list("pk", flat=True)) if attribute else None
    if (not urn and not attribute) or attribute_ids == []:
        raise UnknownHistory
    with transaction.atomic():
        forget(entity_id=entity_id, attribute_ids=attribute_ids, now=now)
        audit.record(
            actor=actor,
            action="history.erased",
            urn=urn or f"urn:ngsi-ld:Attribute:{attribute}",
            details={"attribute": attribute},
            now=now,
        )
    return compact(now, merge_all=True) if at_once else Report()


def _entity_id(urn: str, tenant_id: int) -> int:
    there = Entity.of_every_tenant.filter(urn=urn, tenant_id=tenant_id).values_list("pk", flat=True)
    gone = Departed.objects.filter(urn=urn, tenant_id=tenant_id).values_list("pk", flat=True)
    found = there.first() or gone.first()
    if found is None:
        raise UnknownHistory
    return found


@transaction.atomic
def set_term(
    *, entity_type: str, attribute: str, keep_days: int | None, actor: str, right: str = "", now: datetime
) -> None:
    """How long an attribute (or all of a type) is kept; None: as long as the rest. Raises TermRefused."""
    if not (entity_type or attribute) or (keep_days is not None and keep_days < 1):
        raise TermRefused
    if keep_days is None:
        KeepRule.objects.filter(entity_type=entity_type, attribute=attribute).delete()
    else:
        KeepRule.objects.update_or_create(
            entity_type=entity_type, attribute=attribute, defaults={"keep_days": keep_days}
        )
    audit.record(
        actor=actor,
        action="history.term_set",
        urn=f"urn:ngsi-ld:Attribute:{entity_type or '*'}.{attribute or '*'}",
        right=right,
        details={"keep_days": keep_days},
        now=now,
    )
