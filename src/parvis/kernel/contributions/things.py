"""Types of things (NGSI-LD entities) a package knows, and how a map shows them; read by telemetry/context."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.checks import CheckMessage, Error
from django.utils.functional import Promise

from parvis.kernel.manifest import Contribution, Manifest
from parvis.kernel.units import UNITS


class ThingState(StrEnum):
    """How a thing is, as a map colours it."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class AttributeSpec:
    """`name` as in the Smart Data Model; `unit_code` UN/CEFACT; `personal` attributes never leave."""

    name: str
    label: str | Promise
    kind: str = "Property"
    unit_code: str = ""
    personal: bool = False


@dataclass(frozen=True, kw_only=True)
class EntityType(Contribution):
    """`state` is given the attributes in normalized form: `{"powerState": {"type": "Property", "value": "on"}}`.

    `model` is the subject among the Smart Data Models (`dataModel.Parking`) that gives the type and its attributes their IRIs;
    without one they are in the default vocabulary of NGSI-LD. `public`: anybody may read such things through the broker.
    """

    name: str
    label: str | Promise
    plural: str | Promise
    icon: str
    colour: str
    attributes: tuple[AttributeSpec, ...]
    state: Callable[[Mapping[str, Any]], ThingState]
    model: str = ""
    public: bool = False

    def check(self, manifest: Manifest) -> Iterable[CheckMessage]:
        for attribute in self.attributes:
            if attribute.unit_code and attribute.unit_code not in UNITS:
                yield Error(
                    f"{manifest.name}: {self.name}.{attribute.name}: unknown unit {attribute.unit_code!r}",
                    id="parvis.E020",
                )
