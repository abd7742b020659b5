"""GeoJSON geometries as values of GeoProperties (ETSI GS CIM 009 V1.8.1, 4.7; RFC 7946). EPSG:4326, longitude before latitude.

A polygon that crosses itself is accepted, as the conformance suite does; who computes with it makes it valid first.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from parvis.telemetry.context.attributes import Instance, instances_of
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.names import shown

Bounds = tuple[float, float, float, float]

DEPTHS: Mapping[str, int] = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How many arrays stand around the positions. GeometryCollection is no geometry of NGSI-LD."""

_LEAST_POSITIONS = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
_MOST_TEXT = 1_000_000
_HIGHEST = 10**12  # of any coordinate, altitudes in metres among them; NaN is not below it


def is_geometry(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it means to be a geometry: what makes a concise value a GeoProperty."""
    if type(value) is not dict or "coordinates" not in value:
        return False
    kind = value.get("type")
    return type(kind) is str and kind in DEPTHS


def geometry(given: Any) -> dict[str, Any]:
    """A geometry, which may be given as a string of JSON. Raises BadRequestData."""
    if isinstance(given, str):
        given = _parsed(given)
    if not is_geometry(given):
        raise BadRequestData(f"This is not a geometry of GeoJSON: {shown(given)}.")
    kind, coordinates = given["type"], given["coordinates"]
    if kind == "Point":
        _check_position(coordinates)
        return given
    _check(kind, coordinates, DEPTHS[kind])
    return given


def _parsed(text: str) -> Any:
    if len(text) > _MOST_TEXT:
        raise BadRequestData("The text of a geometry is too long.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestData(f"This text holds no geometry: {shown(text)}.") from None


def _check(kind: str, coordinates: Any, depth: int) -> None:
    if type(coordinates) is not list or not coordinates:
        raise BadRequestData(f"The coordinates do not fit a {kind}: {shown(coordinates)}.")
    if depth > 1:
        for one in coordinates:
            _check(kind, one, depth - 1)
        return
    for position in coordinates:
        _check_position(position)
    if len(coordinates) < _LEAST_POSITIONS.get(kind, 1):
        raise BadRequestData(f"A {kind} has too few positions: {shown(coordinates)}.")
    if kind in ("Polygon", "MultiPolygon") and coordinates[0] != coordinates[-1]:
        raise BadRequestData(f"A ring of a {kind} is not closed: {shown(coordinates)}.")


def _check_position(position: Any) -> None:
    if type(position) is not list or not 2 <= len(position) <= 4:
        raise BadRequestData(f"This is not a position: {shown(position)}.")
    for number in position:
        if not (type(number) is float or type(number) is int) or not -_HIGHEST < number < _HIGHEST:
            raise BadRequestData(f"This is not a position: {shown(position)}.")
    if not (-180 <= position[0] <= 180 and -90 <= position[1] <= 90):
        raise BadRequestData(f"This position is not on Earth (longitude comes first): {shown(position)}.")


def positions(value: Mapping[str, Any]) -> Iterator[list[float]]:
    """Every position of a valid geometry."""
    yield from _flat(value["coordinates"], DEPTHS[value["type"]])


def _flat(coordinates: Any, depth: int) -> Iterator[list[float]]:
    if depth == 0:
        yield coordinates
        return
    for one in coordinates:
        yield from _flat(one, depth - 1)


def bounds_of(attributes: Mapping[str, Any]) -> Bounds | None:
    """West, south, east, north of all instances of `location`, degrees; None when there is none."""
    location = attributes.get("location")
    if location is None:
        return None
    if type(location) is dict and _is_point(location):
        longitude, latitude = location["value"]["coordinates"][:2]
        return (longitude, latitude, longitude, latitude)
    found = [one for instance in instances_of(location) for one in _positions_of(instance)]
    if not found:
        return None
    longitudes = [one[0] for one in found]
    latitudes = [one[1] for one in found]
    return (min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _is_point(instance: Instance) -> bool:
    value = instance.get("value")
    return is_geometry(value) and value["type"] == "Point"


def _positions_of(instance: Instance) -> Iterator[list[float]]:
    value = instance.get("value")
    return positions(value) if is_geometry(value) else iter(())
