"""From any GeoJSON polygon to an outline fit to be stored: valid, in degrees, in two dimensions, six decimals (0.1 m)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from parvis.kernel.errors import Refusal

PRECISION_DEGREES = 1e-6
LOST_AREA_REFUSED = 0.1
"""A repair that changes more than this share of the surface has guessed, not repaired."""

GeoJson = dict[str, Any]


class UnusableOutline(Refusal):
    """The geometry cannot be the outline of an area; the message says why."""

    code = "unusable-outline"


@dataclass(frozen=True, kw_only=True)
class Outline:
    """`geometry` is a GeoJSON Polygon or MultiPolygon, EPSG:4326; `point` (longitude, latitude) lies inside."""

    geometry: GeoJson
    bounds: tuple[float, float, float, float]
    point: tuple[float, float]
    repaired: bool = False


def outline_of(geometry: Mapping[str, Any] | None, *, name: str) -> Outline:
    """`name` is of the area, for the message. Raises `UnusableOutline`."""
    shaped = _shaped(geometry, name)
    _require_degrees(shaped, name)
    valid, repaired = _repaired(shapely.force_2d(shaped), name)
    return built(valid, repaired=repaired)


def union_of(outlines: Iterable[Outline]) -> Outline:
    """The outline around several, for an EPCI or a commune born of a merger."""
    parts = list(outlines)
    merged = shapely.union_all([shape(part.geometry) for part in parts])
    return built(_polygons(merged), repaired=any(part.repaired for part in parts))


def built(polygons: BaseGeometry, *, repaired: bool = False) -> Outline:
    rounded = _polygons(shapely.set_precision(polygons, PRECISION_DEGREES))
    point = rounded.representative_point()
    west, south, east, north = rounded.bounds
    return Outline(
        geometry=_geojson(rounded),
        bounds=(west, south, east, north),
        point=(round(point.x, 6), round(point.y, 6)),
        repaired=repaired,
    )


def _shaped(geometry: Mapping[str, Any] | None, name: str) -> BaseGeometry:
    if not geometry or geometry.get("type") not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        found = (geometry or {}).get("type") or _("aucune géométrie")
        raise UnusableOutline(
            _("%(name)s : un polygone est attendu, le fichier contient : %(found)s.") % {"name": name, "found": found}
        )
    try:
        shaped = shape(geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
        raise UnusableOutline(
            _("%(name)s : la géométrie est illisible (%(error)s).") % {"name": name, "error": error}
        ) from error
    if shaped.is_empty:
        raise UnusableOutline(_("%(name)s : la géométrie est vide.") % {"name": name})
    return shaped


def _require_degrees(shaped: BaseGeometry, name: str) -> None:
    west, south, east, north = shaped.bounds
    if not (abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90):
        raise UnusableOutline(
            _(
                "%(name)s : les coordonnées (%(x)s ; %(y)s) ne sont pas des degrés. Le fichier semble projeté (Lambert-93 ?) : "
                "exportez-le en EPSG:4326, longitude puis latitude."
            )
            % {"name": name, "x": round(west), "y": round(south)}
        )
    # Metropolitan France seen with its axes exchanged lies off Somalia, where no French territory is.
    if west >= 41 and east <= 52 and south >= -6 and north <= 10:
        raise UnusableOutline(
            _(
                "%(name)s : longitude et latitude semblent inversées (%(x)s ; %(y)s). Le GeoJSON veut la longitude d’abord."
            )
            % {"name": name, "x": round(west, 2), "y": round(south, 2)}
        )


def _repaired(shaped: BaseGeometry, name: str) -> tuple[BaseGeometry, bool]:
    if shaped.is_valid and shaped.geom_type != "GeometryCollection":
        return shaped, False
    valid = _polygons(shapely.make_valid(shaped))
    if valid.is_empty or valid.area == 0 or abs(valid.area - shaped.area) > LOST_AREA_REFUSED * valid.area:
        raise UnusableOutline(
            _("%(name)s : la géométrie est invalide et ne peut être réparée sans la déformer (%(why)s).")
            % {"name": name, "why": shapely.is_valid_reason(shaped)}
        )
    return valid, True


def _polygons(shaped: BaseGeometry) -> BaseGeometry:
    """What is a surface in `shaped`: repairs and unions may leave lines and points beside it."""
    parts = shapely.get_parts([shaped])
    while any(part.geom_type not in ("Polygon", "LineString", "Point", "LinearRing") for part in parts):
        parts = shapely.get_parts(parts)
    surfaces = [part for part in parts if part.geom_type == "Polygon"]
    return surfaces[0] if len(surfaces) == 1 else shapely.multipolygons(surfaces)


def _geojson(shaped: BaseGeometry) -> GeoJson:
    drawn = mapping(shaped)
    return {"type": drawn["type"], "coordinates": _rounded(drawn["coordinates"])}


def _rounded(value: Any) -> Any:
    # Lists, not tuples, so that a stored outline and the same outline read again compare equal.
    return round(value, 6) if isinstance(value, float) else [_rounded(item) for item in value]
