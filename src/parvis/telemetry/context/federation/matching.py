"""Which registrations concern a question, and what of the question they concern (ETSI GS CIM 009 V1.8.1, 5.12).

Pure: no clock, no database. Patterns are searched, not matched from the start; two patterns are assumed to have something in common.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from parvis.telemetry.context.federation.sources import EntityInfo, Information, Source
from parvis.telemetry.context.query.patterns import compiled

Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """`types` None: of any type. With `ids`, the pattern does not count."""

    types: Names | None = None
    ids: Names = frozenset()
    pattern: str = ""

    def meets(self, info: EntityInfo) -> bool:
        if self.types is not None and self.types.isdisjoint(info.types):
            return False
        if info.id:
            return info.id in self.ids if self.ids else not self.pattern or compiled(self.pattern).found(info.id)
        if info.pattern is not None and self.ids:
            return any(info.pattern.found(one) for one in self.ids)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`selectors` are alternatives; none: any entity. `attributes` None: any."""

    selectors: tuple[Selector, ...] = ()
    attributes: Names | None = None
    dataset_ids: Names = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a source has to do with a question. None is no limit; `information`: the matching elements, with their entities."""

    information: tuple[tuple[Information, tuple[EntityInfo, ...]], ...]
    attributes: Names | None
    ids: tuple[str, ...] | None
    types: Names = field(default=frozenset())


def reach(source: Source, wanted: Wanted) -> Reach | None:
    """None when the registration does not match."""
    if wanted.dataset_ids and source.dataset_ids and wanted.dataset_ids.isdisjoint(source.dataset_ids):
        return None
    matching = []
    for information in source.information:
        entities = tuple(info for info in information.entities if _selected(info, wanted.selectors))
        if information.entities and not entities:
            continue
        if not _share(wanted.attributes, information.names):
            continue
        matching.append((information, entities))
    if not matching:
        return None
    return Reach(
        information=tuple(matching),
        attributes=_attributes([one for one, _ in matching], wanted.attributes),
        ids=_ids(matching, wanted.selectors),
        types=frozenset().union(*(info.types for _, entities in matching for info in entities)),
    )


def _share(wanted: Names | None, named: Names | None) -> bool:
    return wanted is None or named is None or not wanted.isdisjoint(named)


def _selected(info: EntityInfo, selectors: tuple[Selector, ...]) -> bool:
    return not selectors or any(selector.meets(info) for selector in selectors)


def _attributes(matching: list[Information], wanted: Names | None) -> Names | None:
    if any(one.names is None for one in matching):
        return wanted
    named: Names = frozenset().union(*(one.names or () for one in matching))
    return named if wanted is None else named & wanted


def _ids(
    matching: Iterable[tuple[Information, tuple[EntityInfo, ...]]], selectors: tuple[Selector, ...]
) -> tuple[str, ...] | None:
    """The only ids worth asking for, when both sides leave no other; sorted."""
    asked = (
        frozenset().union(*(one.ids for one in selectors)) if selectors and all(one.ids for one in selectors) else None
    )
    found: set[str] = set()
    for _information, entities in matching:
        if not entities:
            return None if asked is None else tuple(sorted(asked))
        for info in entities:
            if info.id:
                found.add(info.id)
            elif asked is None:
                return None
            elif info.pattern is not None:
                found.update(one for one in asked if info.pattern.found(one))
            else:
                found.update(asked)
    return tuple(sorted(found))


EVERYTHING: Any = True
"""A claim on all attributes of an entity, and on the entity itself."""


def claim(source: Source, urn: str, types: Collection[str] | None) -> Names | bool:
    """What a source says to hold of one entity: names of attributes, `EVERYTHING`, or False. `types` None: not known."""
    names: set[str] = set()
    for information in source.information:
        if information.entities and not any(_is(info, urn, types) for info in information.entities):
            continue
        if information.names is None:
            return True
        names |= information.names
    return frozenset(names) if names else False


def _is(info: EntityInfo, urn: str, types: Collection[str] | None) -> bool:
    if types is not None and info.types.isdisjoint(types):
        return False
    if info.id:
        return info.id == urn
    return info.pattern is None or info.pattern.found(urn)
