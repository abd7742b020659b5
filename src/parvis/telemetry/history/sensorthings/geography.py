"""Geospatial functions (OGC 18-088, table 24), in degrees of EPSG:4326 as in other servers.

PostgreSQL alone knows boxes: an index gives the things near the constant, GEOS (Shapely) says of each whether it is so, and the
statement is given their numbers. The distance between two points it works out by itself.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from parvis.telemetry.history.sensorthings.comparing import constant
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.properties import geometry
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import Row, entities, located
from parvis.telemetry.history.sensorthings.sqltext import Sql, sql, value
from parvis.telemetry.history.sensorthings.values import Type, Value

MOST_PLACES = 200_000
"""Things looked at one by one for a request."""

Places: TypeAlias = tuple[list[int], Any]
"""Numbers of things and, in the same order, an array of their geometries."""

Query: TypeAlias = Callable[[Sql], Sequence[tuple[Any, ...]]]

RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "geo.intersects": shapely.intersects,
        "st_intersects": shapely.intersects,
        "st_disjoint": shapely.intersects,  # and then the others
        "st_equals": shapely.equals,
        "st_touches": shapely.touches,
        "st_within": shapely.within,
        "st_overlaps": shapely.overlaps,
        "st_crosses": shapely.crosses,
        "st_contains": shapely.contains,
    }
)
NAMES = frozenset((*RELATIONS, "st_relate", "geo.distance", "geo.length"))
_PATTERN = re.compile(r"[TF*012]{9}\Z")


@dataclass(slots=True, kw_only=True)
class Geography:
    """`query` runs a statement: geometries are read while the request's own statement is being built."""

    scope: Scope
    query: Query
    _known: dict[tuple[float, ...], Places] = field(default_factory=dict)

    def call(self, name: str, arguments: Sequence[Value]) -> Value:
        """Raises `BadRequest`."""
        try:
            return self._call(name, arguments)
        except GEOSException as error:
            raise BadRequest(f"{name}: {error}") from None

    def nearer(self, operator: str, arguments: Sequence[Value], far: float) -> Value:
        """Whether `geo.distance` of the arguments is less (or more) than so many degrees: only what is near is looked at."""
        first, second = _geometries("geo.distance", arguments, 2)
        is_near = np.less if operator in ("lt", "ge") else np.less_equal
        is_more = operator in ("gt", "ge")
        if first.geometry is not None and second.geometry is not None:
            return constant(bool(is_near(shapely.distance(first.geometry, second.geometry), far)) is not is_more)
        fixed, thing = _sides(first, second)
        west, south, east, north = fixed.bounds
        ids, shapes = self._places((west - far, south - far, east + far, north + far))
        found = self._among(thing, ids, is_near(shapely.distance(shapes, fixed), far))
        return Value(
            type=Type.BOOLEAN, sql=sql("({} AND NOT {})", located(self.scope, thing), found) if is_more else found
        )

    def _among(self, thing: str, ids: Sequence[int], true: Sequence[bool]) -> Sql:
        numbers = [number for number, is_true in zip(ids, true, strict=True) if is_true]
        return sql(f"{thing}.id = ANY({{}})", value(numbers, "bigint[]"))

    def _call(self, name: str, arguments: Sequence[Value]) -> Value:
        if name == "geo.length":
            return self._length(*_geometries(name, arguments, 1))
        first, second = _geometries(name, arguments, 3 if name == "st_relate" else 2)[:2]
        if name == "geo.distance":
            return self._distance(first, second)
        if name == "st_relate":
            relation, near = _relate(arguments[2]), False
        else:
            relation, near = RELATIONS[name], True
        return self._related(name, relation, first, second, near=near)

    def _related(
        self, name: str, relation: Callable[[Any, Any], Any], first: Value, second: Value, *, near: bool
    ) -> Value:
        if first.geometry is not None and second.geometry is not None:
            return constant(bool(relation(first.geometry, second.geometry)) is (name != "st_disjoint"))
        fixed, thing = _sides(first, second)
        ids, shapes = self._places(fixed.bounds if near else ())
        true = relation(fixed, shapes) if first.geometry is not None else relation(shapes, fixed)
        found = self._among(thing, ids, true)
        if name == "st_disjoint":
            found = sql("({} AND NOT {})", located(self.scope, thing), found)
        return Value(type=Type.BOOLEAN, sql=found)

    def _distance(self, first: Value, second: Value) -> Value:
        if first.geometry is not None and second.geometry is not None:
            return constant(float(shapely.distance(first.geometry, second.geometry)))
        fixed, thing = _sides(first, second)
        is_point = fixed.geom_type == "Point"
        far = self._measured(thing, lambda shapes: shapely.distance(shapes, fixed), points=not is_point)
        if is_point:
            there = Sql(f"{thing}.longitude"), Sql(f"{thing}.latitude")
            here = value(float(fixed.x), "float8"), value(float(fixed.y), "float8")
            far = self._by_shape(thing, sql("(point({}, {}) <-> point({}, {}))", *there, *here), far)
        return Value(type=Type.NUMBER, sql=far)

    def _length(self, place: Value) -> Value:
        if place.geometry is not None:
            return constant(float(_lengths(place.geometry)))
        lengths = self._measured(place.entity, _lengths, points=False)
        return Value(type=Type.NUMBER, sql=self._by_shape(place.entity, Sql("0::float8"), lengths))

    def _by_shape(self, thing: str, of_point: Sql, of_others: Sql) -> Sql:
        kind = sql("{} ->> 'type'", geometry(self.scope, Row(entity=thing)))
        return sql("(CASE {} WHEN 'Point' THEN {} ELSE {} END)", kind, of_point, of_others)

    def _measured(self, thing: str, measure: Callable[[Any], Any], *, points: bool = True) -> Sql:
        """The measure of each thing, looked up by its number."""
        ids, shapes = self._places((), points=points)
        measures = zip(ids, map(float, measure(shapes)), strict=True)
        found = {str(number): measured for number, measured in measures if not isnan(measured)}
        return sql(f"({{}} ->> {thing}.id::text)::float8", value(json.dumps(found), "jsonb"))

    def _places(self, bounds: tuple[float, ...], *, points: bool = True) -> Places:
        """Things that meet these bounds (west, south, east, north; none: all), perhaps only those that are no points."""
        known = (*bounds, float(points))
        if known not in self._known:
            self._known[known] = self._read(bounds, points=points)
        return self._known[known]

    def _read(self, bounds: tuple[float, ...], *, points: bool) -> Places:
        found = entities(self.scope)
        row, place = found.row, geometry(self.scope, found.row)
        conditions = [located(self.scope, row.entity)]
        if bounds:
            conditions.append(_box(row.entity, bounds))
        if not points:
            conditions.append(sql("{} ->> 'type' <> 'Point'", place))
        source = found.narrowed(*conditions)
        rows = self.query(
            sql(
                f"SELECT {row.entity}.id, CASE {{}} ->> 'type' WHEN 'Point' THEN {row.entity}.longitude END,"
                f" {row.entity}.latitude, CASE {{}} ->> 'type' WHEN 'Point' THEN NULL ELSE {{}}::text END {{}} LIMIT {MOST_PLACES + 1}",
                place,
                place,
                place,
                source.tail,
            )
        )
        if len(rows) > MOST_PLACES:
            raise BadRequest("too many things for that function; narrow the area")
        return [row[0] for row in rows], _shapes(rows)


