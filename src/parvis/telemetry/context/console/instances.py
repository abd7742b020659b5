"""An attribute of a thing with all it holds: each instance, its metadata, its times, its sub-attributes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parvis.telemetry.context.attributes import OWN_MEMBERS, Instance, instances_of, parse_instant
from parvis.telemetry.context.console.answering import instance_text
from parvis.telemetry.context.presenting import attribute_label
from parvis.telemetry.context.store.values import Stored

_METADATA = ("unitCode", "lang", "objectType", "valueType")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One instance. `below`: its sub-attributes, as (name, text)."""

    name: str
    label: str
    kind: str
    text: str
    dataset_id: str
    observed_at: Any
    created_at: Any
    modified_at: Any
    below: Sequence[tuple[str, str]]


def shown(thing: Stored) -> list[Shown]:
    """Every instance of every attribute, by name, the default one first."""
    return [one for name in sorted(thing.attributes) for one in _of(thing, name)]


def _of(thing: Stored, name: str) -> Iterator[Shown]:
    for instance in instances_of(thing.attributes[name]):
        yield Shown(
            name=name,
            label=attribute_label(thing.types[0], name),
            kind=str(instance.get("type", "Property")),
            text=instance_text(instance),
            dataset_id=str(instance.get("datasetId", "")),
            observed_at=_instant(instance, "observedAt"),
            created_at=_instant(instance, "createdAt") or thing.created_at,
            modified_at=_instant(instance, "modifiedAt") or thing.modified_at,
            below=list(_below(instance)),
        )


def _below(instance: Instance) -> Iterator[tuple[str, str]]:
    for name in _METADATA:
        if name in instance:
            yield name, str(instance[name])
    for name in sorted(instance.keys() - OWN_MEMBERS):
        for below in instances_of(instance[name]):
            if isinstance(below, dict):
                yield name, instance_text(below)


def _instant(instance: Instance, name: str) -> Any:
    text = instance.get(name)
    return parse_instant(text) if isinstance(text, str) else None
