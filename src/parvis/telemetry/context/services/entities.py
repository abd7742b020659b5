"""Things come into the context from inventories, in their thousands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any, cast

import msgspec
from django.db import transaction
from msgspec import structs

from parvis.kernel.contributions import ChangeRecorder, EntityChange
from parvis.kernel.registry import registry
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import geo_property_of, inventoried, observed_at_of
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.places import area_codes_at, place_of
from parvis.telemetry.context.searching import search_text
from parvis.telemetry.context.states import UNKNOWN, state_code
from parvis.telemetry.context.store.rows import box_of
from parvis.telemetry.context.subscriptions.index import index
from parvis.telemetry.context.subscriptions.matching import on_changes
from parvis.telemetry.context.subscriptions.observing import Observed, changes_of
from parvis.telemetry.context.subscriptions.revisions import SUBSCRIPTIONS, Token
from parvis.telemetry.context.values import EntityDraft, UpsertReport
from parvis.telemetry.context.waking import CHANNEL, EVERYTHING, payloads

_BATCH = 5000  # things a statement: large enough to amortise it, small enough to stay in some ten megabytes
_NAMED = 500  # more changed things than this and maps had better read everything again


@dataclass(slots=True, kw_only=True)
class _Row:
    """A thing as it is stored, derived columns included."""

    urn: str
    type: str
    scopes: list[str]
    attributes: dict[str, Any]
    longitude: float | None
    latitude: float | None
    organisation_id: int | None
    synthetic: bool
    source: str
    area_code: str = ""
    state: int = UNKNOWN
    search: str = ""
    bounds: str | None = None
    more_types: list[str] = field(default_factory=list)  # known, never written here


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventoried(Observed):
    """`observed`: the attributes touched that bear an observedAt."""

    observed: frozenset[str]


@transaction.atomic
def upsert_entities(drafts: Sequence[EntityDraft], *, now: datetime) -> UpsertReport:
    """Creates the unknown things, completes the known ones; what is equal is not rewritten.

    Attributes that a draft does not name are kept, and so are those observed since. Of two drafts with one URN the later
    wins. Subscribers are told, and what bears an observedAt is history (`_told`). Raises ValueError for a `location` that is no geometry.
    """
    wanted = {draft.urn: _row_of(draft) for draft in sorted(drafts, key=attrgetter("urn"))}
    count, touched = len(wanted), list[Inventoried]()
    created = updated = 0
    while wanted:  # again for those that another transaction created meanwhile
        known, different = _compared(wanted)
        # Only what changes is locked, and all of it at once: readings of the rest go on, and nobody waits in a circle.
        locked = dict(_known(different, lock=True))
        before = {urn: dict(row.attributes) for urn, row in locked.items()}
        completed = {urn: row for urn, row in locked.items() if _complete(row, wanted[urn])}
        changed = _written("update_entities", list(completed.values()), now)
        new = {urn: row for urn, row in wanted.items() if urn not in known}
        added = _written("insert_entities", list(new.values()), now)
        touched += [_touched(id_, completed[urn], before[urn]) for urn, id_ in changed.items()]
        touched += [_touched(id_, new[urn], None) for urn, id_ in added.items()]
        updated, created = updated + len(changed), created + len(added)
        wanted = {urn: row for urn, row in wanted.items() if urn not in known and urn not in added}
    _wake([thing.id for thing in touched])
    _told(touched, now)
    return UpsertReport(created=created, updated=updated, unchanged=count - created - updated)


def _compared(wanted: Mapping[str, _Row]) -> tuple[set[str], list[str]]:
    """Which are known already, and which of those would change."""
    known: set[str] = set()
    different: list[str] = []
    for urns in _batched(wanted):
        for urn, row in _known(urns):
            known.add(urn)
            if _complete(row, wanted[urn]):
                different.append(urn)
    return known, different


def _touched(id_: int, row: _Row, before: Mapping[str, Any] | None) -> Inventoried:
    """`before`: its attributes; None: it is new."""
    after = row.attributes
    if before is not None:
        after = {name: attribute for name, attribute in after.items() if attribute is not before.get(name)}
    return Inventoried(
        id=id_,
        urn=row.urn,
        types=[row.type, *row.more_types],
        before=dict.fromkeys(after) if before is None else {name: before.get(name) for name in after},
        created=before is None,
        observed=frozenset(name for name, attribute in after.items() if _is_observed(attribute)),
    )


def _is_observed(attribute: Any) -> bool:
    """For hundreds of thousands of them."""
    if type(attribute) is dict:
        return "observedAt" in attribute
    return observed_at_of(attribute) is not None


def _told(things: Sequence[Inventoried], now: datetime) -> None:
    """Those who subscribed hear of it. History are only the attributes with an observedAt: an inventory says what is there, not since
    when, and thousands of things read again are no observation."""
    followed = index.of(CITY, Token(SUBSCRIPTIONS).value)
    concerned = [one for one in things if one.observed or (followed and followed.may_concern(one.urn, one.types))]
    for start in range(0, len(concerned), _BATCH):
        some = concerned[start : start + _BATCH]
        changes = changes_of(some)
        observed = {one.id: one.observed for one in some if one.observed}
        if past := [_observed(one, observed[one.entity_id]) for one in changes if one.entity_id in observed]:
            for _, recorder in registry.all(ChangeRecorder):
                recorder.record(past, now)
        if followed:
            on_changes(changes, followed, now)


def _observed(change: EntityChange, names: frozenset[str]) -> EntityChange:
    """Of these attributes only, of a thing that was there already: its scopes are no observation either."""
    return EntityChange(
        tenant_id=change.tenant_id,
        entity_id=change.entity_id,
        urn=change.urn,
        before=change.before or structs.replace(change.after, attributes={}),
        after=change.after,
        instances=tuple(
            one for one in change.instances if one.attribute in names and one.after and "observedAt" in one.after
        ),
    )


@transaction.atomic
def refresh_states(*, now: datetime) -> int:
    """Works out again what is derived (state, commune, searched text): types and territory change with releases."""
    with hot_cursor() as cursor:
        cursor.execute("SELECT urn FROM context_entity WHERE tenant_id = 0 ORDER BY id")
        everything = [urn for (urn,) in cursor]
    changed: list[int] = []
    for urns in _batched(everything):
        rows = [row for _, row in _known(urns, lock=True)]
        before = list(map(_derived, rows))
        _derive(rows)
        different = [row for row, old in zip(rows, before, strict=True) if _derived(row) != old]
        changed += _written("update_entities", different, now).values()
    _wake(changed)
    return len(changed)


def _derived(row: _Row) -> tuple[str, int, str, str | None]:
    return row.area_code, row.state, row.search, row.bounds


def _batched(urns: Iterable[str]) -> Iterator[list[str]]:
    left = iter(urns)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _row_of(draft: EntityDraft) -> _Row:
    """With both a `location` and its point, or neither; plain JSON inside, so that it compares with what is stored."""
    attributes: dict[str, Any] = msgspec.to_builtins(dict(draft.attributes))
    longitude, latitude = draft.longitude, draft.latitude
    if longitude is None or latitude is None:
        longitude, latitude = place_of(attributes) or (None, None)
    elif "location" not in attributes:
        attributes["location"] = geo_property_of({"type": "Point", "coordinates": [longitude, latitude]})
    return _Row(
        urn=draft.urn,
        type=draft.type,
        scopes=list(draft.scopes),
        attributes=attributes,
        longitude=longitude,
        latitude=latitude,
        organisation_id=draft.organisation_id,
        synthetic=draft.synthetic,
        source=draft.source,
    )


def _complete(row: _Row, draft: _Row) -> bool:
    """Puts into the known row what the inventory teaches; whether that changes it."""
    patch = inventoried(row.attributes, draft.attributes)
    scopes = draft.scopes or row.scopes
    owner = draft.organisation_id or row.organisation_id
    source = draft.source or row.source
    after = (draft.type, scopes, owner, draft.synthetic, source)
    if not patch and after == (row.type, row.scopes, row.organisation_id, row.synthetic, row.source):
        return False
    row.type, row.scopes, row.organisation_id, row.synthetic, row.source = after
    row.attributes |= patch
    if "location" in patch:
        row.longitude, row.latitude = draft.longitude, draft.latitude
    return True


def _derive(rows: Sequence[_Row]) -> None:
    for row, area_code in zip(rows, area_codes_at([(row.longitude, row.latitude) for row in rows]), strict=True):
        row.area_code = area_code
        row.state = state_code(row.type, row.attributes)
        row.search = search_text(row.urn, row.attributes)
        row.bounds = box_of(row.attributes)


def _known(urns: Sequence[str], *, lock: bool = False) -> Iterator[tuple[str, _Row]]:
    query = statement("parvis.telemetry.context", "known_by_urn") + ("FOR UPDATE" if lock else "")
    with hot_cursor() as cursor:
        cursor.execute(query, {"urns": list(urns)})
        names = [column.name for column in cursor.description or ()]
        for values in cursor.fetchall():
            row = _Row(**dict(zip(names, values, strict=True)))
            row.attributes = msgspec.json.decode(cast(bytes, row.attributes))
            yield row.urn, row


def _written(name: str, rows: Sequence[_Row], now: datetime) -> dict[str, int]:
    """The ids written, by URN."""
    written: dict[str, int] = {}
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        _derive(batch)
        columns: dict[str, Any] = {one.name: [getattr(row, one.name) for row in batch] for one in fields(_Row)}
        for document in ("scopes", "attributes"):
            columns[document] = [msgspec.json.encode(value).decode() for value in columns[document]]
        with hot_cursor() as cursor:
            cursor.execute(statement("parvis.telemetry.context", name), columns | {"now": now})
            written |= {urn: id_ for id_, urn in cursor.fetchall()}
    return written


def _wake(ids: list[int]) -> None:
    with hot_cursor() as cursor:
        for payload in payloads(sorted(ids)) if len(ids) <= _NAMED else [EVERYTHING]:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
