"""How a thing is called on an operator's screen."""

from parvis.telemetry.context.attributes import text_of
from parvis.telemetry.context.models import Entity


def thing_name(entity: Entity) -> str:
    """Its name, else the local part of its URN."""
    return text_of(entity.attributes.get("name")) or entity.urn.split(":", 3)[-1]
