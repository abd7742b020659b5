"""Readings of devices are told like any other change. They write their few attributes without opening the rest: what subscribers are
shown of a thing is read here, and only for things that somebody follows."""

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
    """A thing that readings have just changed: `before` holds the attributes they touched as they were, None: there was none."""

    id: int
    urn: str
    types: Sequence[str]
    before: Mapping[str, Any]


def on_observed(things: Sequence[Observed], followed: Subscribers, now: datetime) -> None:
    """In the transaction that has written them."""
    concerned = {thing.id: thing for thing in things if followed.may_concern(thing.urn, thing.types)}
    if not concerned:
        return
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", "read_by_id"), {"ids": list(concerned)}, prepare=True)
        stored = [stored_of(row, CITY) for row in cursor]
    on_changes([_change(concerned[after.id], after) for after in stored], followed, now)


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
        before=structs.replace(after, attributes=attributes),
        after=after,
        instances=tuple(instances),
    )
