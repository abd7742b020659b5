"""Places of things: relations against Shapely's brute force, distances against a walk along the lines (CIM 009, 4.10)."""

import json
import math
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.broker.rights import EVERYTHING
from parvis.telemetry.context.query import planning
from parvis.telemetry.context.query.distances import EARTH_M, between, between_points
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.finding import Caller, found
from parvis.telemetry.context.query.geo import GeoQuery, geo_query, shape_of
from parvis.telemetry.context.tests.querying import NOW, at, thing

CALLER = Caller(tenant_id=0, rights=EVERYTHING, now=NOW)

numbers = st.integers(-6, 6).map(lambda number: number / 2)
positions = st.tuples(numbers, numbers).map(list)
points = positions.map(lambda position: {"type": "Point", "coordinates": position})
lines = st.lists(positions, min_size=2, max_size=4).map(lambda some: {"type": "LineString", "coordinates": some})
boxes = st.tuples(positions, st.sampled_from([0.5, 1, 3])).map(
    lambda box: {
        "type": "Polygon",
        "coordinates": [
            [[box[0][0] + x * box[1], box[0][1] + y * box[1]] for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
        ],
    }
)
several = st.lists(positions, min_size=1, max_size=3).map(lambda some: {"type": "MultiPoint", "coordinates": some})
geometries = points | lines | boxes | several
relations = st.sampled_from(["within", "contains", "intersects", "equals", "disjoint", "overlaps"])


def fill(places: list[dict[str, Any]]) -> None:
    from parvis.telemetry.context.store.rows import box_of

    with hot_cursor() as cursor:
        cursor.execute("DELETE FROM context_entity")
        for number, geometry in enumerate(places):
            attributes = {
                "location": {"type": "GeoProperty", "value": geometry},
                "elsewhere": {"type": "GeoProperty", "value": geometry},
            }
            cursor.execute(
                "INSERT INTO context_entity (tenant_id, urn, type, more_types, scopes, attributes, area_code, state, search, synthetic,"
                " source, created_at, modified_at, bounds) VALUES (0, %s, 'T', '{}', '{}', %s, '', 0, '', true, '', %s, %s, %s::text::box)",
                [f"urn:n:{number}", json.dumps(attributes), NOW, NOW, box_of(attributes)],
            )
        cursor.execute(
            "INSERT INTO context_entity (tenant_id, urn, type, more_types, scopes, attributes, area_code, state, search, synthetic,"
            " source, created_at, modified_at) VALUES (0, 'urn:n:nowhere', 'T', '{}', '{}', '{}', '', 0, '', true, '', %s, %s)",
            [NOW, NOW],
        )


def answers(geo: GeoQuery) -> list[str]:
    result = found(EntityQuery(geo=geo), CALLER, limit=100, count=True)
    assert result.total == len(result.things)
    return [one.urn for one in result.things]


@pytest.mark.django_db
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(geometries, min_size=1, max_size=8), geometries, relations, st.sampled_from(["location", "elsewhere"]))
def test_relations_are_those_of_shapely(places: list[Any], reference: Any, relation: str, name: str) -> None:
    other = shape(reference)
    assume(all(shape(place).is_valid for place in [*places, reference]))
    fill(places)
    expected = [
        f"urn:n:{number}" for number, place in enumerate(places) if getattr(shapely, relation)(shape(place), other)
    ]
    geo = geo_query(georel=relation, geometry=reference["type"], coordinates=reference["coordinates"], names=(name,))
    assert answers(geo) == expected


def steps(geometry: dict[str, Any], pieces: int = 60) -> list[tuple[float, float]]:
    """Positions close together along a geometry, on great circles."""
    found: list[tuple[float, float]] = []
    for part in shapely.get_parts(shape(geometry)):
        for ring in shapely.get_rings(part) if part.geom_type == "Polygon" else (part,):
            corners = [vector(*corner) for corner in shapely.get_coordinates(ring)]
            for start, end in zip(corners, corners[1:] or corners, strict=False):
                for piece in range(pieces + 1):
                    mixed = [a + (b - a) * piece / pieces for a, b in zip(start, end, strict=True)]
                    size = math.hypot(*mixed)
                    x, y, z = (one / size for one in mixed)
                    found.append((math.degrees(math.atan2(y, x)), math.degrees(math.asin(z))))
    return found


def vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    longitude, latitude = math.radians(longitude), math.radians(latitude)
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)


@settings(max_examples=60, deadline=None)
@given(geometries, geometries, st.sampled_from([0, 45, 80]))
def test_distances_are_those_of_the_nearest_points(one: Any, other: Any, north: int) -> None:
    one, other = raised(one, north), raised(other, north)
    assume(not shapely.intersects(shape(one), shape(other)))
    walked = min(between_points(*here, *there) for here in steps(one) for there in steps(other))
    distance = between(shape(one), shape(other))
    assert distance <= walked + 1e-3
    assert walked - distance < 25_000, "steps of up to 25 km"


def raised(geometry: dict[str, Any], north: int) -> dict[str, Any]:
    def moved(part: Any) -> Any:
        return [part[0], part[1] + north] if isinstance(part[0], int | float) else [moved(one) for one in part]

    return geometry | {"coordinates": moved(geometry["coordinates"])}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(geometries, min_size=1, max_size=8),
    geometries,
    st.sampled_from([1, 50_000, 200_000, 1e6, 6e6]),
    st.booleans(),
    st.integers(0, 2),
)
def test_near_is_by_distance(places: list[Any], reference: Any, metres: float, most: bool, few: int) -> None:
    fill(places)
    before, planning.FEW = planning.FEW, few
    try:
        geo = geo_query(
            georel=f"near;{'max' if most else 'min'}Distance=={metres:.0f}",
            geometry=reference["type"],
            coordinates=reference["coordinates"],
        )
        distances = [between(shape_of(place), shape_of(reference)) for place in places]  # type: ignore[arg-type]
        expected = [
            f"urn:n:{number}"
            for number, distance in enumerate(distances)
            if (distance <= metres if most else distance >= metres)
        ]
        assert answers(geo) == expected
    finally:
        planning.FEW = before


def test_known_distances() -> None:
    assert between_points(0, 0, 1, 0) == pytest.approx(EARTH_M * math.radians(1))
    assert between_points(2.3522, 48.8566, 5.0415, 47.3220) == pytest.approx(262_200, rel=0.01)  # Paris to Dijon
    assert between_points(179.9, 0, -179.9, 0) == pytest.approx(EARTH_M * math.radians(0.2))
    line = shape({"type": "LineString", "coordinates": [[1, 85], [0, 85.6]]})
    assert between(shapely.Point(0, 85), line) == pytest.approx(9_600, rel=0.02)
    inside = shape({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]})
    assert between(shapely.Point(1, 1), inside) == 0


@pytest.mark.parametrize("place", [[179.999, 10], [-179.999, 10], [0, 89.9995], [0, -89.9995]])
def test_near_the_date_line_and_the_poles_no_box_hides_anything(place: list[float]) -> None:
    geo = geo_query(georel="near;maxDistance==1000", geometry="Point", coordinates=place)
    assert geo.bounds is None
    across = at(-math.copysign(179.9995, place[0]), 10) if abs(place[0]) > 1 else at(180, place[1])
    assert geo.holds(thing(location=across))


def test_any_instance_counts_and_a_thing_without_place_is_nowhere() -> None:
    geo = geo_query(georel="near;maxDistance==1000", geometry="Point", coordinates="[5.0, 47.0]")
    far, near = at(6, 47), at(5.001, 47) | {"datasetId": "urn:d:1"}
    assert geo.holds(thing(location=[far, near])) and not geo.holds(thing(location=far))
    assert not geo_query(georel="disjoint", geometry="Point", coordinates="[5.0, 47.0]").holds(thing(name="x"))
    assert not geo.holds(thing(location={"type": "Property", "value": "somewhere"}))


def test_a_polygon_that_crosses_itself_and_a_hole() -> None:
    bow = {
        "type": "GeoProperty",
        "value": {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]},
    }
    assert geo_query(georel="intersects", geometry="Point", coordinates=[1.9, 1]).holds(thing(location=bow))
    holed = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]]
    within = geo_query(georel="within", geometry="Polygon", coordinates=holed)
    assert within.holds(thing(location=at(2, 2))) and not within.holds(thing(location=at(5, 5)))
