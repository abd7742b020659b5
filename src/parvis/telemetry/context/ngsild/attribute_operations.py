"""The provision operations on one attribute of one entity, and the pieces of purging (ETSI GS CIM 009 V1.8.1, 5.6.4, 5.6.5, 5.6.19, 5.6.21)."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from parvis.telemetry.context.attributes import Instance, instances_of
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.expiring import shed
from parvis.telemetry.context.ngsild.merging import How, by_dataset
from parvis.telemetry.context.ngsild.operations import SCOPE, BaseOperation, opened
from parvis.telemetry.context.ngsild.weaving import Weaver, missing
from parvis.telemetry.context.store.values import Effect, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAttribute(BaseOperation):
    """`name` is a stored name."""

    name: str

    def not_scope(self) -> None:
        if self.name == SCOPE:
            raise BadRequestData("scope is changed with the entity, not as an attribute.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialUpdate(_OfAttribute):
    """5.6.4: `instances` as read in Mode.PARTIAL."""

    instances: list[Instance]

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        self.not_scope()
        return _woven(self.present(entity), self.name, self.instances, How.PARTIAL, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceAttribute(_OfAttribute):
    """5.6.19: only the instances addressed; the kind may change."""

    instances: list[Instance]

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        self.not_scope()
        return _woven(self.present(entity), self.name, self.instances, How.REPLACE, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAttribute(_OfAttribute):
    """5.6.5: the default instance, that of `dataset_id`, or all. The scope too."""

    dataset_id: str = ""
    delete_all: bool = False

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        entity = self.present(entity)
        weaver = opened(entity, now)
        if self.name == SCOPE:
            if not entity.scopes:
                raise missing(SCOPE, "")
            weaver.scope(entity.scopes, [])
            return _done(weaver, structs.replace(entity, scopes=[]), now)
        known = by_dataset(weaver.attributes.get(self.name))
        if not known or not (self.delete_all or self.dataset_id in known):
            raise missing(self.name, self.dataset_id)
        weaver.remove(self.name, known.values() if self.delete_all else [known[self.dataset_id]])
        return _done(weaver, entity, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAttributes(BaseOperation):
    """5.6.21, of one entity: removes the attributes of these stored names, or with `others` all but these.

    An entity that is gone meanwhile needs no purging.
    """

    names: frozenset[str]
    others: bool = False

    def apply(self, entity: Stored | None, now: datetime) -> Effect:
        if entity is None:
            return Effect(after=None)
        entity = self.present(entity)
        weaver = Weaver(entity.attributes, created_at=entity.created_at, now=now)
        shed(weaver, now)
        for name in list(weaver.attributes):
            if (name in self.names) != self.others:
                weaver.remove(name, instances_of(weaver.attributes[name]))
        if not weaver.changes:
            return Effect(after=entity)
        return _done(weaver, entity, now)


def _woven(entity: Stored, name: str, instances: list[Instance], how: How, now: datetime) -> Effect:
    weaver = opened(entity, now)
    weaver.weave(name, instances, how)
    return _done(weaver, entity, now)


def _done(weaver: Weaver, entity: Stored, now: datetime) -> Effect:
    after = structs.replace(entity, attributes=weaver.attributes, modified_at=now)
    return Effect(after=after, instances=tuple(weaver.changes), answer=weaver.result)
