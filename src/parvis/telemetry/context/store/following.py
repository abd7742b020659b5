"""Those who follow the city hear of what the broker writes: the queue of each consumer, and the live maps."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from parvis.kernel.contributions import Change, ChangeConsumer, EntityChange, InstanceChange
from parvis.kernel.registry import registry
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import VALUE_MEMBERS, parse_instant
from parvis.telemetry.context.subscriptions.index import Subscribers, index
from parvis.telemetry.context.subscriptions.revisions import SUBSCRIPTIONS, Token
from parvis.telemetry.context.waking import EVERYTHING, payloads

_NAMED = 500  # more changed things than this and maps had better read everything again


class Followers:
    """Who follows what one transaction changes. Asked right behind the rows it locks: in pipeline mode that costs no round trip of its
    own, and it is answered once they are locked. Heard when there are changes."""

    def __init__(self) -> None:
        self._token = Token(SUBSCRIPTIONS)
        self._wanted = [_Wanted(one) for _, one in registry.all(ChangeConsumer)]

    def subscribers(self, tenant_id: int) -> Subscribers | None:
        """None when nobody has subscribed to anything of this tenant."""
        return index.of(tenant_id, self._token.value)

    def queued(self, changes: Sequence[Change]) -> tuple[list[str], list[str]]:
        """The rows of the queue: a consumer and a change it wants, in the order of the changes."""
        return _rows(
            (one, (change for change in changes if one.holds(change.type, change.attribute))) for one in self._wanted
        )

    def queue(self, changes: Sequence[EntityChange], now: datetime) -> None:
        """In the transaction that writes them. Followers are told of default instances that took a value."""
        ids = sorted({change.entity_id for change in changes})
        consumers, documents = _rows((one, _told(changes, one, now)) for one in self._wanted)
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


class _Wanted:
    """What one consumer wants to hear of."""

    def __init__(self, consumer: ChangeConsumer) -> None:
        self.consumer = consumer.code
        self._asked = hot_cursor().execute(consumer.wants, prepare=True) if consumer.wants else None

    @cached_property
    def _pairs(self) -> frozenset[tuple[Any, ...]] | None:
        return None if self._asked is None else frozenset(self._asked.fetchall())

    def holds(self, type_: str, attribute: str) -> bool:
        return self._pairs is None or (type_, attribute) in self._pairs


def _rows(told: Iterable[tuple[_Wanted, Iterable[Change]]]) -> tuple[list[str], list[str]]:
    consumers: list[str] = []
    documents: list[str] = []
    for wanted, changes in told:
        for change in changes:
            consumers.append(wanted.consumer)
            documents.append(msgspec.json.encode(change).decode())
    return consumers, documents


def _told(changes: Sequence[EntityChange], wanted: _Wanted, now: datetime) -> Iterator[Change]:
    for change in changes:
        if change.after is None:
            continue
        type_ = change.after.types[0]
        for instance in change.instances:
            after = instance.after
            if instance.dataset_id or after is None or not wanted.holds(type_, instance.attribute):
                continue
            observed = after.get("observedAt")
            yield Change(
                entity_id=change.entity_id,
                urn=change.urn,
                type=type_,
                attribute=instance.attribute,
                value=_value(after),
                previous=_previous(instance),
                unit_code=after.get("unitCode", ""),
                observed_at=parse_instant(observed) if observed else now,
            )


def _value(instance: dict[str, object]) -> object:
    return instance.get(VALUE_MEMBERS.get(str(instance.get("type")), "value"))


def _previous(instance: InstanceChange) -> object:
    return None if instance.before is None else _value(instance.before)
