"""What crosses the border of the context: an inventory of things on one side, their readings on the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDraft:
    """A thing as an inventory knows it.

    `attributes` are NGSI-LD normalized instances by name. The place is given by `longitude` and `latitude` (EPSG:4326),
    by a `location` GeoProperty, or by neither; each is completed from the other.
    """

    urn: str
    type: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    longitude: float | None = None
    latitude: float | None = None
    organisation_id: int | None = None
    synthetic: bool = False
    source: str = ""
    scopes: tuple[str, ...] = ()


RESULT_QUALITY = "resultQuality"
"""The sub-attribute that says why an observed value is doubtful (the name of OGC SensorThings)."""


def quality_of(text: str) -> dict[str, Any]:
    """It, in normalized form."""
    return {"type": "Property", "value": text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One observed value of one attribute of one thing; `value` is a JSON value, `observed_at` aware.

    An empty `unit_code` leaves the unit the attribute already has. A `quality` says why the value is doubtful: it is kept beside it as the
    sub-attribute `resultQuality`, and those who follow changes (alarms) are not told of the value.
    """

    entity_id: int
    attribute: str
    value: Any
    observed_at: datetime
    unit_code: str = ""
    quality: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertReport:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
