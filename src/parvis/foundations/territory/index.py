"""Which areas hold a point, answered in this process from memory.

The index is immutable and replaced as a whole; whether it is still right is asked of the database at most once a second,
by a stamp that a trigger renews with every write to `Area`. Both questions go below Django's cursor, so that this
housekeeping never counts among the queries of a page.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry import shape

from parvis.foundations.territory.models import AreaKind
from parvis.foundations.territory.values import AreaRef
from parvis.kernel.sql import hot_cursor

CHECK_EVERY_S = 1.0

_STAMP = "SELECT stamp FROM territory_revision"
_AREAS = """
SELECT id, kind, code, name, parent_id, geometry::text FROM territory_area WHERE kind = 'epci' OR parent_id IS NOT NULL
"""
_DEPTH = {AreaKind.EPCI: 0, AreaKind.COMMUNE: 1, AreaKind.DISTRICT: 2, AreaKind.SUB_DISTRICT: 3}


@dataclass(frozen=True, kw_only=True)
class _Indexed:
    ref: AreaRef
    depth: int
    parent_id: int | None


@dataclass(frozen=True, kw_only=True)
class AreaIndex:
    """`tree` holds the communes and what divides them; the EPCI of a point is that of its commune."""

    stamp: UUID | None
    areas: Mapping[int, _Indexed] = field(default_factory=dict)
    outlined: tuple[_Indexed, ...] = ()
    outlines: Any = None
    tree: shapely.STRtree | None = None

    def at(self, longitude: float, latitude: float) -> tuple[AreaRef, ...]:
        """Smallest first. A point on a border belongs to the lowest code, and always to the same chain of areas."""
        if self.tree is None:
            return ()
        boxes = self.tree.query(shapely.points(longitude, latitude))
        if not len(boxes):
            return ()
        held = boxes[shapely.intersects_xy(self.outlines[boxes], longitude, latitude)]
        chain: list[_Indexed] = []
        for found in sorted(
            (self.outlined[position] for position in held), key=lambda area: (area.depth, area.ref.code)
        ):
            # Districts are drawn by another hand than communes: near a border they may overlap the neighbour's.
            if not chain or found.parent_id == chain[-1].ref.id:
                chain.append(found)
        if not chain:
            return ()
        return (*(area.ref for area in reversed(chain)), *self._above(chain[0]))

    def communes_of(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[AreaRef | None]:
        """The commune of each point, as `at` tells it, thousands at a time (some microseconds each)."""
        found: list[AreaRef | None] = [None] * len(longitudes)
        if self.tree is None or not found:
            return found
        points, positions = self.tree.query(shapely.points(longitudes, latitudes), predicate="intersects")
        for point, position in zip(points.tolist(), positions.tolist(), strict=True):
            ref, known = self.outlined[position].ref, found[point]
            if ref.kind is AreaKind.COMMUNE and (known is None or ref.code < known.code):
                found[point] = ref
        return found

    def _above(self, area: _Indexed) -> Iterator[AreaRef]:
        while area.parent_id is not None and (above := self.areas.get(area.parent_id)) is not None:
            yield above.ref
            area = above


class CurrentIndex:
    """The index of this process. Threads that find it old while another reloads it go on with the old one."""

    def __init__(self) -> None:
        self._index = AreaIndex(stamp=None)
        self._check_at = 0.0
        self._reloading = threading.Lock()

    def get(self) -> AreaIndex:
        if time.monotonic() < self._check_at:
            return self._index
        if not self._reloading.acquire(blocking=self._index.stamp is None):
            return self._index
        try:
            if time.monotonic() >= self._check_at:
                self._refresh()
        finally:
            self._reloading.release()
        return self._index

    def forget(self) -> None:
        """The next question asks the database first, and others wait for its answer: after a write by this process."""
        self._index = AreaIndex(stamp=None)
        self._check_at = 0.0

    def _refresh(self) -> None:
        with hot_cursor() as cursor:
            stamp = _stamp(cursor)
            if stamp != self._index.stamp:
                self._index = index_of(stamp, cursor.execute(_AREAS).fetchall())
        self._check_at = time.monotonic() + CHECK_EVERY_S


current = CurrentIndex()


def stamp() -> UUID | None:
    """Changes with every change of an area: the version of whatever is drawn from them."""
    return current.get().stamp


def _stamp(cursor: Any) -> UUID | None:
    row = cursor.execute(_STAMP).fetchone()
    return row[0] if row else None


def index_of(stamp: UUID | None, rows: list[tuple[Any, ...]]) -> AreaIndex:
    areas: dict[int, _Indexed] = {}
    outlined: list[_Indexed] = []
    shapes: list[Any] = []
    for area_id, kind, code, name, parent_id, geometry in rows:
        ref = AreaRef(id=area_id, kind=AreaKind(kind), code=code, name=name)
        areas[area_id] = _Indexed(ref=ref, depth=_DEPTH[ref.kind], parent_id=parent_id)
        if geometry is not None and ref.kind is not AreaKind.EPCI:
            outlined.append(areas[area_id])
            shapes.append(shape(json.loads(geometry)))
    outlines = np.array(shapes, dtype=object)
    shapely.prepare(outlines)
    return AreaIndex(
        stamp=stamp,
        areas=areas,
        outlined=tuple(outlined),
        outlines=outlines,
        tree=shapely.STRtree(outlines) if shapes else None,
    )
