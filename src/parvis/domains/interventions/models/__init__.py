"""Work orders, what caused them, their story and their photos."""

from parvis.domains.interventions.models.intervention import Cause, Intervention, YearlySeries
from parvis.domains.interventions.models.story import InterventionEvent, Photo

__all__ = ["Cause", "Intervention", "InterventionEvent", "Photo", "YearlySeries"]
