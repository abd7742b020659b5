"""Plausible places for a demonstration city: invented streets inside real or approximate outlines. Never real addresses."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from parvis.foundations.territory.models import Area
from parvis.foundations.territory.selectors import communes

METRES_PER_DEGREE = 111_320.0
Place = tuple[float, float]
"""Longitude, latitude, EPSG:4326."""


@dataclass(frozen=True, kw_only=True)
class Quarter:
    """A commune with its outline, its heart and the direction of its street grid."""

    area: Area
    outline: BaseGeometry
    heart: Place
    spread_m: float
    bearing: float


def quarters(rng: random.Random) -> list[Quarter]:
    """Communes that have an outline; streets gather round a heart, over a radius that grows with the population."""
    found = []
    for area in communes().exclude(geometry=None).order_by("code"):
        outline = shape(area.geometry)
        shapely.prepare(outline)
        if area.longitude is None or area.latitude is None:
            continue
        reach = math.sqrt(outline.area) * METRES_PER_DEGREE / 2
        spread = min(reach * 0.8, 250.0 + 7.0 * math.sqrt(area.population or 500))
        found.append(
            Quarter(
                area=area,
                outline=outline,
                heart=(area.longitude, area.latitude),
                spread_m=spread,
                bearing=rng.uniform(0, math.pi / 2),
            )
        )
    return found


def shares(total: int, found: list[Quarter]) -> list[int]:
    """`total` over the communes by population, each at least one, exactly `total` when it is large enough."""
    weights = [max(1, quarter.area.population or 1) for quarter in found]
    counts = [max(1, int(total * weight / sum(weights))) for weight in weights]
    order = sorted(range(len(counts)), key=lambda index: -weights[index])
    for index in range(max(0, total - sum(counts))):
        counts[order[index % len(order)]] += 1
    return counts


def along_streets(quarter: Quarter, count: int, rng: random.Random, *, spacing_m: float) -> Iterator[tuple[int, Place]]:
    """`count` places along invented streets, `spacing_m` apart: number of the street, place."""
    given = street = 0
    misses = 0
    while given < count:
        street += 1
        bearing = quarter.bearing + rng.choice((0.0, math.pi / 2)) + rng.gauss(0, 0.12)
        curve = rng.gauss(0, 0.015)
        at = offset(quarter.heart, rng.gauss(0, quarter.spread_m / 2), rng.gauss(0, quarter.spread_m / 2))
        for _ in range(rng.randint(5, 22)):
            if given >= count:
                return
            if not quarter.outline.contains(shapely.Point(at)):
                misses += 1
                if misses > 50 * count:
                    return
                break
            yield street, at
            given += 1
            at = offset(at, spacing_m * math.cos(bearing), spacing_m * math.sin(bearing))
            bearing += curve


def scattered(quarter: Quarter, count: int, rng: random.Random) -> Iterator[Place]:
    """`count` places anywhere in the built part."""
    given = 0
    for _ in range(200 * count):
        if given == count:
            return
        at = offset(quarter.heart, rng.gauss(0, quarter.spread_m / 2), rng.gauss(0, quarter.spread_m / 2))
        if quarter.outline.contains(shapely.Point(at)):
            given += 1
            yield at


def scatter(total: int, rng: random.Random) -> Iterator[tuple[Quarter, int, Place]]:
    """About `total` places over the whole territory: commune, number within it from 1, place."""
    found = quarters(rng)
    for quarter, count in zip(found, shares(total, found), strict=True):
        for index, place in enumerate(scattered(quarter, count, rng), start=1):
            yield quarter, index, place


def offset(place: Place, east_m: float, north_m: float) -> Place:
    """Six decimals, about 10 cm."""
    longitude, latitude = place
    return (
        round(longitude + east_m / (METRES_PER_DEGREE * math.cos(math.radians(latitude))), 6),
        round(latitude + north_m / METRES_PER_DEGREE, 6),
    )
