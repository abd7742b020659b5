"""Geo-queries (ETSI GS CIM 009 V1.8.1, 4.10). The thing's geometry is the subject: `within` = the thing is inside the reference."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from math import asin, cos, degrees, isfinite, radians, sin
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.query.distances import EARTH_M, between, between_point_and, between_points
from parvis.telemetry.context.query.targets import instances_at
from parvis.telemetry.context.store.values import Stored

Coordinates = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

_NEAR = re.compile(r"near;(max|min)Distance==(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\Z", re.ASCII)
_LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_LEAST = {"MultiPoint": 1, "LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
_FAR_M = 5_000_000  # a box around more than this is no help


class Relation(StrEnum):
    NEAR = "near"
    WITHIN = "within"
    CONTAINS = "contains"
    INTERSECTS = "intersects"
    EQUALS = "equals"
    DISJOINT = "disjoint"
    OVERLAPS = "overlaps"


_HOLDS: dict[Relation, Callable[[BaseGeometry, BaseGeometry], Any]] = {
    Relation.WITHIN: shapely.within,
    Relation.CONTAINS: shapely.contains,
    Relation.INTERSECTS: shapely.intersects,
    Relation.EQUALS: shapely.equals,
    Relation.DISJOINT: shapely.disjoint,
    Relation.OVERLAPS: shapely.overlaps,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoQuery:
    """`geometry` GeoJSON. `names`: the GeoProperty, perhaps beneath an attribute. Distances in metres; of `near` only, one of them."""

    relation: Relation
    geometry: dict[str, Any] = field(hash=False)
    names: tuple[str, ...] = ("location",)
    most_m: float | None = None
    least_m: float | None = None
    reference: BaseGeometry = field(repr=False, compare=False)

    def holds(self, stored: Stored) -> bool:
        """Of any instance; without such a GeoProperty never, not even `disjoint`."""
        return any(map(self.holds_of, geometries(stored, self.names)))

    def holds_of(self, geometry: dict[str, Any]) -> bool:
        if self.relation is Relation.NEAR:
            return self._is_near(geometry)
        subject = shape_of(geometry)
        return subject is not None and bool(_HOLDS[self.relation](subject, self.reference))

    def holds_at(self, longitudes: Coordinates, latitudes: Coordinates) -> int:
        """Of how many of these points it holds; as `holds_of`, all at once."""
        points = shapely.points(longitudes, latitudes)
        if self.relation is not Relation.NEAR:
            return int(np.count_nonzero(_HOLDS[self.relation](points, self.reference)))
        if self.reference.geom_type == "Point":
            distances = between_point_and(self.reference.x, self.reference.y, longitudes, latitudes)
        else:
            distances = np.array([between(point, self.reference) for point in points])
        near = distances <= self.most_m if self.most_m is not None else distances >= (self.least_m or 0.0)
        return int(np.count_nonzero(near))

    def distance_m(self, geometry: dict[str, Any]) -> float | None:
        """None for a geometry that cannot be read."""
        return distance_m(geometry, self.reference)

    def _is_near(self, geometry: dict[str, Any]) -> bool:
        distance = self.distance_m(geometry)
        if distance is None:
            return False
        return distance <= self.most_m if self.most_m is not None else distance >= (self.least_m or 0.0)

    @property
    def bounds(self) -> Bounds | None:
        """A box that every geometry that holds meets; None when there is none that helps."""
        if self.relation is Relation.DISJOINT or self.least_m is not None:
            return None
        west, south, east, north = self.reference.bounds
        return (west, south, east, north) if self.most_m is None else _widened((west, south, east, north), self.most_m)


def geo_query(*, georel: str, geometry: str, coordinates: Any, names: tuple[str, ...] = ("location",)) -> GeoQuery:
    """`coordinates`: an array, or JSON text of one. Raises BadRequestData."""
    document = _reference(geometry, coordinates)
    reference = reference_of(geometry, coordinates)
    most_m = least_m = None
    if match := _NEAR.match(georel):
        distance = float(match[2])
        if not isfinite(distance) or distance <= 0:
            raise BadRequestData("A distance is a number of metres above 0.")
        most_m, least_m = (distance, None) if match[1] == "max" else (None, distance)
        relation = Relation.NEAR
    elif georel in _HOLDS:
        relation = Relation(georel)
    else:
        raise BadRequestData(
            "georel is within, contains, intersects, equals, disjoint, overlaps, or near;maxDistance==metres."
        )
    return GeoQuery(
        relation=relation, geometry=document, names=names, most_m=most_m, least_m=least_m, reference=reference
    )


def reference_of(geometry: str, coordinates: Any) -> BaseGeometry:
    """What things are compared with. Raises BadRequestData."""
    reference = shape_of(_reference(geometry, coordinates))
    if reference is None:
        raise BadRequestData("The coordinates make no geometry.")
    shapely.prepare(reference)
    return reference


def geometries(stored: Stored, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Of every instance that holds one."""
    for instance in instances_at(stored, names):
        value = instance.get("value")
        if isinstance(value, dict) and value.get("type") in _LEVELS:
            yield value


