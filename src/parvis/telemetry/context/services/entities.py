"""Things come into the context from inventories, in their thousands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import geo_property_of, inventoried
from parvis.telemetry.context.places import area_code_at, place_of
from parvis.telemetry.context.searching import search_text
from parvis.telemetry.context.states import state_code
from parvis.telemetry.context.values import EntityDraft, UpsertReport
from parvis.telemetry.context.waking import CHANNEL, EVERYTHING, payloads

_BATCH = 5000  # things a statement: large enough to amortise it, small enough to stay in some ten megabytes
_NAMED = 500  # more changed things than this and maps had better read everything again


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A thing as it is stored, derived columns included."""

    urn: str
    type: str
    scopes: list[str]
    attributes: dict[str, Any]
    longitude: float | None
    latitude: float | None
    area_code: str
    state: int
    search: str
    organisation_id: int | None
    synthetic: bool
    source: str

    def derived(self) -> "_Row":
        """With `state` and `search` worked out again, and the commune too: a territory may have been loaded since."""
        return replace(
            self,
            state=state_code(self.type, self.attributes),
            search=search_text(self.urn, self.attributes),
            area_code=area_code_at(self.longitude, self.latitude),
        )


@transaction.atomic
def upsert_entities(drafts: Sequence[EntityDraft], *, now: datetime) -> UpsertReport:
    """Creates the unknown things, completes the known ones; what is equal is not rewritten.

    Attributes that a draft does not name are kept, and so are those observed since. Of two drafts with one URN the later
    wins. Raises ValueError for a `location` that is no geometry.
    """
    unique = list({draft.urn: draft for draft in drafts}.values())
    touched: list[int] = []
    report = UpsertReport()
    for start in range(0, len(unique), _BATCH):
        batch = {draft.urn: draft for draft in map(_placed, unique[start : start + _BATCH])}
        while batch:  # again for those that another transaction created between the two statements
            known = dict(_known(batch))
            updated = _written("update_entities", list(_improved(known, batch)), now)
            created = _written("insert_entities", [_created(d) for urn, d in batch.items() if urn not in known], now)
            touched += [*updated.values(), *created.values()]
            report = UpsertReport(
                created=report.created + len(created),
                updated=report.updated + len(updated),
                unchanged=report.unchanged + len(known) - len(updated),
            )
            batch = {urn: draft for urn, draft in batch.items() if urn not in known and urn not in created}
    _wake(touched)
    return report


@transaction.atomic
def refresh_states(*, now: datetime) -> int:
    """Works out again what is derived (state, commune, searched text): types and territory change with releases."""
    changed: list[_Row] = []
    with hot_cursor() as cursor:
        cursor.execute("SELECT urn FROM context_entity ORDER BY id")
        urns = [urn for (urn,) in cursor]
    for start in range(0, len(urns), _BATCH):
        stored = [row for _, row in _known(urns[start : start + _BATCH])]
        changed += [after for row in stored if (after := row.derived()) != row]
    _wake(list(_written("update_entities", changed, now).values()))
    return len(changed)


def _placed(draft: EntityDraft) -> EntityDraft:
    """With both a `location` and its point, or neither; plain JSON inside, so that it compares with what is stored."""
    draft = replace(draft, attributes=msgspec.to_builtins(dict(draft.attributes)))
    if draft.longitude is None or draft.latitude is None:
        place = place_of(draft.attributes)
        return draft if place is None else replace(draft, longitude=place[0], latitude=place[1])
    if "location" in draft.attributes:
        return draft
    point = geo_property_of({"type": "Point", "coordinates": [draft.longitude, draft.latitude]})
    return replace(draft, attributes={**draft.attributes, "location": point})


def _created(draft: EntityDraft) -> _Row:
    return _Row(
        urn=draft.urn,
        type=draft.type,
        scopes=list(draft.scopes),
        attributes=dict(draft.attributes),
        longitude=draft.longitude,
        latitude=draft.latitude,
        area_code="",
        state=0,
        search="",
        organisation_id=draft.organisation_id,
        synthetic=draft.synthetic,
        source=draft.source,
    ).derived()


def _improved(known: dict[str, _Row], batch: dict[str, EntityDraft]) -> Iterator[_Row]:
    """The known rows that their draft changes."""
    for urn, row in known.items():
        draft = batch[urn]
        patch = inventoried(row.attributes, draft.attributes)
        moved = "location" in patch and draft.longitude is not None
        after = replace(
            row,
            type=draft.type,
            scopes=list(draft.scopes) or row.scopes,
            attributes=row.attributes | patch,
            longitude=draft.longitude if moved else row.longitude,
            latitude=draft.latitude if moved else row.latitude,
            organisation_id=draft.organisation_id or row.organisation_id,
            synthetic=draft.synthetic,
            source=draft.source or row.source,
        ).derived()
        if after != row:
            yield after


def _known(urns: Any) -> Iterator[tuple[str, _Row]]:
    names = [field.name for field in fields(_Row)]
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", "lock_by_urn"), {"urns": list(urns)})
        for _, *values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            yield row["urn"], _Row(**row | {"attributes": msgspec.json.decode(row["attributes"])})


def _written(name: str, rows: list[_Row], now: datetime) -> dict[str, int]:
    """The ids written, by URN."""
    if not rows:
        return {}
    columns: dict[str, list[Any]] = {field.name: [getattr(row, field.name) for row in rows] for field in fields(_Row)}
    for document in ("scopes", "attributes"):
        columns[document] = [msgspec.json.encode(value).decode() for value in columns[document]]
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", name), columns | {"now": now})
        return {urn: id_ for id_, urn in cursor.fetchall()}


def _wake(ids: list[int]) -> None:
    with hot_cursor() as cursor:
        for payload in payloads(sorted(ids)) if len(ids) <= _NAMED else [EVERYTHING]:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
