"""Outlines of the territory as SVG paths: a map without script, tiles or network, which also prints.

Projection: equirectangular, scaled by the cosine of the middle latitude; good to a pixel at the size of a metropolis.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 1000
MARGIN = 12

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Shape:
    code: str
    name: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Projection:
    """EPSG:4326 lon/lat to the pixels of a box `WIDTH` wide."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    height: int

    @classmethod
    def around(cls, west: float, south: float, east: float, north: float) -> "Projection":
        squeeze = math.cos(math.radians((south + north) / 2))
        inner = WIDTH - 2 * MARGIN
        scale_x = inner / max(east - west, 1e-6)
        scale_y = scale_x / squeeze
        return cls(
            west=west,
            north=north,
            scale_x=scale_x,
            scale_y=scale_y,
            height=round((north - south) * scale_y) + 2 * MARGIN,
        )

    def point(self, longitude: float, latitude: float) -> tuple[int, int]:
        return (
            round((longitude - self.west) * self.scale_x) + MARGIN,
            round((self.north - latitude) * self.scale_y) + MARGIN,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    shapes: tuple[Shape, ...]
    projection: Projection

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {self.projection.height}"


def rings(geometry: Mapping[str, Any] | None) -> Iterator[Ring]:
    """All rings of a GeoJSON Polygon or MultiPolygon; nothing for another geometry or none."""
    match geometry:
        case {"type": "Polygon", "coordinates": polygon}:
            yield from polygon
        case {"type": "MultiPolygon", "coordinates": polygons}:
            for polygon in polygons:
                yield from polygon


def path(lines: Iterable[Ring], projection: Projection) -> str:
    """SVG path data on whole pixels: points that fall on the previous one are dropped."""
    parts = []
    for ring in lines:
        pixels = [projection.point(position[0], position[1]) for position in ring]
        kept = [p for i, p in enumerate(pixels) if i == 0 or p != pixels[i - 1]]
        if len(kept) > 2:
            parts.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
    return "".join(parts)


def plan(outlines: Mapping[str, Any]) -> Plan | None:
    """From a FeatureCollection whose features have `properties` `code` and `name`. None when it holds no polygon."""
    features = [(f, list(rings(f.get("geometry")))) for f in outlines["features"]]
    positions = [position for _, lines in features for ring in lines for position in ring]
    if not positions:
        return None
    longitudes = [p[0] for p in positions]
    latitudes = [p[1] for p in positions]
    projection = Projection.around(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
    return Plan(
        shapes=tuple(
            Shape(code=f["properties"]["code"], name=f["properties"]["name"], path=path(lines, projection))
            for f, lines in features
        ),
        projection=projection,
    )
