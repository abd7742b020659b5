from typing import Any

from parvis.capabilities.design.cartography import MARGIN, WIDTH, Projection, path, plan

SQUARE = [[5.0, 47.0], [5.1, 47.0], [5.1, 47.1], [5.0, 47.1], [5.0, 47.0]]


def feature(geometry: dict[str, Any] | None, code: str = "21231") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code, "name": "Dijon"}, "geometry": geometry}


def test_the_drawing_fills_its_width_and_north_is_up() -> None:
    projection = Projection.around(5.0, 47.0, 5.1, 47.1)
    assert projection.point(5.0, 47.1) == (MARGIN, MARGIN)
    assert projection.point(5.1, 47.0) == (WIDTH - MARGIN, projection.height - MARGIN)


def test_a_degree_of_latitude_is_longer_than_one_of_longitude() -> None:
    projection = Projection.around(5.0, 47.0, 5.1, 47.1)
    assert 1.45 < projection.scale_y / projection.scale_x < 1.48  # 1 / cos(47.05°)


def test_points_that_fall_together_are_dropped() -> None:
    projection = Projection.around(5.0, 47.0, 5.1, 47.1)
    dense = [[5.0 + i / 1_000_000, 47.0] for i in range(100)] + SQUARE[1:]
    assert path([dense], projection).count("L") < 10


def test_polygons_of_several_parts() -> None:
    drawn = plan({"features": [feature({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]})]})
    assert drawn is not None
    assert drawn.shapes[0].path.count("M") == 2


def test_a_commune_without_outline_is_there_but_empty() -> None:
    drawn = plan({"features": [feature({"type": "Polygon", "coordinates": [SQUARE]}), feature(None, "21000")]})
    assert drawn is not None
    assert [shape.path == "" for shape in drawn.shapes] == [False, True]


def test_no_outline_at_all() -> None:
    assert plan({"features": []}) is None
    assert plan({"features": [feature(None)]}) is None
