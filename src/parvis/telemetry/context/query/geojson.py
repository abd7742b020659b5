"""Rendered entities as Features (ETSI GS CIM 009 V1.8.1, 4.5.16), linked ones within them already."""

from typing import Any

from parvis.telemetry.context.attributes import default_instance
from parvis.telemetry.context.ngsild.geometry import is_geometry
from parvis.telemetry.context.store.values import Stored


def as_feature(thing: Stored, drawn: dict[str, Any], geometry_property: str) -> dict[str, Any]:
    """`geometry_property` is a stored name; null when it is missing or no geometry."""
    instance = default_instance(thing.attributes.get(geometry_property))
    value = instance.get("value") if instance is not None else None
    properties = dict(drawn)
    made = {"id": properties.pop("id")} if "id" in properties else {}
    return made | {
        "type": "Feature",
        "geometry": value if is_geometry(value) else None,
        "properties": properties,
    }
