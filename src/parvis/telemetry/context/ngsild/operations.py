"""The provision operations on one entity, each a value whose `apply` is pure (ETSI GS CIM 009 V1.8.1, 5.6).

Endpoints read a body into a Fragment, choose the operation and hand it to the store, which applies it to the locked row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from parvis.telemetry.context.attributes import instances_of
from parvis.telemetry.context.broker.problems import AlreadyExists, BadRequestData, ResourceNotFound
from parvis.telemetry.context.ngsild.expiring import shed
from parvis.telemetry.context.ngsild.merging import How
from parvis.telemetry.context.ngsild.names import shown
from parvis.telemetry.context.ngsild.simplified import Reshaping
from parvis.telemetry.context.ngsild.weaving import ABSENT, UpdateResult, Weaver
from parvis.telemetry.context.store.values import Effect, Fragment, Stored

SCOPE = "scope"

Guard = Callable[[Stored], bool]
"""Whether this entity is one that the request means, or may see: when not, it is as if it did not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOperation:
    urn: str
    only: Guard | None = None

    def present(self, entity: Stored | None) -> Stored:
        if entity is None or (self.only is not None and not self.only(entity)):
            raise ResourceNotFound(f"There is no entity {shown(self.urn)} here.")
        return entity


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making(BaseOperation):
    """What may make an entity. Whose it then is, the store knows."""

    fragment: Fragment
    source: str = ""

    def made(self, now: datetime) -> Effect:
        fragment = self.fragment
        if not fragment.types:
            raise BadRequestData("A new entity needs a type.")
        weaver = Weaver({}, created_at=now, now=now)
        weaver.weave_all(fragment.attributes, How.APPEND)
        scopes = fragment.scopes or []
        weaver.scope([], scopes)
        after = Stored(
            urn=self.urn,
            types=fragment.types,
            attributes=weaver.attributes,
            scopes=scopes,
            created_at=now,
            modified_at=now,
            expires_at=fragment.expires_at,
            source=self.source,
        )
        return Effect(after=after, instances=tuple(weaver.changes), answer=weaver.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(_Making):
    """5.6.1. Raises AlreadyExists."""

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        if entity is not None:
            raise AlreadyExists(f"There is an entity {shown(self.urn)} already.")
        return self.made(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert(_Making):
    """5.6.8, of one entity. `update`: attributes are appended with overwriting, instead of the entity being replaced."""

    update: bool = False

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        if entity is None:
            return self.made(now)
        entity = self.present(entity)
        if self.update:
            return written(entity, self.fragment, How.APPEND, now)
        return replaced(entity, self.fragment, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(BaseOperation):
    """5.6.18: attributes, scope and, when told, types. `createdAt` is kept."""

    fragment: Fragment

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        return replaced(self.present(entity), self.fragment, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(BaseOperation):
    """5.6.17, 5.6.20. `observed_at` and `lang` are the parameters of the request; `simplified`: values were given without kind."""

    fragment: Fragment
    observed_at: str = ""
    lang: str = ""
    simplified: bool = False

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        entity = self.present(entity)
        reshaping = Reshaping(observed_at=self.observed_at, lang=self.lang, simplified=self.simplified)
        fragment = self.fragment
        if reshaping.needed:
            fragment = structs.replace(fragment, attributes=reshaping.of(fragment.attributes, entity.attributes))
        return written(entity, fragment, How.MERGE, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendAttributes(BaseOperation):
    """5.6.3. The answer is an UpdateResult."""

    fragment: Fragment
    overwrite: bool = True

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        how = How.APPEND if self.overwrite else How.APPEND_NEW
        return written(self.present(entity), self.fragment, how, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAttributes(BaseOperation):
    """5.6.2. The answer is an UpdateResult."""

    fragment: Fragment

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        return written(self.present(entity), self.fragment, How.UPDATE, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchUpdate(BaseOperation):
    """5.6.9, of one entity. The answer is an UpdateResult: an incomplete one is an error of the batch."""

    fragment: Fragment
    overwrite: bool = True

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        how = How.BATCH if self.overwrite else How.BATCH_NEW
        return written(self.present(entity), self.fragment, how, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(BaseOperation):
    """5.6.6."""

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        entity = self.present(entity)
        weaver = Weaver(entity.attributes, created_at=entity.created_at, now=now)
        for name, attribute in entity.attributes.items():
            for one in instances_of(attribute):
                weaver.change(name, one.get("datasetId", ""), one, None)
        weaver.scope(entity.scopes, [])
        return Effect(after=None, instances=tuple(weaver.changes))


def replaced(entity: Stored, fragment: Fragment, now: datetime) -> Effect:
    weaver = opened(entity, now)
    weaver.replace_all(fragment.attributes)
    scopes = fragment.scopes or []
    weaver.scope(entity.scopes, scopes)
    after = structs.replace(
        entity,
        types=fragment.types or entity.types,
        attributes=weaver.attributes,
        scopes=scopes,
        modified_at=now,
        expires_at=fragment.expires_at,
    )
    return Effect(after=after, instances=tuple(weaver.changes), answer=weaver.result)


def written(entity: Stored, fragment: Fragment, how: How, now: datetime) -> Effect:
    """A fragment joined into an entity. When nothing changes, `after` is the very entity given."""
    weaver = opened(entity, now)
    weaver.weave_all(fragment.attributes, how)
    scopes = _scopes(entity, fragment, how, weaver.result)
    weaver.scope(entity.scopes, scopes)
    types = list(dict.fromkeys(entity.types + fragment.types))
    expires_at = None if fragment.never_expires else fragment.expires_at or entity.expires_at
    changed = weaver.changes or types != entity.types or expires_at != entity.expires_at
    if changed:
        entity = structs.replace(
            entity,
            types=types,
            attributes=weaver.attributes,
            scopes=scopes,
            modified_at=now,
            expires_at=expires_at,
        )
    return Effect(after=entity, instances=tuple(weaver.changes), answer=weaver.result)


def _scopes(entity: Stored, fragment: Fragment, how: How, result: UpdateResult) -> list[str]:
    """The scopes after the write (4.18, 5.6.2.4, 5.6.3.4)."""
    told = fragment.scopes
    if told is None:
        return entity.scopes
    if how is How.UPDATE and not entity.scopes:
        result.not_updated[SCOPE] = ABSENT
        return entity.scopes
    result.updated.append(SCOPE)
    if how in (How.APPEND_NEW, How.BATCH_NEW):
        return list(dict.fromkeys(entity.scopes + told))
    return told


def opened(entity: Stored, now: datetime) -> Weaver:
    """A weaver on what of the entity has not expired; what has goes first, as changes of its own."""
    weaver = Weaver(entity.attributes, created_at=entity.created_at, now=now)
    shed(weaver, now)
    return weaver
