"""Loads the districts of a commune, or the sub-districts of its districts, from a GeoJSON file of the city."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from shapely import Point
from shapely.geometry import shape

from parvis.foundations.audit.facade import record
from parvis.foundations.territory.index import current
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.outlines.geojson import Feature, features_in, properties_of
from parvis.foundations.territory.outlines.shapes import Outline, outline_of
from parvis.foundations.territory.services.report import LoadReport, Provenance, Tally, named, outline_fields
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import SYSTEM

NAME_PROPERTIES = ("name", "nom", "libelle", "LIBELLE", "NOM", "libquart")
ID_PROPERTIES = ("id", "code", "CODE", "numero", "NUMERO")


class UnknownParent(Refusal):
    """No commune of the territory has this code."""

    code = "unknown-parent"


class UnusableDistricts(Refusal):
    """The features have no name, no identifier, or the same identifier twice."""

    code = "unusable-districts"


@dataclass(frozen=True, kw_only=True)
class _Read:
    local: str
    name: str
    outline: Outline


def load_districts(
    *,
    path: Path,
    parent_code: str,
    kind: AreaKind = AreaKind.DISTRICT,
    now: datetime,
    progress: Callable[[str], None] = lambda _line: None,
    provenance: Provenance | None = None,
    actor: str = str(SYSTEM),
) -> LoadReport:
    """Loads or brings up to date; a second time changes nothing; what the file no longer holds is detached.

    `parent_code` is a commune, whose districts the sub-districts of the file are placed in. Codes are
    `<parent code>-<id in the file>`. Raises `UnknownParent`, `NotGeoJson`, `UnusableOutline`, `UnusableDistricts`.
    """
    commune = Area.objects.of_kind(AreaKind.COMMUNE).attached().filter(code=parent_code).first()
    if commune is None:
        raise UnknownParent(_("Aucune commune du territoire n’a le code « %(code)s ».") % {"code": parent_code})
    read = _read(features_in(path), path)
    progress(_("%(path)s : %(count)s contours lus") % {"path": path.name, "count": len(read)})
    return _store(commune, read, kind, provenance or Provenance(source=path.name), now=now, actor=actor)


def _read(features: Iterable[Feature], path: Path) -> list[_Read]:
    read: dict[str, _Read] = {}
    for number, feature in enumerate(features, 1):
        properties = properties_of(feature)
        name = _first(properties, NAME_PROPERTIES)
        local = _first(properties, ID_PROPERTIES) or str(feature.get("id") or "")
        if not name or not local:
            raise UnusableDistricts(
                _("%(path)s, objet %(number)s : il faut un nom (%(names)s) et un identifiant (%(ids)s).")
                % {
                    "path": path.name,
                    "number": number,
                    "names": ", ".join(NAME_PROPERTIES[:3]),
                    "ids": ", ".join(ID_PROPERTIES[:2]),
                }
            )
        if local in read:
            raise UnusableDistricts(
                _("%(path)s : l’identifiant « %(id)s » est porté par %(first)s et par %(second)s.")
                % {"path": path.name, "id": local, "first": read[local].name, "second": name}
            )
        read[local] = _Read(local=local, name=name, outline=outline_of(feature.get("geometry"), name=name))
    return list(read.values())


def _first(properties: dict[str, object], names: Iterable[str]) -> str:
    return next((str(value).strip() for name in names if (value := properties.get(name)) not in (None, "")), "")


@transaction.atomic
def _store(
    commune: Area, read: list[_Read], kind: AreaKind, provenance: Provenance, *, now: datetime, actor: str
) -> LoadReport:
    parents = [commune] if kind is AreaKind.DISTRICT else _districts(commune)
    known = {area.code: area for area in Area.objects.of_kind(kind).filter(code__startswith=f"{commune.code}-")}
    tally = Tally()
    kept = []
    for item in read:
        parent = _holder(item, parents)
        code = f"{parent.code}-{item.local}"
        fields = {"kind": kind, "code": code, "name": item.name, "parent_id": parent.pk}
        kept.append(tally.put(known.get(code), fields | outline_fields(item.outline, provenance)))
    left = [area for area in known.values() if area.parent_id is not None and area not in kept]
    Area.objects.filter(pk__in=[area.pk for area in left]).update(parent=None)
    current.forget()
    report = LoadReport(
        name=commune.name,
        code=commune.code,
        created=tally.created,
        updated=tally.updated,
        unchanged=tally.unchanged,
        detached=named(left),
        repaired=tuple(item.name for item in read if item.outline.repaired),
        provenance=provenance,
    )
    if report.changed:
        details: dict[str, str | int] = {
            "kind": str(kind),
            "created": report.created,
            "updated": report.updated,
            "detached": len(left),
        }
        record(actor=actor, action="territory.districts_loaded", urn=commune.urn, details=details, now=now)
    return report


def _districts(commune: Area) -> list[Area]:
    found = list(Area.objects.of_kind(AreaKind.DISTRICT).filter(parent=commune).exclude(geometry=None).order_by("code"))
    if not found:
        raise UnknownParent(
            _("%(name)s n’a pas encore de quartiers : chargez-les avant les sous-quartiers.") % {"name": commune.name}
        )
    return found


def _holder(item: _Read, parents: list[Area]) -> Area:
    if len(parents) == 1:
        return parents[0]
    point = Point(*item.outline.point)
    holder = next((parent for parent in parents if shape(parent.geometry).covers(point)), None)
    if holder is None:
        raise UnusableDistricts(_("%(name)s n’est dans aucun quartier connu de la commune.") % {"name": item.name})
    return holder
