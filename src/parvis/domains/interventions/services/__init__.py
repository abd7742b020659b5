"""Everything that changes an intervention."""

from parvis.domains.interventions.services.opening import (
    CauseHasAnother,
    UnknownIntervention,
    link_cause,
    open_intervention,
)
from parvis.domains.interventions.services.story import note_for_cause
from parvis.domains.interventions.services.work import (
    TeamOfAnotherOrganisation,
    assign,
    cancel,
    finish,
    refuse,
    reopen,
    start,
)

__all__ = [
    "CauseHasAnother",
    "TeamOfAnotherOrganisation",
    "UnknownIntervention",
    "assign",
    "cancel",
    "finish",
    "link_cause",
    "note_for_cause",
    "open_intervention",
    "refuse",
    "reopen",
    "start",
]
