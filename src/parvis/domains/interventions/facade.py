"""What the other domains may ask of interventions; what they may hear is in `events`."""

from datetime import datetime

from parvis.domains.interventions import selectors, services
from parvis.domains.interventions.values import InterventionOrder, InterventionRef

__all__ = ["InterventionOrder", "InterventionRef", "intervention_for_cause", "link_cause", "open_intervention"]


def open_intervention(*, order: InterventionOrder, now: datetime) -> InterventionRef:
    """Opens one, or answers the one already open for this cause. The caller has checked the right of `order.actor`."""
    return services.open_intervention(order=order, now=now)


def link_cause(*, urn: str, cause_urn: str, actor: str, now: datetime) -> InterventionRef:
    """One more request or alarm waits for the same work. Raises `UnknownIntervention`, `CauseHasAnother`, `AlreadyEnded`."""
    return services.link_cause(urn=urn, cause_urn=cause_urn, actor=actor, now=now)


def intervention_for_cause(cause_urn: str) -> InterventionRef | None:
    """The latest, open or not."""
    return selectors.intervention_for_cause(cause_urn)
