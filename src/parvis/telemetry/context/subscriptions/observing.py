"""Readings of devices and inventories are told like any other change. They write attributes without making a `Stored` of each thing: what
subscribers are shown of it is read here, and only for things that somebody follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import structs

from parvis.kernel.contributions import EntityChange, InstanceChange
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.ngsild.merging import by_dataset
from parvis.telemetry.context.store.rows import stored_of
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.index import Subscribers
from parvis.telemetry.context.subscriptions.matching import on_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A thing just changed: `before` holds the attributes touched as they were, None: there was none. `created`: nor was the thing."""

    id: int
    urn: str
    types: Sequence[str]
    before: Mapping[str, Any]
    created: bool = False


def on_observed(things: Sequence[Observed], followed: Subscribers, now: datetime) -> None:
    """In the transaction that has written them."""
    if changes := changes_of([thing for thing in things if followed.may_concern(thing.urn, thing.types)]):
        on_changes(changes, followed, now)


def changes_of(things: Sequence[Observed]) -> list[EntityChange]:
    """In the order of their ids. In the transaction that has written them."""
    if not things:
        return []
    by_id = {thing.id: thing for thing in things}
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", "read_by_id"), {"ids": list(by_id)}, prepare=True)
        stored = [stored_of(row, CITY) for row in cursor]
    return [_change(by_id[after.id], after) for after in stored]


def _change(thing: Observed, after: Stored) -> EntityChange:
    attributes = dict(after.attributes)
    instances: list[InstanceChange] = []
    for name, attribute in thing.before.items():
        known, seen = by_dataset(attribute), by_dataset(after.attributes[name])
        instances += [
            InstanceChange(attribute=name, dataset_id=dataset, before=known.get(dataset), after=instance)
            for dataset, instance in seen.items()
            if instance != known.get(dataset)
        ]
        if attribute is None:
            del attributes[name]
        else:
            attributes[name] = attribute
    return EntityChange(
        tenant_id=CITY,
        entity_id=thing.id,
        urn=thing.urn,
        before=None if thing.created else structs.replace(after, attributes=attributes),
        after=after,
        instances=tuple(instances),
    )
