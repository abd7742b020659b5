"""Distances in metres between geometries on the sphere (EPSG:4326, lon/lat; mean radius of the Earth), from their nearest points.

Edges are arcs of great circles. Of two arcs that do not cross, an end of one is nearest: so the nearest of all ends is exact. The
sphere differs from the ellipsoid by half a percent at most.
"""

from math import asin, cos, radians, sin, sqrt

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

EARTH_M = 6_371_008.8

_Vectors = npt.NDArray[np.float64]


def between_points(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """The haversine formula."""
    half_latitude = sin(radians(other_latitude - latitude) / 2)
    half_longitude = sin(radians(other_longitude - longitude) / 2)
    inner = half_latitude**2 + cos(radians(latitude)) * cos(radians(other_latitude)) * half_longitude**2
    return 2 * EARTH_M * asin(min(1.0, sqrt(inner)))


def between_point_and(longitude: float, latitude: float, longitudes: _Vectors, latitudes: _Vectors) -> _Vectors:
    """The same from one point to many."""
    half_latitudes = np.sin(np.radians(latitudes - latitude) / 2)
    half_longitudes = np.sin(np.radians(longitudes - longitude) / 2)
    inner = half_latitudes**2 + cos(radians(latitude)) * np.cos(np.radians(latitudes)) * half_longitudes**2
    return np.asarray(2 * EARTH_M * np.arcsin(np.minimum(1.0, np.sqrt(inner))))


def between(one: BaseGeometry, other: BaseGeometry) -> float:
    if shapely.intersects(one, other):
        return 0.0
    starts, ends = _edges(one)
    other_starts, other_ends = _edges(other)
    return min(_nearest(starts, ends, other_starts, other_ends), _nearest(other_starts, other_ends, starts, ends))


def _nearest(starts: _Vectors, ends: _Vectors, other_starts: _Vectors, other_ends: _Vectors) -> float:
    """From the ends of these edges to those edges."""
    corners = np.unique(np.concatenate((starts, ends)), axis=0)
    return min(float(_to_edges(corner, other_starts, other_ends).min()) for corner in corners)


def _to_edges(point: _Vectors, starts: _Vectors, ends: _Vectors) -> _Vectors:
    to_ends = np.minimum(_angles(point, starts), _angles(point, ends))
    normals = np.cross(starts, ends)
    sizes = np.linalg.norm(normals, axis=1)
    normals = np.divide(normals, sizes[:, None], out=np.zeros_like(normals), where=sizes[:, None] > 0)
    beside = (np.cross(normals, starts) @ point >= 0) & (np.cross(ends, normals) @ point >= 0) & (sizes > 0)
    across = np.arcsin(np.clip(np.abs(normals @ point), 0, 1))
    return np.asarray(np.where(beside, across, to_ends) * EARTH_M)


def _angles(point: _Vectors, others: _Vectors) -> _Vectors:
    """By the chord, which stays precise for a few metres."""
    return np.asarray(2 * np.arcsin(np.clip(np.linalg.norm(others - point, axis=1) / 2, 0, 1)))


def _edges(geometry: BaseGeometry) -> tuple[_Vectors, _Vectors]:
    """Starts and ends as unit vectors; a point is an edge without length."""
    starts, ends = [], []
    for part in shapely.get_parts(geometry):
        for ring in shapely.get_rings(part) if part.geom_type == "Polygon" else (part,):
            corners = _vectors(shapely.get_coordinates(ring))
            several = len(corners) > 1
            starts.append(corners[:-1] if several else corners)
            ends.append(corners[1:] if several else corners)
    return np.concatenate(starts), np.concatenate(ends)


def _vectors(coordinates: npt.NDArray[np.float64]) -> _Vectors:
    longitudes, latitudes = np.radians(coordinates[:, 0]), np.radians(coordinates[:, 1])
    return np.stack(
        (np.cos(latitudes) * np.cos(longitudes), np.cos(latitudes) * np.sin(longitudes), np.sin(latitudes)), axis=1
    )
