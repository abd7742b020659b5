"""Communes as requests need them: their names, and the nearest one to a point that is in none."""

import math
from dataclasses import dataclass

from django.utils.formats import number_format
from shapely import Point, affinity
from shapely.geometry import shape

from parvis.foundations.territory import selectors as territory

_M_PER_DEGREE = 111_195


@dataclass(frozen=True, kw_only=True)
class Nearest:
    name: str
    code: str
    distance_m: float

    @property
    def distance_text(self) -> str:
        """`350 m`, `2,4 km`: rounded as one would say it (`number_format` truncates)."""
        if self.distance_m < 1000:
            return f"{max(10, round(self.distance_m, -1)):.0f}\u00a0m"
        return f"{number_format(round(self.distance_m / 1000, 1), 1)}\u00a0km"


def nearest_commune(longitude: float, latitude: float) -> Nearest | None:
    """The commune whose outline is nearest to an EPSG:4326 point; None when no outline is loaded.

    For the rare point outside: it opens every outline. Distances by an equirectangular projection at the point's latitude,
    within 1 % for the tens of kilometres that matter here.
    """
    squeeze = math.cos(math.radians(latitude))
    here = Point(longitude * squeeze, latitude)
    best: Nearest | None = None
    for feature in territory.outlines()["features"]:
        outline = affinity.scale(shape(feature["geometry"]), xfact=squeeze, yfact=1, origin=(0, 0))
        distance_m = outline.distance(here) * _M_PER_DEGREE
        if best is None or distance_m < best.distance_m:
            best = Nearest(
                name=feature["properties"]["name"], code=feature["properties"]["code"], distance_m=distance_m
            )
    return best


def commune_names() -> dict[str, str]:
    """Name by code, in alphabetical order; one query."""
    return dict(territory.communes().order_by("name").values_list("code", "name"))
