"""Our own example codecs (`codecs/*.js`, whose headers give the bytes), and how each maps to a Smart Data Model."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class DemoCodec:
    """`mapping` as stored in a `DeviceProfile`; `label` is the profile's name."""

    name: str
    label: str | Promise
    entity_type: str
    f_port: int
    expected_period_s: int
    mapping: tuple[dict[str, Any], ...]

    @property
    def source(self) -> str:
        script = self.name.replace("-", "_") + ".js"
        return files("parvis.telemetry.devices").joinpath("codecs", script).read_text(encoding="utf-8")


LAMP_CONTROLLER = DemoCodec(
    name="lamp-controller",
    label=_("Contrôleur de point lumineux"),
    entity_type="Streetlight",
    f_port=10,
    expected_period_s=12 * 3600,
    mapping=(
        {"field": "status", "attribute": "status"},
        {"field": "powerState", "attribute": "powerState"},
        {"field": "dimming", "attribute": "illuminanceLevel", "scale": 0.01},
        {"field": "power", "attribute": "powerConsumption", "unit_code": "WTT"},
        {"field": "temperature", "attribute": "temperature", "unit_code": "CEL"},
    ),
)
CAR_PARK_COUNTER = DemoCodec(
    name="car-park-counter",
    label=_("Compteur de parc de stationnement"),
    entity_type="OffStreetParking",
    f_port=11,
    expected_period_s=300,
    mapping=({"field": "free", "attribute": "availableSpotNumber", "unit_code": "C62"},),
)
BIN_LEVEL = DemoCodec(
    name="bin-level",
    label=_("Sonde de remplissage de conteneur"),
    entity_type="WasteContainer",
    f_port=12,
    expected_period_s=4 * 3600,
    mapping=(
        {"field": "level", "attribute": "fillingLevel", "unit_code": "C62", "scale": 0.01},
        {"field": "temperature", "attribute": "temperature", "unit_code": "CEL"},
    ),
)
RIVER_GAUGE = DemoCodec(
    name="river-gauge",
    label=_("Limnimètre radar"),
    entity_type="FloodMonitoring",
    f_port=13,
    expected_period_s=600,
    mapping=({"field": "level", "attribute": "currentLevel", "unit_code": "MTR", "scale": 0.001},),
)
AIR_STATION = DemoCodec(
    name="air-station",
    label=_("Station de qualité de l’air"),
    entity_type="AirQualityObserved",
    f_port=14,
    expected_period_s=900,
    mapping=(
        {"field": "pm10", "attribute": "pm10", "unit_code": "GQ"},
        {"field": "pm25", "attribute": "pm25", "unit_code": "GQ"},
        {"field": "no2", "attribute": "no2", "unit_code": "GQ"},
        {"field": "temperature", "attribute": "temperature", "unit_code": "CEL"},
        {"field": "humidity", "attribute": "relativeHumidity", "unit_code": "C62", "scale": 0.01},
    ),
)

DEMO_CODECS = (LAMP_CONTROLLER, CAR_PARK_COUNTER, BIN_LEVEL, RIVER_GAUGE, AIR_STATION)
