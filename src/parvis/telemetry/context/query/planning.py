"""From which side a query is best begun: from values kept in order, from the place, or from all things of a type (ADR 0015).

Decided by counting, not by statistics: how many rows each condition leaves, counted up to `FEW`. A few are all read at once; of many,
a page is soon full of things in the order of their creation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.query.asked import Key, Wish, known, touch
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.geo import GeoQuery
from parvis.telemetry.context.query.kept import Alternatives, Condition, alternatives, present, scoped
from parvis.telemetry.context.query.terms import And, Term
from parvis.telemetry.context.query.types import one_of

FEW = 2000
_PAGE = 50  # things that are read without more ado
_MOST_TYPES = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A part of the query that kept values answer: `(ids of asked paths, condition)`, one of which must hold.

    `typed`: they are of things of the types of the query only; else of any things.
    """

    parts: tuple[tuple[tuple[int, ...], Condition], ...]
    exact: bool
    typed: bool

    def sql(self, entity: str, *, one_by_one: bool = False) -> tuple[str, list[Any]]:
        """That such a row of the entity exists. `one_by_one`: looked up for each entity, as there are few; else as the planner likes."""
        texts, values = [], []
        for asked, condition in self.parts:
            rows = f"FROM context_value AS v WHERE v.asked_id = ANY(%s::bigint[]) AND v.entity_id = {entity} AND {condition.text}"
            texts.append(f"(SELECT true {rows} LIMIT 1)" if one_by_one else f"EXISTS (SELECT {rows})")
            values += [list(asked), *condition.values]
        return f"({' OR '.join(texts)})", values


@dataclass(slots=True, kw_only=True)
class Plan:
    """`ids`: all that can answer, in order, when they are few. `stream`: the part from which to begin, when they are many.

    `kept`: every part that kept values answer; `covered`: together they say all that the query says of attributes and scopes.
    `begun`: the part from which `ids` or `stream` are. `wishes`: what would have helped and is not kept.
    """

    kept: list[Kept] = field(default_factory=list)
    begun: Kept | None = None
    ids: list[int] | None = None
    stream: Kept | None = None
    covered: bool = False
    wishes: list[Wish] = field(default_factory=list)

    @property
    def others(self) -> list[Kept]:
        return [kept for kept in self.kept if kept is not self.begun]


def planned(query: EntityQuery, tenant_id: int, *, now: datetime) -> Plan:
    plan = Plan()
    found, covered = _conjunction(query)
    if found:
        _look_up(plan, found, query, tenant_id, now)
    plan.covered = covered and len(plan.kept) == len(found)
    _begin(plan)
    if plan.ids is None and query.geo is not None and (ids := _near(query.geo, tenant_id)) is not None:
        plan.ids, plan.stream, plan.begun = ids, None, None
    return plan


def _look_up(plan: Plan, found: Sequence[Alternatives], query: EntityQuery, tenant_id: int, now: datetime) -> None:
    types = types_of(query)
    asked = known(tenant_id, types)
    for part in found:
        kept = _kept(part, types, asked)
        if kept is None:
            plan.wishes += [Wish(tenant_id, name, one.key) for one in part.parts for name in types or [""]]
        else:
            plan.kept.append(kept)
            touch((id_ for ids, _ in kept.parts for id_ in ids), now=now)


def _near(geo: GeoQuery, tenant_id: int) -> list[int] | None:
    """The things whose place meets the box, when they are few."""
    if geo.names != ("location",) or geo.bounds is None:
        return None
    with hot_cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(b.id) FROM (SELECT e.id FROM context_entity AS e"
            " WHERE e.bounds && box(point(%s, %s), point(%s, %s)) AND e.tenant_id = %s LIMIT %s) AS b",
            [*geo.bounds, tenant_id, FEW + 1],
        )
        ids = cursor.fetchall()[0][0] or []
    return sorted(ids) if len(ids) <= FEW else None


def types_of(query: EntityQuery) -> list[str]:
    """Types of which everything that answers has at least one; empty: any, or too many."""
    if not query.selectors or any(selector.types is None for selector in query.selectors):
        return []
    names = frozenset().union(*(one_of(selector.types) for selector in query.selectors if selector.types is not None))
    return sorted(names) if len(names) <= _MOST_TYPES else []


def _conjunction(query: EntityQuery) -> tuple[list[Alternatives], bool]:
    """The parts that kept values could answer, and whether they are all there is."""
    parts = [alternatives(term) for term in _terms(query.q)]
    parts += [present(names) for names in (query.attributes, query.kept) if names]
    if query.scope is not None:
        parts.append(scoped(query.scope))
    found = [part for part in parts if part is not None]
    return found, len(found) == len(parts) and all(part.exact for part in found)


