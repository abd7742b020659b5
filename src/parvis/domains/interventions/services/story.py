"""What every change of an intervention leaves behind: a line in its story, an entry in the journal, a fact for the others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parvis.domains.interventions.models import Intervention
from parvis.foundations.audit.facade import record


def locked(key: int) -> Intervention:
    """The row, locked until the end of the transaction; two people who act on it act one after the other."""
    return (
        Intervention.objects.select_for_update(of=("self",))
        .select_related("organisation", "team", "started_by")
        .get(pk=key)
    )


def told(intervention: Intervention, now: datetime) -> dict[str, Any]:
    """The fields all events share."""
    return {
        "urn": str(intervention.urn),
        "number": intervention.number,
        "cause_urns": tuple(intervention.causes.values_list("cause_urn", flat=True)),
        "thing_urn": intervention.thing_urn,
        "organisation_id": intervention.organisation_id,
        "at": now,
    }


def journal(
    intervention: Intervention,
    action: str,
    *,
    actor: str,
    now: datetime,
    right: str = "",
    details: Mapping[str, str | int | float | bool | None] | None = None,
) -> None:
    record(
        actor=actor,
        action=action,
        urn=str(intervention.urn),
        right=right,
        organisation=intervention.organisation.slug,
        details={"number": intervention.number, **(details or {})},
        now=now,
    )
