"""One query being answered: things read from where the plan begins, in larger and larger chunks, and compared one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from parvis.telemetry.context.broker.problems import TooComplexQuery
from parvis.telemetry.context.broker.rights import BrokerRights, personal_names
from parvis.telemetry.context.ngsild.expiring import living
from parvis.telemetry.context.query import rows
from parvis.telemetry.context.query.asked import are_many, wishes
from parvis.telemetry.context.query.entities import EntityQuery, names_asked
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.query.planning import next_ids, planned, types_of
from parvis.telemetry.context.query.sql import Where, compare_documents, where
from parvis.telemetry.context.store.values import Stored

WALK_S = 20
"""A query that compares things for longer is refused."""
SLOW_S = 0.03
"""What took longer without values in order wishes for them."""
_NARROWED = 60  # ids of which the database keeps but some
_LARGEST_CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, of which world, when."""

    tenant_id: int
    rights: BrokerRights
    now: datetime

    def sees(self, thing: Stored) -> Stored | None:
        """What there is of it now for this caller."""
        alive = living(thing, self.now)
        return None if alive is None else self.rights.visible(alive)

    def sees_all(self, names: Iterable[str]) -> bool:
        """Whether no thing hides any of these attributes from this caller."""
        return self.rights.attributes is None and personal_names().isdisjoint(names)

    def links(self) -> Links:
        return Links(self.tenant_id, self.rights, self.now)


class Search:
    """It is planned when it is made, by statements of its own."""

    def __init__(self, query: EntityQuery, caller: Caller, links: Links) -> None:
        self.query, self.caller, self.links = query, caller, links
        self.plan = planned(query, caller.tenant_id, now=caller.now)
        self.where = where(query, tenant_id=caller.tenant_id, rights=caller.rights, now=caller.now)
        said = self.plan.covered  # that conditions on attributes and scopes are all in the plan, or in the statement
        if not said:
            said = compare_documents(self.where, query)
        self.is_plain = self.where.exact and not (query.q or query.geo or query.scope or query.attributes or query.kept)
        """Columns say all that is asked."""
        self.is_counted = self.where.exact and said and caller.sees_all(names_asked(query))
        self.is_exact = self.is_counted and query.geo is None
        """What is read is what answers, as good as always."""

    def total(self) -> int | None:
        """How many answer, told by the database; None when things have to be compared for that."""
        query, plan = self.query, self.plan
        if not self.is_counted:
            return None
        if query.geo is not None:
            return self._at_places()
        total = None
        if self.where.types_only and plan.covered and all(kept.typed for kept in plan.kept):  # all is in indexes
            total = rows.count_of_types(self.caller.tenant_id, types_of(query), plan, now=self.caller.now)
        return rows.count(self.where, plan) if total is None else total

    def _at_places(self) -> int | None:
        """Points are compared all at once, other geometries one by one."""
        geo = self.query.geo
        if geo is None or geo.names != ("location",):
            return None
        others = replace(self.where, parts=[*self.where.parts, f"NOT {rows.ONE_POINT}"])
        return geo.holds_at(*rows.points(self.where, self.plan)) + sum(
            1 for _ in self._matching(others, _LARGEST_CHUNK)
        )

    def walk(self, first: int = _LARGEST_CHUNK, skip: int = 0) -> Iterator[Stored]:
        """All that match, by creation. `skip` so many of what is read. Raises TooComplexQuery."""
        return self._matching(self.where, first, skip)

    def _matching(self, condition: Where, first: int, skip: int = 0) -> Iterator[Stored]:
        began = monotonic()
        for chunk in self._chunks(condition, first, skip):
            took = monotonic() - began
            if took > SLOW_S:
                self._wish()
            if took > WALK_S:
                raise TooComplexQuery("it compares more entities than there is time for")
            seen = [thing for row in chunk if (thing := self.caller.sees(row)) is not None]
            if self.query.q is not None:
                self.links.prepare(self.query.q, seen)
            for thing in seen:
                if matches(self.query, thing, linked=self.links):
                    yield thing

    def _chunks(self, condition: Where, first: int, skip: int) -> Iterator[Sequence[Stored]]:
        if self.plan.ids is not None:
            return self._of_ids(condition, self.plan.ids, first)
        if self.plan.stream is not None:
            return self._of_stream(condition, first)
        if not condition.exact:
            return self._of_names(condition)
        return self._of_everything(condition, first, skip)

    def _of_ids(self, condition: Where, ids: Sequence[int], first: int) -> Iterator[Sequence[Stored]]:
        others = self.plan.others
        at, size = 0, first if not others else max(first, _NARROWED)
        while at < len(ids):
            yield rows.by_ids(condition, self.caller.tenant_id, ids[at : at + size], others)
            at, size = at + size, min(4 * size, _LARGEST_CHUNK)

    def _of_stream(self, condition: Where, first: int) -> Iterator[Sequence[Stored]]:
        after: int | None = 0
        size = first
        while after is not None:
            ids, after = next_ids(self.plan, after, size)
            yield rows.by_ids(condition, self.caller.tenant_id, ids)
            size = min(4 * size, _LARGEST_CHUNK)

    def _of_names(self, condition: Where) -> Iterator[Sequence[Stored]]:
        """Ids are compared with their patterns before any document is read."""
        after = 0
        while True:
            chunk = rows.named_after(condition, after=after, size=_LARGEST_CHUNK)
            ids = [id_ for id_, urn in chunk if any(one.allows(urn) for one in self.query.selectors)]
            yield from self._of_ids(condition, ids, 100)
            if len(chunk) < _LARGEST_CHUNK:
                return
            after = chunk[-1][0]

    def _of_everything(self, condition: Where, first: int, skip: int) -> Iterator[Sequence[Stored]]:
        after, size = 0, first
        while True:
            chunk = rows.following(condition, self.caller.tenant_id, after=after, size=size, skip=skip)
            yield chunk
            if len(chunk) < size:
                return
            after, size, skip = chunk[-1].id, min(4 * size, _LARGEST_CHUNK), 0

    def _wish(self) -> None:
        """For values in order, of things that are many."""
        wished, self.plan.wishes = self.plan.wishes, []
        many = {name for name in {wish.type for wish in wished} if are_many(self.caller.tenant_id, name)}
        if many:
            wishes.add(wish for wish in wished if wish.type in many)
