"""Those who follow the city hear of what the broker writes: the queue of each consumer, and the live maps."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from parvis.kernel.contributions import Change, ChangeConsumer, EntityChange, InstanceChange
from parvis.kernel.registry import registry
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import VALUE_MEMBERS, parse_instant
from parvis.telemetry.context.waking import EVERYTHING, payloads

_NAMED = 500  # more changed things than this and maps had better read everything again


def queue_changes(changes: Sequence[EntityChange], now: datetime) -> None:
    """In the transaction that writes them. Followers are told of default instances that took a value."""
    ids = sorted({change.entity_id for change in changes})
    consumers, documents = queued([one for change in changes for one in _told(change, now)])
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "follow"),
            {
                "consumers": consumers,
                "changes": documents,
                "payloads": payloads(ids) if len(ids) <= _NAMED else [EVERYTHING],
                "now": now,
            },
            prepare=True,
        )


def queued(changes: Sequence[Change]) -> tuple[list[str], list[str]]:
    """The rows of the queue: a consumer and a change it wants, in the order of the changes."""
    consumers: list[str] = []
    documents: list[str] = []
    for _, consumer in registry.all(ChangeConsumer):
        wanted = None if consumer.wants is None else frozenset(consumer.wants())
        for change in changes:
            if wanted is None or (change.type, change.attribute) in wanted:
                consumers.append(consumer.code)
                documents.append(msgspec.json.encode(change).decode())
    return consumers, documents


def _told(change: EntityChange, now: datetime) -> Iterator[Change]:
    if change.after is None:
        return
    for instance in change.instances:
        if instance.dataset_id or instance.after is None:
            continue
        after = instance.after
        observed = after.get("observedAt")
        yield Change(
            entity_id=change.entity_id,
            urn=change.urn,
            type=change.after.types[0],
            attribute=instance.attribute,
            value=_value(instance.after),
            previous=_previous(instance),
            unit_code=after.get("unitCode", ""),
            observed_at=parse_instant(observed) if observed else now,
        )


def _value(instance: dict[str, object]) -> object:
    return instance.get(VALUE_MEMBERS.get(str(instance.get("type")), "value"))


def _previous(instance: InstanceChange) -> object:
    return None if instance.before is None else _value(instance.before)
