"""Who answers for what in an area."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Competence, Organisation
from parvis.foundations.territory.models import Area


@transaction.atomic
def set_competences(*, area: Area, choices: Mapping[str, Organisation | None], now: datetime, actor: str) -> int:
    """`choices` by subject; None leaves the subject to the area around. Answers how many changed, each journaled."""
    existing = {
        row.subject: row for row in Competence.objects.filter(area=area).select_related("organisation").order_by("id")
    }
    changed = 0
    for subject, organisation in choices.items():
        row = existing.get(subject)
        before, after = row.organisation.slug if row else "", organisation.slug if organisation else ""
        if before == after:
            continue
        changed += 1
        if organisation is None:
            Competence.objects.filter(area=area, subject=subject).delete()
        else:
            Competence.objects.update_or_create(area=area, subject=subject, defaults={"organisation": organisation})
        record(
            actor=actor,
            action="competence.changed",
            urn=area.urn,
            right="organisations.manage",
            organisation=after or before,
            details={"subject": subject, "before": before, "after": after},
            now=now,
        )
    return changed
