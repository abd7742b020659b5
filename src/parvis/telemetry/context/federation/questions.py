"""A query as it is put to a source: narrowed to its registration, in an address or in a document (ETSI GS CIM 009 V1.8.1, 5.7.2.4).

The names of the parameters stand in the order of the standard's examples: type, id, attrs, then conditions.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.forwarding import Forward
from parvis.telemetry.context.federation.matching import Names, Reach
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.context.query.given import given_by_address, given_by_document
from parvis.telemetry.context.query.types import names_in

Asking = tuple[Names, tuple[str, ...], str]
"""Types, ids and a pattern: one EntitySelector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`conditions`: q, geo-query and scope as the client wrote them, by member of the Query document; none when `is_split`."""

    selectors: tuple[Asking, ...] = ()
    attributes: Names | None = None
    conditions: dict[str, Any] = field(default_factory=dict)
    by_document: bool = False
    is_split: bool = False

    def narrowed(self, how: Reach) -> "Question":
        """What of it concerns the source. A pattern of the registration is not sent: answers outside it are passed over."""
        kept = []
        for types, ids, pattern in self.selectors or ((frozenset[str](), (), ""),):
            common = (types & how.types if types else how.types) if how.types else types
            if types and not common:
                continue
            chosen = tuple(one for one in how.ids if not ids or one in ids) if how.ids is not None else ids
            if ids and not chosen:
                continue
            kept.append((common, chosen, "" if chosen else pattern))
        return replace(self, selectors=tuple(kept), attributes=how.attributes)

    def forwards(
        self, source: Source, context: Context, *, options: tuple[tuple[str, str], ...] = ()
    ) -> Iterator[Forward]:
        """One, or one for each selector where the source takes no document."""
        takes_document = source.supports(operations.QUERY_BATCH)
        if takes_document and (
            self.by_document or len(self.selectors) > 1 or not source.supports(operations.QUERY_ENTITY)
        ):
            yield self._document(source, context, options)
            return
        for one in self.each():
            yield one.forward(source, context, options=options)

    def forward(self, source: Source, context: Context, *, options: tuple[tuple[str, str], ...] = ()) -> Forward:
        """Of one selector, by the operation the source takes."""
        if not source.supports(operations.QUERY_ENTITY):
            return self._document(source, context, options)
        return Forward(
            source=source, method="GET", path="/entities", context=context, params=(*self.params(context), *options)
        )

    def each(self) -> Iterator["Question"]:
        """One question for each selector."""
        for selector in self.selectors:
            yield replace(self, selectors=(selector,))

    def params(self, context: Context) -> Iterator[tuple[str, str]]:
        """As an address says it; of one selector."""
        ((types, ids, pattern),) = self.selectors
        if types:
            yield "type", ",".join(sorted(map(context.term, types)))
        if ids:
            yield "id", ",".join(ids)
        if pattern:
            yield "idPattern", pattern
        if self.attributes:
            yield "attrs", ",".join(sorted(map(context.term, self.attributes)))
        for name, value in self.conditions.items():
            if name == "geoQ":
                for part, told in value.items():
                    yield part, told if isinstance(told, str) else _text(told)
            else:
                yield name, value

    def entities(self, context: Context) -> list[dict[str, Any]]:
        """As a document says them."""
        return [_entity(one, context) for one in self.selectors if one[0]]

    def _document(self, source: Source, context: Context, options: tuple[tuple[str, str], ...]) -> Forward:
        document: dict[str, Any] = {"type": "Query"}
        if entities := self.entities(context):
            document["entities"] = entities
        if self.attributes:
            document["attrs"] = sorted(map(context.term, self.attributes))
        return Forward(
            source=source,
            method="POST",
            path="/entityOperations/query",
            context=context,
            params=options,
            body=document | self.conditions,
        )


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _entity(asking: Asking, context: Context) -> dict[str, Any]:
    types, ids, pattern = asking
    entity: dict[str, Any] = {"type": ",".join(sorted(map(context.term, types)))}
    if ids:
        entity["id"] = ids[0] if len(ids) == 1 else list(ids)
    elif pattern:
        entity["idPattern"] = pattern
    return entity


def question_of(asked: Asked, asks: Wanted) -> Question:
    """The query of the request; with `splitEntities` its conditions are left to be checked when all is known."""
    by_document = isinstance(asked.body, dict)
    given = given_by_document(asked.body, temporal=True) if by_document else given_by_address(asked.query)
    conditions: dict[str, Any] = {}
    if not _is_split(asked):
        if given.q is not None:
            conditions["q"] = given.q
        if given.geo is not None:
            parts = {name: getattr(given.geo, name) for name in ("georel", "geometry", "coordinates", "geoproperty")}
            conditions["geoQ"] = {name: value for name, value in parts.items() if value is not None}
        if given.scope is not None:
            conditions["scopeQ"] = given.scope
    return Question(
        selectors=tuple(
            (frozenset() if one.types is None else frozenset(names_in(one.types)), one.ids, one.pattern)
            for one in asks.query.selectors
        ),
        conditions=conditions,
        by_document=by_document,
        is_split=_is_split(asked),
    )


def _is_split(asked: Asked) -> bool:
    if isinstance(asked.body, dict) and "splitEntities" in asked.body:
        return asked.body["splitEntities"] is True
    return "splitEntities" in asked.query and asked.query.flag("splitEntities")
