"""The part of a query that PostgreSQL answers. It may only widen: what it finds is compared again, unless it is `exact`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.scopes import AllScopes, Scope, ScopeSelection
from parvis.telemetry.context.query.types import AllOf, Named, TypeSelection


@dataclass(slots=True)
class Where:
    """Conditions joined by AND, and the values they are given by position."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    exact: bool = True

    def add(self, part: str, *values: Any) -> None:
        self.parts.append(part)
        self.values += values

    @property
    def text(self) -> str:
        return " AND ".join(self.parts) or "true"


def where(query: EntityQuery, *, tenant_id: int, rights: BrokerRights, now: datetime) -> Where:
    """Of rows `context_entity AS e`."""
    made = Where()
    made.add("e.tenant_id = %s", tenant_id)
    made.add("(e.expires_at IS NULL OR e.expires_at > %s)", now)
    _rights(made, rights)
    if query.selectors:
        alternatives = [_selector(made, one) for one in query.selectors]
        made.parts.append(_any(text for text, _ in alternatives))
        made.values += [value for _, values in alternatives for value in values]
    for names in (query.attributes, query.kept):
        if names:
            made.add("e.attributes ?| %s::text[]", list(names))
    if query.scope is not None:
        values: list[Any] = []
        made.add(_scope(query.scope, values), *values)
    if query.geo is not None:
        made.exact = False
        if query.geo.names == ("location",):
            _bounds(made, query)
    if query.q is not None:
        made.exact = False
    return made


def _rights(made: Where, rights: BrokerRights) -> None:
    if rights.types is not None:
        names = sorted(rights.types)
        made.add("(e.type = ANY(%s::text[]) OR (e.more_types <> '{}' AND e.more_types && %s::text[]))", names, names)
    if rights.areas is not None:
        made.add("e.area_code = ANY(%s::text[])", sorted(rights.areas))


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
        values += [selection.name, [selection.name]]
        return "(e.type = %s OR (e.more_types <> '{}' AND e.more_types @> %s::text[]))"
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
        west, south, east, north = bounds
        made.add("e.bounds && box(point(%s, %s), point(%s, %s))", west, south, east, north)


def _any(parts: Iterable[str]) -> str:
    return "(" + " OR ".join(parts) + ")"
