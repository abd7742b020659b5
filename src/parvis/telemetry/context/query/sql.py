"""The part of a query that PostgreSQL answers. It may only widen: what it finds is compared again (`evaluate`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.planning import types_of
from parvis.telemetry.context.query.prefilter import is_exact, prefilter
from parvis.telemetry.context.query.scopes import AllScopes, Scope, ScopeSelection
from parvis.telemetry.context.query.types import AllOf, AnyOf, Named, TypeSelection

HAS_TYPE = "(e.type = ANY(%s::text[]) OR (e.more_types <> '{}' AND e.more_types && %s::text[]))"


@dataclass(slots=True)
class Where:
    """Conditions joined by AND on `context_entity AS e`, and the values they are given by position.

    `branches`: conditions one of which everything answers, each read in the order of things; none: there is no such.
    `exact`: it says all that is asked of columns; attributes, scopes and places are not. `types_only`: they are all of some types.
    """

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    branches: list[tuple[str, list[Any]]] = field(default_factory=list)
    box: tuple[float, float, float, float] | None = None
    exact: bool = True
    types_only: bool = False

    def add(self, part: str, *values: Any) -> None:
        self.parts.append(part)
        self.values += values

    @property
    def text(self) -> str:
        return " AND ".join(self.parts) or "true"

    @property
    def by_place(self) -> tuple[str, list[Any]]:
        """The conditions, and that the place meets the box as its index knows it: for statements that want all, in no order."""
        if self.box is None:
            return self.text, self.values
        return f"{self.text} AND e.bounds && box(point(%s, %s), point(%s, %s))", [*self.values, *self.box]


def where(query: EntityQuery, *, tenant_id: int, rights: BrokerRights, now: datetime) -> Where:
    """What columns tell: all but attributes and scopes."""
    made = Where()
    made.add("e.tenant_id = %s", tenant_id)
    made.add("(e.expires_at IS NULL OR e.expires_at > %s)", now)
    if rights.types is not None:
        made.add(HAS_TYPE, sorted(rights.types), sorted(rights.types))
    if rights.areas is not None:
        made.add("e.area_code = ANY(%s::text[])", sorted(rights.areas))
    if rights.organisations is not None:
        made.add("e.organisation_id = ANY(%s::bigint[])", sorted(rights.organisations))
    if query.selectors:
        alternatives = [_selector(made, one) for one in query.selectors]
        values = [value for _, given in alternatives for value in given]
        made.add(_any(text for text, _ in alternatives), *values)
    if query.geo is not None and query.geo.names == ("location",):
        _bounds(made, query)
    if ids := _only_ids(query.selectors):
        made.branches = [("e.urn = ANY(%s::text[])", [ids])]
    elif types := types_of(query):
        made.branches = [("e.type = %s", [name]) for name in types]
        made.branches.append(("e.more_types <> '{}' AND e.more_types && %s::text[]", [types]))
    made.types_only = _are_types_only(query, rights)
    return made


def _are_types_only(query: EntityQuery, rights: BrokerRights) -> bool:
    """Whether one of `types_of` is all that columns are asked."""
    if rights.narrows_rows or query.geo is not None or len(query.selectors) != 1:
        return False
    (selector,) = query.selectors
    alternatives = selector.types.parts if isinstance(selector.types, AnyOf) else (selector.types,)
    plain = all(isinstance(one, Named) for one in alternatives)
    return plain and not selector.ids and not selector.pattern and bool(types_of(query))


def compare_documents(made: Where, query: EntityQuery) -> bool:
    """Adds what the documents tell, for a walk through all of them; whether that says all that is asked of them."""
    for names in (query.attributes, query.kept):
        if names:
            made.add("e.attributes ?| %s::text[]", list(names))
    values: list[Any] = []
    if query.scope is not None:
        made.parts.append(_scope(query.scope, values))
    if query.q is not None:
        made.parts.append(prefilter(query.q, values))
    made.values += values
    return query.q is None or is_exact(query.q)


def _only_ids(selectors: Sequence[Selector]) -> list[str]:
    """When every selector names its entities."""
    if not selectors or not all(selector.ids for selector in selectors):
        return []
    return sorted({urn for selector in selectors for urn in selector.ids})


def _selector(made: Where, selector: Selector) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if selector.types is not None:
        parts.append(_types(selector.types, values))
    if selector.ids:
        parts.append("e.urn = ANY(%s::text[])")
        values.append(list(selector.ids))
    elif selector.pattern:
        made.exact = False
    return "(" + (" AND ".join(parts) or "true") + ")", values


def _types(selection: TypeSelection, values: list[Any]) -> str:
    if isinstance(selection, Named):
        values += [[selection.name], [selection.name]]
        return HAS_TYPE
    joined = " AND " if isinstance(selection, AllOf) else " OR "
    return "(" + joined.join(_types(part, values) for part in selection.parts) + ")"


def _scope(selection: ScopeSelection, values: list[Any]) -> str:
    if isinstance(selection, Scope):
        values.append(selection.expression)
        return "EXISTS (SELECT FROM unnest(e.scopes) AS s WHERE '/' || ltrim(s, '/') ~ %s)"
    joined = " AND " if isinstance(selection, AllScopes) else " OR "
    return "(" + joined.join(_scope(part, values) for part in selection.parts) + ")"


def _bounds(made: Where, query: EntityQuery) -> None:
    assert query.geo is not None
    bounds = query.geo.bounds
    if bounds is None:
        made.add("e.bounds IS NOT NULL")
    else:
        # Not for the index: of few the ids are known already (`planning`), of many it would read and sort all.
        made.add("(e.bounds && box(point(%s, %s), point(%s, %s))) IS TRUE", *bounds)
        made.box = bounds


def _any(parts: Iterable[str]) -> str:
    return "(" + " OR ".join(parts) + ")"
