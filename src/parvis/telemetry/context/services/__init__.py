"""The verbs of the context; each runs in one transaction."""

from parvis.telemetry.context.services.entities import refresh_states, upsert_entities
from parvis.telemetry.context.services.queue import discard_change, replay_change
from parvis.telemetry.context.services.readings import apply_readings

__all__ = ["apply_readings", "discard_change", "refresh_states", "replay_change", "upsert_entities"]
