"""Where the rows of a file are, and why some of them cannot be there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry import shape

from parvis.foundations.territory import selectors as territory
from parvis.telemetry.context.loading.columns import Plan
from parvis.telemetry.context.loading.reading import Record
from parvis.telemetry.context.loading.typing import number
from parvis.telemetry.context.places import point_of

GEOMETRIES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
"""Those of a GeoProperty: no GeometryCollection (ETSI GS CIM 009 V1.8.1, 4.7)."""

_TOLERANCE_DEG = 0.005
"""Some 500 m: outlines are simplified, and a city lights the road that leads out of it."""
_TOLERANCE_APPROXIMATE_DEG = 0.05


class Unplaced(ValueError):
    """Why a row has no usable place; the text is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    longitude: float
    latitude: float
    geometry: dict[str, Any]


def place(record: Record, plan: Plan, *, decimal_comma: bool) -> Place:
    """From the geometry, else the coordinates. Raises `Unplaced`."""
    geometry = record.geometry or _parsed(record.values.get(plan.shape))
    if geometry is not None:
        return _from_geometry(geometry)
    if plan.point and record.values.get(plan.point):
        latitude, _comma, longitude = str(record.values[plan.point]).partition(",")
        return _from_numbers(longitude.strip(), latitude.strip(), decimal_comma=False)
    return _from_numbers(
        record.values.get(plan.longitude), record.values.get(plan.latitude), decimal_comma=decimal_comma
    )


def _parsed(cell: Any) -> Any:
    if not cell:
        return None
    if not isinstance(cell, str):
        return cell
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError as error:
        raise Unplaced(_("la géométrie n’est pas un GeoJSON")) from error


def _from_geometry(geometry: Any) -> Place:
    if not isinstance(geometry, dict) or geometry.get("type") not in GEOMETRIES:
        raise Unplaced(_("géométrie d’un type non admis"))
    try:
        longitude, latitude = point_of(geometry)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise Unplaced(_("géométrie invalide")) from error
    _check(longitude, latitude)
    return Place(longitude=longitude, latitude=latitude, geometry=geometry)


def _from_numbers(longitude: Any, latitude: Any, *, decimal_comma: bool) -> Place:
    if longitude in (None, "") or latitude in (None, ""):
        raise Unplaced(_("coordonnées absentes"))
    lon, lat = _number(longitude, decimal_comma), _number(latitude, decimal_comma)
    if lon is None or lat is None:
        raise Unplaced(_("coordonnées illisibles : « %(x)s », « %(y)s »") % {"x": longitude, "y": latitude})
    _check(lon, lat)
    return Place(longitude=lon, latitude=lat, geometry={"type": "Point", "coordinates": [lon, lat]})


def _number(value: Any, decimal_comma: bool) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    return number(str(value), decimal_comma=decimal_comma)


def _check(longitude: float, latitude: float) -> None:
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise Unplaced(_("coordonnées illisibles"))
    if abs(longitude) <= 180 and abs(latitude) <= 90:
        return
    if system := projected_in(longitude, latitude):
        problem = _("coordonnées projetées (%(system)s) : convertissez-les en degrés WGS 84 (EPSG:4326)")
        raise Unplaced(problem % {"system": system})
    raise Unplaced(_("ce ne sont pas des degrés : %(x)s, %(y)s") % {"x": longitude, "y": latitude})


def projected_in(x: float, y: float) -> str:
    """The system these metres of mainland France look like; empty when none."""
    if 0 <= x <= 1_350_000 and 5_950_000 <= y <= 7_250_000:
        return "Lambert-93, EPSG:2154"
    if 1_100_000 <= x <= 2_300_000 and 1_000_000 <= y <= 9_400_000:
        return _("Lambert conique conforme 9 zones, EPSG:3942 à 3950")
    if -700_000 <= x <= 1_200_000 and 5_000_000 <= y <= 6_700_000:
        return "Web Mercator, EPSG:3857"
    if 0 <= x <= 1_300_000 and 1_600_000 <= y <= 2_800_000:
        return "Lambert II étendu, EPSG:27572"
    if 100_000 <= x <= 900_000 and 4_500_000 <= y <= 5_750_000:
        return "UTM, EPSG:32630 à 32632"
    return ""


class Bounds:
    """The territory, with a tolerance; everywhere when none is loaded."""

    def __init__(self) -> None:
        features = [one for one in territory.outlines()["features"] if one.get("geometry")]
        box = territory.bounds()
        self._area: Any = None
        if features:
            rough = any(one["properties"].get("approximate") for one in features)
            around = shapely.union_all([shapely.make_valid(shape(one["geometry"])) for one in features])
            self._area = around.buffer(_TOLERANCE_APPROXIMATE_DEG if rough else _TOLERANCE_DEG)
        elif box is not None:
            self._area = shapely.box(*box).buffer(_TOLERANCE_APPROXIMATE_DEG)
        if self._area is not None:
            shapely.prepare(self._area)

    def problems(self, places: Sequence[Place]) -> list[str]:
        """For each place why it is out of the territory, empty when it is in it."""
        if self._area is None or not places:
            return [""] * len(places)
        x = np.array([place.longitude for place in places])
        y = np.array([place.latitude for place in places])
        inside = shapely.intersects_xy(self._area, x, y)
        swapped = shapely.intersects_xy(self._area, y, x)
        return [
            "" if is_in else self._problem(place, is_swapped)
            for place, is_in, is_swapped in zip(places, inside.tolist(), swapped.tolist(), strict=True)
        ]

    def _problem(self, place: Place, is_swapped: bool) -> str:
        told = {"x": f"{place.longitude:.5f}", "y": f"{place.latitude:.5f}"}
        if is_swapped:
            return _("longitude et latitude semblent inversées : %(x)s, %(y)s") % told
        return _("hors du territoire : %(x)s, %(y)s") % told