def shape_of(geometry: dict[str, Any]) -> BaseGeometry | None:
    """For Shapely, made valid: polygons that cross themselves are accepted. None for what is no geometry."""
    try:
        made = shape(geometry)
        return made if made.is_valid else shapely.make_valid(made)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        return None


def distance_m(geometry: dict[str, Any], reference: BaseGeometry) -> float | None:
    if geometry.get("type") == "Point" and reference.geom_type == "Point":
        try:
            longitude, latitude = geometry["coordinates"][:2]
            return between_points(reference.x, reference.y, longitude, latitude)
        except (KeyError, TypeError, ValueError):
            return None
    subject = shape_of(geometry)
    return None if subject is None or subject.is_empty else between(subject, reference)


def _reference(geometry: str, coordinates: Any) -> dict[str, Any]:
    if geometry not in _LEVELS:
        raise BadRequestData(f"The geometry is one of {', '.join(_LEVELS)}.")
    if isinstance(coordinates, str):
        try:
            coordinates = json.loads(coordinates)
        except (ValueError, RecursionError) as error:
            raise BadRequestData("The coordinates are a JSON array: [3.06,50.63].") from error
    if not _fits(coordinates, _LEVELS[geometry], _LEAST.get(geometry, 0)):
        raise BadRequestData(f"The coordinates do not make a {geometry}: positions are longitude, latitude.")
    if geometry.endswith("Polygon"):
        for polygon in coordinates if geometry == "MultiPolygon" else [coordinates]:
            if any(ring[0] != ring[-1] for ring in polygon):
                raise BadRequestData("The rings of a polygon end where they begin.")
    return {"type": geometry, "coordinates": coordinates}


def _fits(coordinates: Any, levels: int, least: int) -> bool:
    """Arrays nested so deep over positions, with at least so many positions in the innermost."""
    if not isinstance(coordinates, list) or not coordinates:
        return False
    if levels == 0:
        return 2 <= len(coordinates) <= 3 and all(
            isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 1e6
            for number in coordinates
        )
    if levels == 1 and len(coordinates) < least:
        return False
    return all(_fits(part, levels - 1, least) for part in coordinates)


def _widened(bounds: Bounds, distance_m: float) -> Bounds | None:
    """By that distance on the sphere, a little more for safety; None around a pole or over the date line."""
    if distance_m > _FAR_M:
        return None
    west, south, east, north = bounds
    angle = distance_m / EARTH_M * 1.0001 + 1e-9
    south, north = south - degrees(angle), north + degrees(angle)
    latitude = max(abs(bounds[1]), abs(bounds[3]))
    if south <= -90 or north >= 90 or sin(angle) >= cos(radians(latitude)):
        return None
    aside = degrees(asin(sin(angle) / cos(radians(latitude))))
    west, east = west - aside, east + aside
    return None if west < -180 or east > 180 else (west, south, east, north)
