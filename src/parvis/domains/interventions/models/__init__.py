"""Work orders, what caused them, their story and their photos."""

from parvis.domains.interventions.models.intervention import Cause, Intervention, YearlySeries
from parvis.domains.interventions.models.story import InterventionEvent, InterventionEventKind, Photo

__all__ = ["Cause", "Intervention", "InterventionEvent", "InterventionEventKind", "Photo", "YearlySeries"]
