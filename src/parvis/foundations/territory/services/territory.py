"""Loads the EPCI a deployment serves, with its communes: codes from the official list, outlines from the best source at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.foundations.audit.facade import record
from parvis.foundations.territory.index import current
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.outlines import approximate, geojson, service
from parvis.foundations.territory.outlines.shapes import Outline, outline_of, union_of
from parvis.foundations.territory.reference import Intercommunality, Member, intercommunality
from parvis.foundations.territory.services.report import (
    NO_OUTLINE,
    LoadReport,
    Provenance,
    Tally,
    named,
    outline_fields,
)
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import SYSTEM

Progress = Callable[[str], None]
_PLACE = ("geometry", "west", "south", "east", "north", "longitude", "latitude")


class TerritoryAlreadyLoaded(Refusal):
    """This deployment serves another EPCI."""

    status = 409
    code = "territory-already-loaded"


@dataclass(frozen=True, kw_only=True)
class _Source:
    """`outlines` by INSEE code; `provenance` None: what is stored is kept as it is."""

    outlines: Mapping[str, Outline]
    provenance: Provenance | None
    notes: tuple[str, ...] = ()


def load_territory(
    *,
    epci: str,
    boundaries: Path | None,
    now: datetime,
    progress: Progress = lambda _line: None,
    provenance: Provenance | None = None,
    replace: bool = False,
    actor: str = str(SYSTEM),
) -> LoadReport:
    """Loads or brings up to date; a second time changes nothing.

    Outlines come from `boundaries` (GeoJSON, described by `provenance`), else stay what they are, else come from the State's
    service, else are approximate. `replace` lets a deployment change of EPCI (a merger). The network is asked before the
    transaction. Raises `UnknownIntercommunality`, `NotGeoJson`, `NoMatchingCommune`, `UnusableOutline`,
    `TerritoryAlreadyLoaded`.
    """
    group = intercommunality(epci)
    _require_same(group, replace)
    progress(_("%(name)s : %(count)s communes") % {"name": group.name, "count": len(group.members)})
    source = _best_source(group, boundaries, provenance, progress)
    report = _store(group, source, now=now, actor=actor)
    progress(_("%(name)s : contours enregistrés") % {"name": group.name})
    return report


def _require_same(group: Intercommunality, replace: bool) -> None:
    other = Area.objects.of_kind(AreaKind.EPCI).exclude(code=group.siren).first()
    if other is not None and not replace:
        raise TerritoryAlreadyLoaded(
            _(
                "Ce déploiement sert déjà %(name)s (%(code)s). Un autre territoire demande une autre base, ou l’option --replace."
            )
            % {"name": other.name, "code": other.code}
        )


def _best_source(
    group: Intercommunality, boundaries: Path | None, provenance: Provenance | None, progress: Progress
) -> _Source:
    if boundaries is not None:
        outlines = geojson.outlines_of(geojson.features_in(boundaries), group.members, path=boundaries)
        return _Source(outlines=outlines, provenance=provenance or Provenance(source=boundaries.name))
    codes = [member.code for member in group.members]
    drawn = Area.objects.filter(code__in=codes, approximate=False).exclude(geometry=None).count()
    if drawn == len(codes):
        return _Source(outlines={}, provenance=None)
    progress(_("recherche des contours officiels"))
    answer = service.fetch_outlines(base_url=settings.PARVIS_GEOMETRY_URL, siren=group.siren, members=group.members)
    if answer.outlines:
        return _Source(outlines=answer.outlines, provenance=Provenance(source=service.SOURCE, licence=service.LICENCE))
    notes = (_("Contours officiels indisponibles : %(problem)s.") % {"problem": answer.problem},)
    if drawn:
        return _Source(outlines={}, provenance=None, notes=notes)
    return _Source(
        outlines=approximate.approximate_outlines(group.members),
        provenance=Provenance(source=approximate.SOURCE, approximate=True),
        notes=(*notes, _("Contours approximatifs : donnez un fichier par --boundaries.")),
    )


@transaction.atomic
def _store(group: Intercommunality, source: _Source, *, now: datetime, actor: str) -> LoadReport:
    tally = Tally()
    stored = Area.objects.of_kind(AreaKind.EPCI).select_for_update().order_by("id").first()
    known = {area.code: area for area in Area.objects.of_kind(AreaKind.COMMUNE)}
    drawn = {member.code: _outline_of_commune(source, known.get(member.code), member.code) for member in group.members}
    epci = tally.put(stored, _epci_fields(group) | _around(drawn, known, source))
    communes = [
        tally.put(known.get(member.code), _commune_fields(member, epci) | drawn[member.code])
        for member in group.members
    ]
    left = [area for area in known.values() if area.parent_id == epci.pk and area not in communes]
    Area.objects.filter(pk__in=[area.pk for area in left]).update(parent=None)
    current.forget()
    report = LoadReport(
        name=group.name,
        code=group.siren,
        created=tally.created,
        updated=tally.updated,
        unchanged=tally.unchanged,
        detached=named(left),
        without_outline=named(area for area in communes if area.geometry is None),
        repaired=tuple(member.name for member in group.members if _is_repaired(source, member.code)),
        provenance=source.provenance,
        notes=source.notes,
    )
    if report.changed:
        _journal(report, epci, actor=actor, now=now)
    return report


def _around(drawn: Mapping[str, Mapping[str, Any]], known: Mapping[str, Area], source: _Source) -> dict[str, Any]:
    """Outline of the EPCI: its communes, as they will be drawn."""
    geometries = [
        fields.get("geometry", known[code].geometry if code in known else None) for code, fields in drawn.items()
    ]
    parts = [outline_of(geometry, name=code) for code, geometry in zip(drawn, geometries, strict=True) if geometry]
    if not parts:
        return dict(NO_OUTLINE)
    whole = union_of(parts)
    if source.provenance is not None:
        return outline_fields(whole, source.provenance)
    return {name: value for name, value in outline_fields(whole, Provenance(source="")).items() if name in _PLACE}


def _commune_fields(member: Member, epci: Area) -> dict[str, Any]:
    return {
        "kind": AreaKind.COMMUNE,
        "code": member.code,
        "name": member.name,
        "siren": member.siren,
        "department_code": member.department_code,
        "parent_id": epci.pk,
        "population": member.population,
        "postal_codes": list(member.postal_codes),
    }


def _epci_fields(group: Intercommunality) -> dict[str, Any]:
    return {
        "kind": AreaKind.EPCI,
        "code": group.siren,
        "siren": group.siren,
        "name": group.name,
        "legal_form": group.legal_form,
        "department_code": group.department_code,
        "population": group.population,
    }


def _outline_of_commune(source: _Source, stored: Area | None, code: str) -> dict[str, Any]:
    """Nothing when what is stored stays. A file that lacks a commune does not erase a true outline, only an approximate one."""
    if source.provenance is None:
        return {}
    outline = source.outlines.get(code)
    if outline is not None:
        return outline_fields(outline, source.provenance)
    return {} if stored is not None and not stored.approximate else dict(NO_OUTLINE)


def _is_repaired(source: _Source, code: str) -> bool:
    outline = source.outlines.get(code)
    return outline is not None and outline.repaired


def _journal(report: LoadReport, epci: Area, *, actor: str, now: datetime) -> None:
    record(
        actor=actor,
        action="territory.loaded",
        urn=epci.urn,
        details={
            "created": report.created,
            "updated": report.updated,
            "detached": len(report.detached),
            "source": report.provenance.source if report.provenance else "",
        },
        now=now,
    )
