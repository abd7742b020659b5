"""What others ask of the territory: its areas, and which of them hold a point (EPSG:4326, longitude then latitude)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from parvis.foundations.territory import index
from parvis.foundations.territory.models import Area, AreaKind, AreaQuerySet
from parvis.foundations.territory.values import AreaRef

__all__ = [
    "AreaRef",
    "areas_at",
    "attribution",
    "bounds",
    "commune_at",
    "communes",
    "communes_at",
    "outlines",
    "outlines_document",
    "revision",
    "territory",
]


def territory() -> Area | None:
    """The EPCI this deployment serves; None before `parvis load territory`."""
    return Area.objects.of_kind(AreaKind.EPCI).order_by("id").first()


def communes() -> AreaQuerySet:
    """Members of the EPCI, by name. The outlines are left out: `outlines()` draws them."""
    return Area.objects.of_kind(AreaKind.COMMUNE).attached().defer("geometry").order_by("sort_name", "code")


def areas_at(longitude: float, latitude: float) -> tuple[AreaRef, ...]:
    """Areas that hold the point, smallest first, the EPCI last; empty outside. Borders are inside, of one area only.

    In memory, some microseconds; another process's change is seen within a second.
    """
    return index.current.get().at(longitude, latitude)


def commune_at(longitude: float, latitude: float) -> AreaRef | None:
    return next((area for area in areas_at(longitude, latitude) if area.kind is AreaKind.COMMUNE), None)


def communes_at(longitudes: Sequence[float], latitudes: Sequence[float]) -> list[AreaRef | None]:
    """`commune_at` for each of many points, in their order; for loads."""
    return index.current.get().communes_of(longitudes, latitudes)


def bounds() -> tuple[float, float, float, float] | None:
    """(west, south, east, north) of the EPCI."""
    area = territory()
    if area is None or area.west is None or area.south is None or area.east is None or area.north is None:
        return None
    return area.west, area.south, area.east, area.north


def outlines() -> dict[str, Any]:
    """GeoJSON FeatureCollection of the communes, by name; those without an outline are left out."""
    rows = Area.objects.of_kind(AreaKind.COMMUNE).attached().exclude(geometry=None).order_by("sort_name", "code")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": area.code,
                "properties": {
                    "code": area.code,
                    "name": area.name,
                    "approximate": area.approximate,
                    "longitude": area.longitude,
                    "latitude": area.latitude,
                },
                "geometry": area.geometry,
            }
            for area in rows
        ],
    }


def revision() -> UUID | None:
    """Changes with every change of an area: a version for what is computed from them."""
    return index.stamp()


def attribution() -> str:
    """One line to show beside a map of the outlines; empty when there is none."""
    area = territory()
    if area is None or area.geometry is None:
        return ""
    parts = [
        gettext(area.source) if area.source else "",
        area.source_on.isoformat() if area.source_on else "",
        area.licence,
    ]
    return ", ".join(part for part in parts if part)


def outlines_document() -> dict[str, Any]:
    """`outlines()` with the attribution and whether they are approximate, as published."""
    area = territory()
    return outlines() | {
        "name": area.name if area else "",
        "attribution": attribution(),
        "approximate": bool(area and area.approximate),
    }
