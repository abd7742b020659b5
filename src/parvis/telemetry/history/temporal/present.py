"""What a history tells of today: the most recent instance of each attribute is its state, unless something more recent is known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import structs

from parvis.kernel.contributions import InstanceChange
from parvis.telemetry.context.attributes import Instance, is_deletion, parse_instant
from parvis.telemetry.context.ngsild.instants import instant
from parvis.telemetry.context.ngsild.merging import by_dataset, packed, stamped
from parvis.telemetry.context.store.values import Effect, Fragment, Stored
from parvis.telemetry.history.recording import HISTORIC
from parvis.telemetry.history.rows import instant_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """An operation: the thing is made, or brought up to date, from a fragment of the temporal API. `makes`: also when it is not there."""

    urn: str
    fragment: Fragment
    makes: bool = True

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        if entity is None and not self.makes:
            return Effect(after=None)
        before = entity or Stored(
            urn=self.urn, types=self.fragment.types, attributes={}, created_at=now, modified_at=now, source=HISTORIC
        )
        attributes = dict(before.attributes)
        changes: list[InstanceChange] = []
        for name, instances in self.fragment.attributes.items():
            if name != "scope":
                changes += _recalled(name, _newest(instances, now), before, now)
                _put(attributes, name, changes)
        types = list(dict.fromkeys((*before.types, *self.fragment.types)))
        scopes = _scopes(self.fragment, before.scopes)
        if entity is not None and not changes and (types, scopes) == (entity.types, entity.scopes):
            return Effect(after=entity)
        after = structs.replace(before, types=types, scopes=scopes, attributes=attributes, modified_at=now)
        return Effect(after=after, instances=changes)


def _recalled(name: str, newest: Mapping[str, Instance], before: Stored, now: datetime) -> Iterator[InstanceChange]:
    known = by_dataset(before.attributes.get(name))
    for dataset, one in newest.items():
        there = known.get(dataset)
        if there is not None and instant_of(one, now) <= _known_at(there, before):
            continue
        after = None if is_deletion(one) else stamped(one, there, instant(now), instant(before.created_at))
        if there is not None or after is not None:
            yield InstanceChange(attribute=name, dataset_id=dataset, before=there, after=after)


def _put(attributes: dict[str, Any], name: str, changes: Iterable[InstanceChange]) -> None:
    instances = by_dataset(attributes.get(name))
    for change in changes:
        if change.attribute == name and change.after is not None:
            instances[change.dataset_id] = change.after
        elif change.attribute == name:
            instances.pop(change.dataset_id, None)
    if instances:
        attributes[name] = packed(instances)
    else:
        attributes.pop(name, None)


def _newest(instances: Sequence[Instance], now: datetime) -> dict[str, Instance]:
    """The most recent of each dataset; of two of the same instant, the later told."""
    found: dict[str, Instance] = {}
    for one in instances:
        dataset = one.get("datasetId", "")
        if dataset not in found or instant_of(one, now) >= instant_of(found[dataset], now):
            found[dataset] = one
    return found


def _known_at(instance: Instance, thing: Stored) -> datetime:
    text = instance.get("observedAt") or instance.get("modifiedAt")
    return parse_instant(text) if text else thing.modified_at


def _scopes(fragment: Fragment, known: list[str]) -> list[str]:
    if fragment.scopes is not None:
        return fragment.scopes
    told = fragment.attributes.get("scope")
    return list(max(told, key=lambda one: one.get("observedAt", ""))["value"]) if told else known
