"""Air quality as a Smart Data Model (dataModel.Environment): AirQualityObserved; concentrations in µg/m³."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context.attributes import value_of

AIR_QUALITY_OBSERVED = "AirQualityObserved"
INFORMATION_PM10 = 50.0  # µg/m³, information threshold (Code de l'environnement, R221-1)
ALERT_PM10 = 80.0  # µg/m³, alert threshold (the same article)


def state(attributes: Mapping[str, Any]) -> ThingState:
    level = value_of(attributes.get("pm10"))
    if not isinstance(level, int | float):
        return ThingState.UNKNOWN
    if level >= ALERT_PM10:
        return ThingState.FAULT
    return ThingState.WARNING if level >= INFORMATION_PM10 else ThingState.OK


air_quality_observed = EntityType(
    name=AIR_QUALITY_OBSERVED,
    label=_("Station de qualité de l’air"),
    plural=_("Stations de qualité de l’air"),
    icon="wind",
    colour="#805ad5",
    attributes=(
        AttributeSpec(name="name", label=_("Nom")),
        AttributeSpec(name="pm10", label=_("Particules PM10"), unit_code="GQ"),
        AttributeSpec(name="pm25", label=_("Particules PM2,5"), unit_code="GQ"),
        AttributeSpec(name="no2", label=_("Dioxyde d’azote"), unit_code="GQ"),
        AttributeSpec(name="temperature", label=_("Température"), unit_code="CEL"),
        AttributeSpec(name="relativeHumidity", label=_("Humidité relative (de 0 à 1)"), unit_code="C62"),
    ),
    state=state,
    model="dataModel.Environment",
    public=True,
)
