"""How a thing is, as the map colours it: worked out from its attributes by its declared type, stored beside them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import EntityType, ThingState
from parvis.kernel.registry import registry

STATES = (ThingState.OK, ThingState.WARNING, ThingState.FAULT, ThingState.OFF, ThingState.UNKNOWN)
"""A state is stored, and sent to maps, as its index here; never reorder."""

LABELS = {
    ThingState.OK: _("En service"),
    ThingState.WARNING: _("À surveiller"),
    ThingState.FAULT: _("En panne"),
    ThingState.OFF: _("À l’arrêt"),
    ThingState.UNKNOWN: _("Inconnu"),
}

TONES = {
    ThingState.OK: "success",
    ThingState.WARNING: "warning",
    ThingState.FAULT: "danger",
    ThingState.OFF: "neutral",
    ThingState.UNKNOWN: "neutral",
}

CODES = {state: code for code, state in enumerate(STATES)}
UNKNOWN = CODES[ThingState.UNKNOWN]


@cache
def entity_types() -> Mapping[str, EntityType]:
    """Declared types by name; fixed once the packages are loaded."""
    return {kind.name: kind for _, kind in registry.all(EntityType)}


def state_code(type_name: str, attributes: Mapping[str, Any]) -> int:
    """`UNKNOWN` for a type no package declares."""
    kind = entity_types().get(type_name)
    return UNKNOWN if kind is None else CODES[kind.state(attributes)]