def _terms(q: Term | None) -> Sequence[Term]:
    if q is None:
        return ()
    return q.parts if isinstance(q, And) else (q,)


def _kept(part: Alternatives, types: Sequence[str], asked: Mapping[tuple[str, Key], int]) -> Kept | None:
    found = []
    for condition in part.parts:
        ids = _asked(condition.key, types, asked)
        if ids is None:
            return None
        found.append((ids, condition))
    of_types = {id_ for (name, _), id_ in asked.items() if name}
    return Kept(tuple(found), part.exact, all(id_ in of_types for ids, _ in found for id_ in ids))


def _asked(key: Key, types: Sequence[str], asked: Mapping[tuple[str, Key], int]) -> tuple[int, ...] | None:
    if ("", key) in asked and not types:
        return (asked["", key],)
    ids = [asked.get((name, key)) for name in types]
    if ids and all(one is not None for one in ids):
        return tuple(one for one in ids if one is not None)
    return (asked["", key],) if ("", key) in asked else None


def _begin(plan: Plan) -> None:
    """Begins from the part that leaves the fewest."""
    fewest = FEW + 1
    for kept in plan.kept:
        if _is_dense(kept):
            continue
        ids = _ids(kept)
        if len(ids) < fewest:
            fewest, plan.ids, plan.begun = len(ids), sorted(set(ids)), kept
        if plan.ids is not None and fewest < _PAGE:
            return
    if plan.ids is None and plan.kept:
        likeliest = min(plan.kept, key=lambda kept: (_is_dense(kept), len(kept.parts), not _is_by_value(kept)))
        plan.stream = plan.begun = likeliest


def _ids(kept: Kept) -> list[int]:
    """Of the things with such a row; `FEW + 1` of them when they are more."""
    found: list[int] = []
    with hot_cursor() as cursor:
        for asked, condition in kept.parts:
            cursor.execute(
                "SELECT array_agg(b.entity_id) FROM (SELECT v.entity_id FROM context_value AS v"  # noqa: S608 the text is ours
                f" WHERE v.asked_id = ANY(%s::bigint[]) AND {condition.text} LIMIT %s) AS b",
                [list(asked), *condition.values, FEW + 1 - len(found)],
            )
            found += cursor.fetchall()[0][0] or ()
            if len(found) > FEW:
                break
    return found


def _is_dense(kept: Kept) -> bool:
    return any(condition.dense for _, condition in kept.parts)


def _is_by_value(kept: Kept) -> bool:
    return all(condition.by_value for _, condition in kept.parts)


def next_ids(plan: Plan, after: int, size: int) -> tuple[list[int], int | None]:
    """Of a stream: the next things after this one, in order, and after which one to go on; None at the end."""
    assert plan.stream is not None
    others = [kept.sql("s.entity_id", one_by_one=True) for kept in plan.others]
    lists = [
        _following(one, condition, others, after=after, size=size)
        for asked, condition in plan.stream.parts
        for one in asked
    ]
    ends = [rows[-1][0] for rows in lists if len(rows) == size]
    most = min(ends) if ends else None
    tests = [condition.says for asked, condition in plan.stream.parts for _ in asked]
    found = {
        id_
        for rows, says in zip(lists, tests, strict=True)
        for id_, text in rows
        if (most is None or id_ <= most) and says(text)
    }
    return sorted(found), most


def _following(
    asked: int, condition: Condition, others: Sequence[tuple[str, list[Any]]], *, after: int, size: int
) -> list[tuple[int, str | None]]:
    """Things, and texts if a pattern is to look at them."""
    texts = [text for text, _ in others]
    values = [value for _, given in others for value in given]
    # An expression keeps the statement on the index in the order of things, whose pages end early.
    text = condition.text.replace("v.", "s.")
    if not condition.by_value:
        text = text.replace("s.number", "(s.number + 0)").replace("s.text", "(s.text || '')")
    looked_at = "s.text" if condition.pattern else "NULL"
    with hot_cursor() as cursor:
        cursor.execute(
            f"SELECT s.entity_id, {looked_at} FROM context_value AS s"  # noqa: S608 the text is ours
            f" WHERE s.asked_id = %s AND s.entity_id > %s AND {' AND '.join([text, *texts])}"
            " ORDER BY s.entity_id LIMIT %s",
            [asked, after, *condition.values, *values, size],
        )
        return cursor.fetchall()
