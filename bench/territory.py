"""How long a point takes to find its areas: `python bench/territory.py`.

A grid of 90 communes of some 300 vertices each, as dense as Admin Express, in memory, without a database. Prints the median,
the 99th percentile and the worst, in microseconds, and the ratio to the 1 ms that is promised.
"""

import json
import math
import os
import random
import statistics
import sys
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import django
from shapely.geometry import Polygon, mapping

if TYPE_CHECKING:
    from parvis.foundations.territory.index import AreaIndex

COMMUNES = 90
VERTICES = 300
POINTS = 20_000
LIMIT_US = 1000


def wavy_square(west: float, south: float, side: float, vertices: int) -> Polygon:
    """A square whose edges undulate the same way on both sides of a border."""
    per_edge = vertices // 4
    steps = [index / per_edge for index in range(per_edge)]

    def wave(at: float) -> float:
        return 0.03 * side * math.sin(at * 6 * math.pi)

    south_edge = [(west + step * side, south + wave(step)) for step in steps]
    east_edge = [(west + side + wave(step), south + step * side) for step in steps]
    north_edge = [(west + (1 - step) * side, south + side + wave(1 - step)) for step in steps]
    west_edge = [(west + wave(1 - step), south + (1 - step) * side) for step in steps]
    return Polygon([*south_edge, *east_edge, *north_edge, *west_edge])


def grid() -> "AreaIndex":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    from parvis.foundations.territory.index import index_of

    rows = [(1, "epci", "200000000", "EPCI", None, None)]
    for rank in range(COMMUNES):
        outline = wavy_square(5 + (rank % 10) / 20, 47 + (rank // 10) / 20, 1 / 20, VERTICES)
        rows.append((rank + 2, "commune", f"{21000 + rank}", f"Commune {rank}", 1, json.dumps(mapping(outline))))
    return index_of(uuid4(), rows)


def main() -> None:
    started = time.perf_counter()
    index = grid()
    built_ms = (time.perf_counter() - started) * 1000
    rng = random.Random(1)
    points = [(rng.uniform(4.98, 5.52), rng.uniform(46.98, 47.47)) for _ in range(POINTS)]
    took = []
    found = 0
    for longitude, latitude in points:
        started = time.perf_counter()
        found += bool(index.at(longitude, latitude))
        took.append((time.perf_counter() - started) * 1_000_000)
    took.sort()
    median = statistics.median(took)
    print(
        f"{COMMUNES} communes of {VERTICES} vertices, {POINTS} points, {found / POINTS:.0%} inside; index built in {built_ms:.0f} ms"
    )
    print(f"median {median:.1f} us, p99 {took[int(POINTS * 0.99)]:.1f} us, worst {took[-1]:.0f} us")
    print(f"promise of {LIMIT_US} us: {LIMIT_US / median:.0f} times faster at the median")


if __name__ == "__main__":
    sys.exit(main())
