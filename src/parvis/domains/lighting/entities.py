"""Street lighting as Smart Data Models (dataModel.Streetlighting): Streetlight, StreetlightControlCabinet."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context.attributes import value_of

STREETLIGHT = "Streetlight"
CABINET = "StreetlightControlCabinet"

FAULTS = frozenset({"defectiveLamp", "columnIssue", "brokenLantern"})


def streetlight_state(attributes: Mapping[str, Any]) -> ThingState:
    match value_of(attributes.get("status")), value_of(attributes.get("powerState")):
        case status, _ if status in FAULTS:
            return ThingState.FAULT
        case _, "on" | "low":
            return ThingState.OK
        case _, "off":
            return ThingState.OFF
        case "ok", _:
            return ThingState.OK
        case _:
            return ThingState.UNKNOWN


def cabinet_state(attributes: Mapping[str, Any]) -> ThingState:
    match value_of(attributes.get("status")):
        case "ok":
            return ThingState.OK
        case None:
            return ThingState.UNKNOWN
        case _:
            return ThingState.FAULT


streetlight = EntityType(
    name=STREETLIGHT,
    label=_("Point lumineux"),
    plural=_("Points lumineux"),
    icon="lamp",
    colour="#b7791f",
    attributes=(
        AttributeSpec(name="status", label=_("État")),
        AttributeSpec(name="powerState", label=_("Allumage")),
        AttributeSpec(name="illuminanceLevel", label=_("Gradation")),
        AttributeSpec(name="powerConsumption", label=_("Puissance appelée"), unit_code="WTT"),
        AttributeSpec(name="powerRating", label=_("Puissance nominale"), unit_code="WTT"),
        AttributeSpec(name="lanternHeight", label=_("Hauteur de feu"), unit_code="MTR"),
        AttributeSpec(name="temperature", label=_("Température du luminaire"), unit_code="CEL"),
        AttributeSpec(name="refStreetlightControlCabinet", label=_("Armoire"), kind="Relationship"),
    ),
    state=streetlight_state,
    model="dataModel.Streetlighting",
    public=True,
)

cabinet = EntityType(
    name=CABINET,
    label=_("Armoire d’éclairage"),
    plural=_("Armoires d’éclairage"),
    icon="server",
    colour="#7b5ea7",
    attributes=(
        AttributeSpec(name="status", label=_("État")),
        AttributeSpec(name="workingMode", label=_("Mode de marche")),
    ),
    state=cabinet_state,
    model="dataModel.Streetlighting",
    public=True,
)
