"""A map when nothing better can be had: one hexagon per commune, the most populated in the middle.

Right in its list of communes, wrong in their shapes and places, and said to be so wherever it is drawn. Cells share their
edges exactly, so that a point of the map is always in one commune.
"""

import math
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_noop
from shapely.geometry import Polygon

from parvis.foundations.territory.outlines.departments import centre_of
from parvis.foundations.territory.outlines.shapes import Outline, built
from parvis.foundations.territory.reference import Member

SOURCE = gettext_noop("Contours approximatifs calculés par Parvis")
CELL_AREA_KM2 = 10.5
"""Mean area of a commune of a French métropole (Dijon: 240 km² for 23)."""
KM_PER_DEGREE = 111.2
RADIUS_KM = math.sqrt(CELL_AREA_KM2 * 2 / (3 * math.sqrt(3)))

# Corners of a pointy-top cell in half steps: x by sqrt(3)/2 radius, y by 1/2 radius. Integers, so that neighbours
# compute the same corner from the same numbers.
_CORNERS = ((0, 2), (1, 1), (1, -1), (0, -2), (-1, -1), (-1, 1))
_DIRECTIONS = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))


def approximate_outlines(members: Sequence[Member]) -> dict[str, Outline]:
    """By INSEE code; deterministic. `members` by decreasing population."""
    centre = centre_of(members[0].department_code)
    return {
        member.code: built(_cell(column, row, centre))
        for member, (column, row) in zip(members, _spiral(), strict=False)
    }


def _spiral() -> Iterator[tuple[int, int]]:
    """Axial coordinates of cells, ring after ring, without end."""
    yield 0, 0
    ring = 1
    while True:
        column, row = 0, -ring
        for step_column, step_row in _DIRECTIONS:
            for _step in range(ring):
                yield column, row
                column, row = column + step_column, row + step_row
        ring += 1


def _cell(column: int, row: int, centre: tuple[float, float]) -> Polygon:
    longitude, latitude = centre
    x_step = RADIUS_KM * math.sqrt(3) / 2 / (KM_PER_DEGREE * math.cos(math.radians(latitude)))
    y_step = RADIUS_KM / 2 / KM_PER_DEGREE
    return Polygon(
        (longitude + (2 * column + row + x) * x_step, latitude + (3 * row + y) * y_step) for x, y in _CORNERS
    )
