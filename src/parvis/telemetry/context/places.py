"""Where a thing is: its `location`, the point that stands for it, the commune that holds that point. EPSG:4326, lon/lat."""

from collections.abc import Mapping, Sequence
from typing import Any

from shapely import make_valid
from shapely.errors import GEOSException
from shapely.geometry import shape

from parvis.foundations.territory import selectors as territory
from parvis.telemetry.context.attributes import value_of


def point_of(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """The point itself, or a point surely inside the polygon or on the line. Raises ValueError for what is no geometry."""
    if geometry.get("type") == "Point":
        longitude, latitude = geometry["coordinates"][:2]
        return float(longitude), float(latitude)
    try:
        point = make_valid(shape(geometry)).representative_point()
    except (GEOSException, KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"not a GeoJSON geometry: {error}") from error
    if point.is_empty:
        raise ValueError("an empty geometry")
    return round(point.x, 7), round(point.y, 7)


def place_of(attributes: Mapping[str, Any]) -> tuple[float, float] | None:
    """The point that stands for the `location` of these attributes."""
    geometry = value_of(attributes.get("location"))
    return point_of(geometry) if isinstance(geometry, Mapping) else None


def area_code_at(longitude: float, latitude: float) -> str:
    """INSEE code of the commune, empty outside the territory."""
    commune = territory.commune_at(longitude, latitude)
    return "" if commune is None else commune.code


def area_codes_at(places: Sequence[tuple[float | None, float | None]]) -> list[str]:
    """`area_code_at` for each of many places, empty without one."""
    located = [
        (longitude, latitude) for longitude, latitude in places if longitude is not None and latitude is not None
    ]
    communes = iter(territory.communes_at([place[0] for place in located], [place[1] for place in located]))
    codes: list[str] = []
    for longitude, latitude in places:
        commune = next(communes) if longitude is not None and latitude is not None else None
        codes.append("" if commune is None else commune.code)
    return codes
