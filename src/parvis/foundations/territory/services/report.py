"""What a load did, and where its outlines come from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext as _

from parvis.foundations.territory.models import Area
from parvis.foundations.territory.outlines.shapes import Outline


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Shown wherever the outlines are drawn: attribution is what the Licence Ouverte asks for."""

    source: str
    licence: str = ""
    source_on: date | None = None
    approximate: bool = False


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """Counts are of areas, the EPCI included; the tuples name areas, the `notes` are French sentences."""

    name: str
    code: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    detached: tuple[str, ...] = ()
    without_outline: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    provenance: Provenance | None = None
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.detached)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """As an operator reads it, the counts first."""
        counts = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        yield (
            f"{self.name} ({self.code}): "
            + _("%(created)s créés, %(updated)s modifiés, %(unchanged)s inchangés") % counts
        )
        if self.provenance:
            yield _("Contours : %(source)s") % {"source": gettext(self.provenance.source)}
        for label, names in (
            (_("Détachés, ne sont plus dans le territoire"), self.detached),
            (_("Sans contour"), self.without_outline),
            (_("Contour invalide, réparé"), self.repaired),
        ):
            if names:
                yield f"{label} : {', '.join(names)}"
        yield from self.notes


def outline_fields(outline: Outline, provenance: Provenance) -> dict[str, Any]:
    west, south, east, north = outline.bounds
    longitude, latitude = outline.point
    return {
        "geometry": outline.geometry,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "longitude": longitude,
        "latitude": latitude,
        "source": provenance.source,
        "source_on": provenance.source_on,
        "licence": provenance.licence,
        "approximate": provenance.approximate,
    }


NO_OUTLINE: dict[str, Any] = {
    **dict.fromkeys(("geometry", "west", "south", "east", "north", "longitude", "latitude", "source_on")),
    "source": "",
    "licence": "",
    "approximate": False,
}


class Tally:
    """Writes only the rows that differ, and counts."""

    def __init__(self) -> None:
        self.created = self.updated = self.unchanged = 0

    def put(self, area: Area | None, fields: Mapping[str, Any]) -> Area:
        """`fields` includes `code`; saves a new row, or the fields that changed of `area`."""
        if area is None:
            self.created += 1
            return Area.objects.create(**fields)
        changed = [name for name, value in fields.items() if getattr(area, name) != value]
        if not changed:
            self.unchanged += 1
            return area
        for name in changed:
            setattr(area, name, fields[name])
        area.save(update_fields=changed)
        self.updated += 1
        return area


def named(areas: Iterable[Area]) -> tuple[str, ...]:
    return tuple(f"{area.name} ({area.code})" for area in areas)
