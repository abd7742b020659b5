"""Pages of what answers a question, as a table or as the documents that programs get."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from parvis.kernel import units
from parvis.telemetry.context.attributes import VALUE_MEMBERS, Instance, instances_of, text_of
from parvis.telemetry.context.console.rights import AgentRights
from parvis.telemetry.context.jsonld.catalogue import product
from parvis.telemetry.context.ngsild.rendering import Kind, Representation, render
from parvis.telemetry.context.presenting import HIDDEN, attribute_label, specs_of, text, type_label
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.context.query.finding import Caller, Found, bounded, everything, found
from parvis.telemetry.context.store.values import Stored

MOST_COUNTED = 10_000
"""For an agent of some organisations things are counted one by one: no further than this."""
MOST_COLUMNS = 4


@dataclass(slots=True)
class Results(Sequence[Stored]):
    """All that answers, read by pages when a `Paginator` asks for them. Reading raises `LdError` when it takes too much."""

    asks: Wanted
    caller: Caller
    _pages: dict[tuple[int, int], Found] = field(default_factory=dict)
    _counted: list[Stored] | None = None

    def __len__(self) -> int:
        page = next(iter(self._pages.values()), None) or self.page(0, 0)
        return page.total or 0

    @property
    def is_more(self) -> bool:
        """Whether there is more than was counted."""
        rights = self.caller.rights
        return isinstance(rights, AgentRights) and not rights.are_columns and len(self) > MOST_COUNTED

    def page(self, offset: int, limit: int) -> Found:
        if (offset, limit) not in self._pages:
            self._pages[offset, limit] = self._read(offset, limit)
        return self._pages[offset, limit]

    def _read(self, offset: int, limit: int) -> Found:
        rights = self.caller.rights
        if not isinstance(rights, AgentRights) or rights.are_columns:
            return found(self.asks.query, self.caller, limit=limit, offset=offset, count=True)
        if self._counted is None:
            with bounded():
                self._counted = list(islice(everything(self.asks.query, self.caller), MOST_COUNTED + 1))
        return Found(things=self._counted[offset : offset + limit], total=len(self._counted))

    def __getitem__(self, part: Any) -> Any:
        if isinstance(part, slice):
            return self.page(part.start or 0, (part.stop or 0) - (part.start or 0)).things
        return self.page(part, 1).things[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    urn: str
    name: str
    types: str
    cells: Sequence[tuple[str, str]]
    """Label of the column, text."""


def columns(things: Sequence[Stored], asks: Wanted) -> list[Column]:
    """Those asked for; else the first that these things have, declared ones before others."""
    type_name = things[0].types[0] if things else ""
    chosen = [*asks.query.attributes, *asks.query.kept]
    if not chosen and asks.projection is not None:
        members = asks.projection.attrs or asks.projection.pick
        chosen = [name for name in members.names if name not in _HEAD] if members else []
    if not chosen:
        present = {name for thing in things for name in thing.attributes} - HIDDEN
        declared = [name for name in specs_of(type_name) if name in present]
        chosen = [*declared, *sorted(present.difference(declared))][:MOST_COLUMNS]
    return [Column(name=name, label=attribute_label(type_name, name)) for name in chosen]


_HEAD = frozenset(("id", "type", "scope", "createdAt", "modifiedAt"))


def rows(things: Iterable[Stored], shown: Sequence[Column]) -> list[Row]:
    return [
        Row(
            urn=thing.urn,
            name=text_of(thing.attributes.get("name")) or thing.urn.rpartition(":")[2],
            types=", ".join(map(type_label, thing.types)),
            cells=[(column.label, _cell(thing.attributes.get(column.name))) for column in shown],
        )
        for thing in things
    ]


def _cell(attribute: Any) -> str:
    return " ; ".join(instance_text(one) for one in instances_of(attribute)) or "–"


def instance_text(instance: Instance) -> str:
    """Its value, with the unit."""
    value = instance.get(VALUE_MEMBERS.get(instance.get("type", "Property"), "value"))
    code = instance.get("unitCode")
    unit = units.symbol(code) if isinstance(code, str) else ""
    return f"{text(value)} {unit}" if unit else text(value)


def document(thing: Stored, how: Representation, *, with_context: bool) -> dict[str, Any]:
    """As the API answers it in the product's own @context."""
    context = product()
    head: Mapping[str, Any] = {"@context": context.value} if with_context else {}
    return {**render(thing, context, how), **head}


def documents_text(things: Iterable[Stored], kind: Kind, asks: Wanted) -> str:
    how = replace(Representation(kind=kind), projection=asks.projection)
    return as_json([document(thing, how, with_context=True) for thing in things])


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
