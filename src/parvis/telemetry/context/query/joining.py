"""Linked entities within an answer (ETSI GS CIM 009 V1.8.1, 4.5.23): beneath their relationship (inline), or after it (flat)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.rendering import Kind, Representation, render
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.query.projection import Projection
from parvis.telemetry.context.query.targets import instances, links_of
from parvis.telemetry.context.store.values import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiner:
    """Of one answer. `how` is without projection: each level has its own."""

    links: Links
    context: Context
    how: Representation
    level: int
    contained_by: frozenset[str]

    def inline(self, things: Sequence[Stored], projected: Projection | None) -> list[dict[str, Any]]:
        """Rendered, each with what it points at."""
        self._read(things, projected, self.level)
        return [self._within(thing, projected, self.level, self.contained_by) for thing in things]

    def flat(self, things: Sequence[Stored], projected: Projection | None) -> list[tuple[Stored, Projection | None]]:
        """The things, then what they point at, each once, and how much of it is wanted."""
        answered: dict[str, tuple[Stored, Projection | None]] = {thing.urn: (thing, projected) for thing in things}
        level: list[tuple[Stored, Projection | None]] = list(answered.values())
        for _ in range(self.level):
            found: list[tuple[Stored, Projection | None]] = []
            self.links.read(urn for thing, wanted in level for _, urns in _relationships(thing, wanted) for urn in urns)
            for thing, wanted in level:
                for name, urns in _relationships(thing, wanted):
                    for linked in self._new(urns, self.contained_by):
                        if linked.urn not in answered:
                            answered[linked.urn] = (linked, wanted.beyond(name) if wanted is not None else None)
                            found.append(answered[linked.urn])
            level = found
        return list(answered.values())

    def _read(self, things: Sequence[Stored], projected: Projection | None, levels: int) -> None:
        """All that will be shown, by one statement a level."""
        level = [(thing, projected) for thing in things]
        seen = set(self.contained_by)
        for _ in range(levels):
            wanted = {
                urn: projection.beyond(name) if projection is not None else None
                for thing, projection in level
                for name, urns in _relationships(thing, projection)
                for urn in urns
                if urn not in seen
            }
            seen.update(wanted)
            found = self.links(list(wanted))
            level = [(thing, wanted[urn]) for urn, thing in found.items()]

    def _within(
        self, thing: Stored, projected: Projection | None, levels: int, passed: frozenset[str]
    ) -> dict[str, Any]:
        document = render(thing, self.context, replace(self.how, projection=projected))
        if not levels:
            return document
        passed |= {thing.urn}
        for name, urns in _relationships(thing, projected):
            term = self.context.term(name)
            if term not in document:
                continue
            beyond = projected.beyond(name) if projected is not None else None
            shown = {linked.urn: self._within(linked, beyond, levels - 1, passed) for linked in self._new(urns, passed)}
            if shown:
                document[term] = self._joined(document[term], shown)
        return document

    def _new(self, urns: Sequence[str], passed: frozenset[str]) -> list[Stored]:
        known = self.links(urns)
        return [known[urn] for urn in urns if urn in known and urn not in passed]

    def _joined(self, drawn: Any, shown: Mapping[str, dict[str, Any]]) -> Any:
        """The rendered relationship, with the entities."""
        if self.how.kind is Kind.SIMPLIFIED:
            return _in_place(drawn, shown)
        if isinstance(drawn, list):
            return [_beneath(one, shown) for one in drawn]
        return _beneath(drawn, shown)


def _relationships(thing: Stored, projected: Projection | None) -> list[tuple[str, list[str]]]:
    """Those that are shown, and what they point at."""
    keeps: Callable[[str], bool] = projected.keeps if projected is not None else lambda name: True
    found = []
    for name, attribute in thing.attributes.items():
        urns = list(dict.fromkeys(urn for instance in instances(attribute) for urn in links_of(instance)))
        if urns and keeps(name):
            found.append((name, urns))
    return found


def _in_place(drawn: Any, shown: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(drawn, str):
        return shown.get(drawn, drawn)
    if isinstance(drawn, list):
        return [_in_place(one, shown) for one in drawn]
    if isinstance(drawn, dict) and drawn.keys() == {"dataset"}:
        return {"dataset": {key: _in_place(one, shown) for key, one in drawn["dataset"].items()}}
    return drawn


def _beneath(drawn: dict[str, Any], shown: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if "objectList" in drawn:
        uris = [one["object"] if isinstance(one, dict) else one for one in drawn["objectList"]]
        entities = [shown[uri] for uri in uris if uri in shown]
        return drawn | {"entityList": entities} if entities else drawn
    objects = drawn.get("object")
    if isinstance(objects, str):
        return drawn | {"entity": shown[objects]} if objects in shown else drawn
    return drawn
