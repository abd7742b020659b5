"""Transient entities and attributes (ETSI GS CIM 009 V1.9.1, 5.2.4 `expiresAt`): past their instant they are no more, at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import structs

from parvis.telemetry.context.attributes import Instance, instances_of
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.weaving import Weaver
from parvis.telemetry.context.store.values import Effect, Stored


def has_expired(instance: Instance, now: datetime) -> bool:
    told = instance.get("expiresAt")
    return told is not None and parse_datetime(told) <= now


def expired_of(attribute: Any, now: datetime) -> list[Instance]:
    if type(attribute) is dict:
        return [attribute] if "expiresAt" in attribute and has_expired(attribute, now) else []
    return [one for one in instances_of(attribute) if has_expired(one, now)]


def shed(weaver: Weaver, now: datetime) -> None:
    """Removes what has expired, as changes."""
    for name, attribute in list(weaver.attributes.items()):
        if gone := expired_of(attribute, now):
            weaver.remove(name, gone)


def living(stored: Stored, now: datetime) -> Stored | None:
    """What there is to read of an entity: None once it has expired. The very one given when nothing of it has."""
    if stored.expires_at is not None and stored.expires_at <= now:
        return None
    if not any(expired_of(attribute, now) for attribute in stored.attributes.values()):
        return stored
    weaver = Weaver(stored.attributes, created_at=stored.created_at, now=now)
    shed(weaver, now)
    return structs.replace(stored, attributes=weaver.attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """Removes from an entity the attributes that have expired; the store takes care of entities that have."""

    urn: str

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        if entity is None:
            return Effect(after=None)
        weaver = Weaver(entity.attributes, created_at=entity.created_at, now=now)
        shed(weaver, now)
        if not weaver.changes:
            return Effect(after=entity)
        after = structs.replace(entity, attributes=weaver.attributes, modified_at=now)
        return Effect(after=after, instances=tuple(weaver.changes))
