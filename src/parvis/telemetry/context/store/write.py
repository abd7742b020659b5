"""The one door by which the broker changes things.

One transaction: rows locked in the order of their ids, operations applied to them in memory, the rows written, and with them what
must never be lost: history (`ChangeRecorder`), notifications, the queues of those who follow the city.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import psycopg
from django.db import connection
from psycopg import errors

from parvis.kernel.contributions import ChangeRecorder, EntityChange
from parvis.kernel.registry import registry
from parvis.kernel.sql import hot_cursor, pipelined_transaction, statement
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.store.following import Followers
from parvis.telemetry.context.store.rows import Derived, derived_of, row_of, stored_of
from parvis.telemetry.context.store.values import Effect, Operation, Outcome, Stored
from parvis.telemetry.context.subscriptions.matching import on_changes

_PACKAGE = "parvis.telemetry.context"
_ATTEMPTS = 5  # of a transaction that another one made impossible
_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)
_REFUSED = (errors.QueryCanceled, errors.LockNotAvailable)  # by a server that is well


@dataclass(slots=True)
class _Row:
    """A thing being written: what is in the table, and what the operations have made of it so far."""

    before: Stored | None
    derived: Derived
    after: Stored | None
    effects: list[tuple[Stored | None, Effect]] = field(default_factory=list)
    expired: Stored | None = None


def write(
    operations: Sequence[Operation],
    *,
    tenant_id: int = CITY,
    now: datetime,
    owner: int | None = None,
    record: bool = True,
) -> list[Outcome]:
    """What became of each operation, in their order. Several on one entity are applied one after the other.

    `owner` is the organisation of what is created; without `record` the history is left to the caller. Raises the database's
    errors, nothing being written then.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with pipelined_transaction():
                return _written(operations, tenant_id, now, owner, record)
        except _AGAIN:
            if attempt == _ATTEMPTS:
                raise
        except psycopg.OperationalError as error:
            if connection.in_atomic_block or isinstance(error, _REFUSED):
                raise
            connection.close()  # a server that was restarted: once more, on a new connection
            if attempt > 1:
                raise
    raise AssertionError


def _written(
    operations: Sequence[Operation], tenant_id: int, now: datetime, owner: int | None, record: bool
) -> list[Outcome]:
    outcomes = [Outcome(urn=operation.urn) for operation in operations]
    by_urn: dict[str, list[int]] = {}
    for position, operation in enumerate(operations):
        by_urn.setdefault(operation.urn, []).append(position)
    followers: Followers | None = None
    rows: dict[str, _Row] = {}
    wanted = set(by_urn)
    while wanted:  # again for those that another transaction created meanwhile
        found, followers = _locked(wanted, tenant_id, now)
        for urn in sorted(wanted):
            rows[urn] = row = found.get(urn) or _Row(None, Derived(), None)
            for position in by_urn[urn]:
                _apply(operations[position], row, outcomes[position], now)
        wanted = _saved([rows[urn] for urn in wanted], tenant_id, owner)
    changes = list(_changes(rows.values(), tenant_id))
    if changes and followers is not None:
        if record:
            for _, recorder in registry.all(ChangeRecorder):
                recorder.record(changes, now)
        if (subscribers := followers.subscribers(tenant_id)) is not None:
            on_changes(changes, subscribers, now)
        if tenant_id == CITY:
            followers.queue(changes, now)
    return outcomes


def _locked(urns: Iterable[str], tenant_id: int, now: datetime) -> tuple[dict[str, _Row], Followers]:
    """And who follows them, asked behind the locks: whoever subscribed while this waited for another writer is told too."""
    found: dict[str, _Row] = {}
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "broker_lock"), {"tenant": tenant_id, "urns": list(urns)}, prepare=True, binary=True
        )
        followers = Followers()
        for row in cursor:
            stored = stored_of(row, tenant_id)
            longitude, latitude, state, search, bounds = row[13:]
            derived = Derived(longitude, latitude, stored.area_code, state, search, bounds)
            expired = stored.expires_at is not None and stored.expires_at <= now
            found[stored.urn] = row_found = _Row(stored, derived, None if expired else stored)
            row_found.expired = stored if expired else None
    return found, followers


def _apply(operation: Operation, row: _Row, outcome: Outcome, now: datetime) -> None:
    outcome.effect = outcome.error = None
    present = row.after
    try:
        effect = operation.apply(present, now)
    except LdError as error:
        outcome.error = error
        return
    outcome.effect = effect
    outcome.created = present is None and effect.after is not None
    row.after = effect.after
    row.effects.append((present, effect))


def _saved(rows: Sequence[_Row], tenant_id: int, owner: int | None) -> set[str]:
    """Writes what changed; answers the URNs that another transaction has created in between."""
    new = [row for row in rows if row.before is None and row.after is not None]
    changed = [row for row in rows if row.before is not None and row.after is not None and row.after is not row.before]
    gone = [row.before.id for row in rows if row.before is not None and row.after is None]
    if gone:
        with hot_cursor() as cursor:
            cursor.execute("DELETE FROM context_entity WHERE id = ANY(%s::bigint[])", [gone])
    if changed:
        _update(changed)
    return _insert(new, tenant_id, owner) if new else set()


def _update(rows: Sequence[_Row]) -> None:
    documents = []
    for row in rows:
        if row.after is None or row.before is None:
            continue
        row.after.id, row.after.tenant_id = row.before.id, row.before.tenant_id
        row.derived = derived_of(row.after, row.before, row.derived)
        row.after.area_code = row.derived.area_code
        documents.append(row_of(row.after, row.derived))
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "broker_update"), {"rows": msgspec.json.encode(documents).decode()}, prepare=True
        )


def _insert(rows: Sequence[_Row], tenant_id: int, owner: int | None) -> set[str]:
    things: dict[str, Stored] = {row.after.urn: row.after for row in rows if row.after is not None}
    known: dict[str, int] = {}
    for _, recorder in registry.all(ChangeRecorder):
        if recorder.ids_of is not None:
            known.update(recorder.ids_of(tenant_id, list(things)))
    documents = []
    for row in sorted(rows, key=lambda one: one.after.urn if one.after else ""):
        if row.after is None:
            continue
        row.after.tenant_id, row.after.id = tenant_id, known.get(row.after.urn, 0)
        row.after.organisation_id = row.after.organisation_id or owner
        row.derived = derived_of(row.after, None, row.derived)
        row.after.area_code = row.derived.area_code
        documents.append(row_of(row.after, row.derived))
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "broker_insert"),
            {"tenant": tenant_id, "rows": msgspec.json.encode(documents).decode()},
            prepare=True,
        )
        for id_, urn in cursor:
            things.pop(urn).id = id_
    return set(things)


def _changes(rows: Iterable[_Row], tenant_id: int) -> Iterable[EntityChange]:
    for row in rows:
        kept = row.after or row.before
        if row.expired is not None:  # it was no more, and only now leaves the table
            yield _gone(row.expired, tenant_id)
        for before, effect in row.effects:
            present = effect.after or before
            if effect.after is before or present is None:
                continue
            yield EntityChange(
                tenant_id=tenant_id,
                entity_id=kept.id if kept is not None else present.id,
                urn=present.urn,
                before=before,
                after=effect.after,
                instances=tuple(effect.instances),
            )


def _gone(expired: Stored, tenant_id: int) -> EntityChange:
    return EntityChange(
        tenant_id=tenant_id, entity_id=expired.id, urn=expired.urn, before=expired, after=None, instances=()
    )
