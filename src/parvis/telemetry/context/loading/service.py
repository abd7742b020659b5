"""From a file to things: read, understood, checked row by row, then written in one transaction."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel.urn import MalformedUrn, Urn
from parvis.telemetry.context.attributes import geo_property_of, property_of
from parvis.telemetry.context.loading.columns import ColumnsRefused, Plan, plan
from parvis.telemetry.context.loading.placing import Bounds, Place, Unplaced, place
from parvis.telemetry.context.loading.reading import FileRefused, Record, Table, read
from parvis.telemetry.context.loading.report import LoadReport, Rejected
from parvis.telemetry.context.loading.typing import Reader, reader_of
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_URN_SAFE = "()+,-.:=@;$_!*'/?#~&[]"  # what `Urn` allows besides letters and digits
_BATCH = 5000


def load_things(
    path: Path,
    *,
    type: str,
    now: datetime,
    id_column: str = "",
    mapping: Mapping[str, str] | None = None,
    only_mapped: bool = False,
    encoding: str = "utf-8",
    organisation_id: int | None = None,
    synthetic: bool = False,
    source: str = "",
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> LoadReport:
    """Loads an inventory; loading it again changes nothing. Rows that cannot be loaded are told and left out.

    `mapping` gives the column of an attribute (`{"power": "Puissance (W)"}`), of `longitude` and of `latitude`; the other
    columns become attributes under their own name in camel case, unless `only_mapped`. A thing is
    `urn:ngsi-ld:<type>:<identifier>`. All is written in one transaction. `source` is the file's name when empty.

    Raises `FileRefused`, `ColumnsRefused`.
    """
    if not _TYPE.match(type):
        problem = _("« %(type)s » n’est pas un nom de type NGSI-LD : des lettres, des chiffres et « _ ».")
        raise ColumnsRefused(problem % {"type": type})
    progress(_("Lecture de %(path)s") % {"path": path.name})
    table = read(path, encoding=encoding)
    located = any(record.geometry for record in table.records)
    columns = plan(table.columns, id_column=id_column, mapping=mapping or {}, located=located, only_mapped=only_mapped)
    rejected = list(table.rejected)
    placed = list(_placed(table, columns, rejected))
    _check_projection(placed, rejected)
    template = EntityDraft(
        urn="", type=type, organisation_id=organisation_id, synthetic=synthetic, source=source or path.name
    )
    drafts = list(_drafts(_identified(placed, columns, type, rejected), table, columns, template))
    progress(
        _("%(count)d objets à enregistrer, %(rejected)d rejetés") % {"count": len(drafts), "rejected": len(rejected)}
    )
    created, updated, unchanged = _write(drafts, now=now, dry_run=dry_run, progress=progress)
    return LoadReport(
        created=created,
        updated=updated,
        unchanged=unchanged,
        rejected=tuple(sorted(rejected, key=lambda one: one.line)),
        dry_run=dry_run,
    )


def _placed(table: Table, columns: Plan, rejected: list[Rejected]) -> Iterator[tuple[Record, Place]]:
    """Rows with their place; those without, or out of the territory, go to `rejected`."""
    found: list[tuple[Record, Place]] = []
    for record in table.records:
        try:
            found.append((record, place(record, columns, decimal_comma=table.decimal_comma)))
        except Unplaced as problem:
            rejected.append(Rejected(line=record.line, reason=str(problem)))
    problems = Bounds().problems([where for _record, where in found])
    for (record, where), reason in zip(found, problems, strict=True):
        if reason:
            rejected.append(Rejected(line=record.line, reason=reason))
        else:
            yield record, where


def _check_projection(placed: Sequence[object], rejected: Sequence[Rejected]) -> None:
    """A file in metres is refused once, not row by row."""
    if not placed and rejected and all("EPSG:" in one.reason for one in rejected):
        raise FileRefused(_("Tout le fichier : %(reason)s.") % {"reason": rejected[0].reason})


def _identified(
    placed: Sequence[tuple[Record, Place]], columns: Plan, type_name: str, rejected: list[Rejected]
) -> Iterator[tuple[str, Record, Place]]:
    """Rows with their URN; those without an identifier, or with one already met, go to `rejected`."""
    lines: dict[str, int] = {}
    for record, where in placed:
        identifier = _text(record.values.get(columns.id))
        urn = _urn(type_name, identifier)
        if not identifier:
            rejected.append(Rejected(line=record.line, reason=_("identifiant absent")))
        elif urn in lines:
            told = {"id": identifier, "line": lines[urn]}
            reason = _("identifiant « %(id)s » déjà présent ligne %(line)d") % told
            rejected.append(Rejected(line=record.line, reason=reason))
        else:
            lines[urn] = record.line
            yield urn, record, where


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _urn(type_name: str, identifier: str) -> str:
    """The identifier itself when it is a URN of this type; else one made of it, what URNs do not allow percent-encoded."""
    try:
        if Urn.parse(identifier).type == type_name:
            return identifier
    except MalformedUrn:
        pass
    return f"urn:ngsi-ld:{type_name}:{quote(identifier, safe=_URN_SAFE)}"


def _drafts(
    rows: Iterator[tuple[str, Record, Place]], table: Table, columns: Plan, template: EntityDraft
) -> Iterator[EntityDraft]:
    readers = _readers(table, columns)
    for urn, record, where in rows:
        attributes: dict[str, Any] = {
            name: property_of(readers[name](value) if table.is_text else value)
            for name, column in columns.attributes.items()
            if (value := record.values.get(column)) not in (None, "")
        }
        attributes["location"] = geo_property_of(where.geometry)
        yield replace(template, urn=urn, attributes=attributes, longitude=where.longitude, latitude=where.latitude)


def _readers(table: Table, columns: Plan) -> dict[str, Reader]:
    if not table.is_text:
        return {}
    return {
        name: reader_of(column, (one.values[column] for one in table.records), decimal_comma=table.decimal_comma)
        for name, column in columns.attributes.items()
    }


def _write(
    drafts: Sequence[EntityDraft], *, now: datetime, dry_run: bool, progress: Callable[[str], None]
) -> tuple[int, int, int]:
    """How many were created, updated, unchanged. `dry_run` does all of it, then takes it back."""
    created = updated = unchanged = 0
    with transaction.atomic():
        for start in range(0, len(drafts), _BATCH):
            report = upsert_entities(drafts[start : start + _BATCH], now=now)
            created, updated, unchanged = (
                created + report.created,
                updated + report.updated,
                unchanged + report.unchanged,
            )
            if len(drafts) > _BATCH:
                done = min(start + _BATCH, len(drafts))
                progress(_("%(done)d / %(total)d objets") % {"done": done, "total": len(drafts)})
        if dry_run:
            transaction.set_rollback(True)
    return created, updated, unchanged
