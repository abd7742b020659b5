"""Waste collection as a Smart Data Model (dataModel.WasteManagement): WasteContainer; `fillingLevel` from 0 to 1."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context.attributes import value_of

WASTE_CONTAINER = "WasteContainer"
TO_COLLECT = 0.75
OVERFLOWING = 0.9


def state(attributes: Mapping[str, Any]) -> ThingState:
    level = value_of(attributes.get("fillingLevel"))
    if not isinstance(level, int | float):
        return ThingState.UNKNOWN
    if level >= OVERFLOWING:
        return ThingState.FAULT
    return ThingState.WARNING if level >= TO_COLLECT else ThingState.OK


waste_container = EntityType(
    name=WASTE_CONTAINER,
    label=_("Conteneur à déchets"),
    plural=_("Conteneurs à déchets"),
    icon="trash-2",
    colour="#2f855a",
    attributes=(
        AttributeSpec(name="fillingLevel", label=_("Remplissage (de 0 à 1)"), unit_code="C62"),
        AttributeSpec(name="temperature", label=_("Température"), unit_code="CEL"),
        AttributeSpec(name="storedWasteKind", label=_("Déchets reçus")),
    ),
    state=state,
    model="dataModel.WasteManagement",
    public=True,
)
