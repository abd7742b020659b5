"""Parking as a Smart Data Model (dataModel.Parking): OffStreetParking."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context.attributes import value_of

OFF_STREET_PARKING = "OffStreetParking"
NEARLY_FULL = 0.05  # of the spaces left free: where drivers begin to be sent elsewhere


def state(attributes: Mapping[str, Any]) -> ThingState:
    free = value_of(attributes.get("availableSpotNumber"))
    total = value_of(attributes.get("totalSpotNumber"))
    if not isinstance(free, int | float) or not isinstance(total, int | float) or total <= 0:
        return ThingState.UNKNOWN
    return ThingState.WARNING if free <= total * NEARLY_FULL else ThingState.OK


off_street_parking = EntityType(
    name=OFF_STREET_PARKING,
    label=_("Parc de stationnement"),
    plural=_("Parcs de stationnement"),
    icon="square-parking",
    colour="#2b6cb0",
    attributes=(
        AttributeSpec(name="name", label=_("Nom")),
        AttributeSpec(name="availableSpotNumber", label=_("Places libres"), unit_code="C62"),
        AttributeSpec(name="totalSpotNumber", label=_("Places"), unit_code="C62"),
    ),
    state=state,
    model="dataModel.Parking",
    public=True,
)
