"""What every change of an intervention leaves behind: a line in its story, an entry in the journal, a fact for the others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from parvis.domains.interventions.models import Intervention, InterventionEvent, InterventionEventKind
from parvis.foundations.audit.facade import record


def locked(key: int) -> Intervention:
    """The row, locked until the end of the transaction; two people who act on it act one after the other.

    Joins nothing: after waiting for the lock PostgreSQL reads the row again, but not the rows it was joined to.
    """
    return Intervention.objects.select_for_update().get(pk=key)


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


@transaction.atomic
def note_for_cause(*, cause_urn: str, text: str, at: datetime) -> int:
    """Something the crew should know before it goes, in the story of what is open for this cause; answers how many.

    The same fact told twice is one line.
    """
    noted = 0
    for intervention in Intervention.objects.open().filter(causes__cause_urn=cause_urn).order_by("pk"):
        row = locked(intervention.pk)
        nonce = uuid5(NAMESPACE_URL, f"{row.urn} {cause_urn} {at.isoformat()}")
        _, created = InterventionEvent.objects.get_or_create(
            nonce=nonce, defaults={"intervention": row, "kind": InterventionEventKind.NOTED, "at": at, "text": text}
        )
        noted += created
    return noted
