"""River levels as a Smart Data Model (dataModel.Environment): FloodMonitoring; levels in metres above the gauge's zero."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context.attributes import value_of

FLOOD_MONITORING = "FloodMonitoring"
ALERT_M = 2.2
DANGER_M = 3.0


def state(attributes: Mapping[str, Any]) -> ThingState:
    level, alert, danger = (value_of(attributes.get(name)) for name in ("currentLevel", "alertLevel", "dangerLevel"))
    if not isinstance(level, int | float):
        return ThingState.UNKNOWN
    if isinstance(danger, int | float) and level >= danger:
        return ThingState.FAULT
    return ThingState.WARNING if isinstance(alert, int | float) and level >= alert else ThingState.OK


flood_monitoring = EntityType(
    name=FLOOD_MONITORING,
    label=_("Station de hauteur d’eau"),
    plural=_("Stations de hauteur d’eau"),
    icon="waves",
    colour="#0987a0",
    attributes=(
        AttributeSpec(name="name", label=_("Nom")),
        AttributeSpec(name="currentLevel", label=_("Hauteur d’eau"), unit_code="MTR"),
        AttributeSpec(name="alertLevel", label=_("Seuil de vigilance"), unit_code="MTR"),
        AttributeSpec(name="dangerLevel", label=_("Seuil d’alerte"), unit_code="MTR"),
    ),
    state=state,
    model="dataModel.Environment",
    public=True,
)
