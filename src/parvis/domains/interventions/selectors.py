"""Reads of interventions."""

from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.values import InterventionRef
from parvis.kernel.urn import Urn


def intervention_for_cause(cause_urn: str) -> InterventionRef | None:
    """The open one, else the latest."""
    found = (
        Intervention.objects.filter(causes__cause_urn=cause_urn)
        .order_by("-causes__is_open", "-opened_at", "-id")
        .first()
    )
    if found is None:
        return None
    return InterventionRef(urn=str(found.urn), number=found.number, state=found.state, created=False)


def intervention_by_urn(urn: Urn) -> Intervention | None:
    return Intervention.objects.filter(pk=int(urn.local)).first() if urn.local.isdecimal() else None