def _shapes(rows: Sequence[tuple[Any, ...]]) -> Any:
    """Geometries of `(id, longitude or None, latitude, GeoJSON or None)`; what GEOS does not take is nowhere."""
    shapes = np.empty(len(rows), dtype=object)
    are_points = [row[1] is not None for row in rows]
    if any(are_points):
        shapes[np.array(are_points)] = shapely.points([row[1:3] for row in rows if row[1] is not None])
    others = [number for number, is_point in enumerate(are_points) if not is_point]
    for number in others:
        shapes[number] = shapely.from_geojson(rows[number][3], on_invalid="ignore")
    return shapes


def _geometries(name: str, arguments: Sequence[Value], expected: int) -> list[Value]:
    if len(arguments) != expected:
        raise BadRequest(f"{name} takes {expected} arguments")
    found = [one for one in arguments[:2] if one.type is Type.GEOMETRY]
    if len(found) != min(expected, 2):
        raise BadRequest(f"{name} takes geometries: location, feature, observedArea or geography'POINT (5 47)'")
    return found


def _sides(first: Value, second: Value) -> tuple[BaseGeometry, str]:
    """The constant, and the alias of the thing."""
    fixed, other = (first, second) if first.geometry is not None else (second, first)
    if fixed.geometry is None:
        raise BadRequest("one of the two geometries must be written in the expression")
    return fixed.geometry, other.entity


def _relate(pattern: Value) -> Callable[[Any, Any], Any]:
    text = pattern.constant
    if not isinstance(text, str) or not _PATTERN.match(text):
        raise BadRequest("st_relate takes a pattern of nine characters among T, F, *, 0, 1, 2")
    return lambda first, second: shapely.relate_pattern(first, second, text)


def _box(thing: str, bounds: tuple[float, ...]) -> Sql:
    """Whether the box around the thing meets these bounds."""
    box = sql("box(point({}, {}), point({}, {}))", *(value(float(bound), "float8") for bound in bounds))
    return sql(f"{thing}.bounds && {{}}", box)


def _lengths(shapes: Any) -> Any:
    """Of lines; a polygon has an outline, not a length."""
    return np.where(shapely.get_dimensions(shapes) == 1, shapely.length(shapes), 0.0)
