"""Things that answer a query, page by page, in the order of their creation: begun where it is best (`planning`), compared one by one."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic

from django.db import transaction

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.broker.problems import TooComplexQuery, TooManyResults
from parvis.telemetry.context.broker.rights import BrokerRights, personal_names
from parvis.telemetry.context.ngsild.expiring import living
from parvis.telemetry.context.query import rows
from parvis.telemetry.context.query.asked import are_many, wishes
from parvis.telemetry.context.query.entities import EntityQuery, names_asked
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.query.ordering import Ordering
from parvis.telemetry.context.query.planning import Plan, next_ids, planned, types_of
from parvis.telemetry.context.query.sql import Where, compare_documents, where
from parvis.telemetry.context.store.values import Stored

STATEMENT_S = 10
"""A statement that takes longer is stopped, and the query refused."""
WALK_S = 20
"""A query that compares things for longer is refused."""
SLOW_S = 0.03
"""What took longer without values in order wishes for them."""
MOST_ORDERED = 20_000
"""Things that are put in an order other than that of their creation."""
_FIRST_CHUNK = 50
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


@dataclass(slots=True, kw_only=True)
class Found:
    """A page. `total` only when it was asked for. `more`: others come after it."""

    things: list[Stored]
    more: bool = False
    total: int | None = None


def found(
    query: EntityQuery,
    caller: Caller,
    *,
    limit: int,
    offset: int = 0,
    count: bool = False,
    order: Ordering | None = None,
    links: Links | None = None,
) -> Found:
    """Of what the caller sees. Raises TooComplexQuery, TooManyResults."""
    search = _Search(query, caller, links or caller.links())
    with bounded():
        search.begin()
        if order is not None:
            things = order.sorted(_all(search.walk()))
            return Found(things=things[offset : offset + limit], more=len(things) > offset + limit, total=len(things))
        total = search.total() if count else None
        if total is not None and (not limit or offset >= total):
            return Found(things=[], total=total)
        if total is None and search.is_plain and offset:
            page = list(islice(search.walk(first=limit + 1, skip=offset), limit + 1))
            return Found(things=page[:limit], more=len(page) > limit)
        first = limit + 1 if search.is_plain or search.plan.covered else max(_FIRST_CHUNK, limit + 1)
        return _page(search.walk(first=first), limit, offset, total, count=count)


def everything(query: EntityQuery, caller: Caller, *, links: Links | None = None) -> Iterator[Stored]:
    """All that answers, by creation; within `bounded`."""
    search = _Search(query, caller, links or caller.links())
    search.begin()
    return search.walk()


@contextmanager
def bounded() -> Iterator[None]:
    """Statements within are stopped after `STATEMENT_S` seconds."""
    with transaction.atomic(savepoint=False), hot_cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'")
        yield


def _page(walk: Iterator[Stored], limit: int, offset: int, total: int | None, *, count: bool) -> Found:
    """With the total, when it is not known and wanted."""
    page: list[Stored] = []
    matched = 0
    for thing in walk:
        if offset <= matched < offset + limit:
            page.append(thing)
        matched += 1
        if matched > offset + limit and (total is not None or not count):
            break
    if count and total is None:
        total = matched
    return Found(things=page, more=matched > offset + limit, total=total)


def _all(walk: Iterator[Stored]) -> list[Stored]:
    things = list(islice(walk, MOST_ORDERED + 1))
    if len(things) > MOST_ORDERED:
        raise TooManyResults(f"at most {MOST_ORDERED} entities are put in order")
    return things


class _Search:
    """One query being answered."""

    def __init__(self, query: EntityQuery, caller: Caller, links: Links) -> None:
        self.query, self.caller, self.links = query, caller, links
        self.plan = Plan()
        self.where = Where()

    def begin(self) -> None:
        query, caller = self.query, self.caller
        self.plan = planned(query, caller.tenant_id, now=caller.now)
        self.where = where(query, tenant_id=caller.tenant_id, rights=caller.rights, now=caller.now)
        if self.plan.ids is None and self.plan.stream is None:
            compare_documents(self.where, query)

    @property
    def is_plain(self) -> bool:
        """Whether columns say all that is asked: nothing need be compared again to count."""
        query = self.query
        return self.where.exact and not (query.q or query.geo or query.scope or query.attributes or query.kept)

    def total(self) -> int | None:
        """Counted by the database; None when it cannot tell."""
        plan = None if self.is_plain else self.plan
        if not self.where.exact or (plan and not (plan.covered and self.caller.sees_all(names_asked(self.query)))):
            return None
        total = None
        if self.where.types_only:
            total = rows.count_of_types(self.caller.tenant_id, types_of(self.query), plan, now=self.caller.now)
        return rows.count(self.where, plan) if total is None else total

    def walk(self, first: int = _LARGEST_CHUNK, skip: int = 0) -> Iterator[Stored]:
        """All that match, by creation; read in larger and larger chunks."""
        began = monotonic()
        for chunk in self._chunks(first, skip):
            seen = [thing for row in chunk if (thing := self.caller.sees(row)) is not None]
            if self.query.q is not None:
                self.links.prepare(self.query.q, seen)
            for thing in seen:
                if matches(self.query, thing, linked=self.links):
                    yield thing
            if monotonic() - began > WALK_S:
                raise TooComplexQuery("it compares more entities than there is time for")

    def _chunks(self, first: int, skip: int) -> Iterator[Sequence[Stored]]:
        if self.plan.ids is not None:
            yield from self._of_ids(self.plan.ids, first)
        elif self.plan.stream is not None:
            yield from self._of_stream(first)
        else:
            yield from self._of_everything(first, skip)

    def _of_ids(self, ids: Sequence[int], first: int) -> Iterator[Sequence[Stored]]:
        at, size = 0, first
        while at < len(ids):
            yield rows.by_ids(self.where, self.caller.tenant_id, ids[at : at + size])
            at, size = at + size, min(4 * size, _LARGEST_CHUNK)

    def _of_stream(self, first: int) -> Iterator[Sequence[Stored]]:
        after: int | None = 0
        size = first
        while after is not None:
            ids, after = next_ids(self.plan, after, size)
            yield rows.by_ids(self.where, self.caller.tenant_id, ids)
            size = min(4 * size, _LARGEST_CHUNK)

    def _of_everything(self, first: int, skip: int) -> Iterator[Sequence[Stored]]:
        after, size, slow = 0, first, 0.0
        while True:
            began = monotonic()
            chunk = rows.following(self.where, self.caller.tenant_id, after=after, size=size, skip=skip)
            slow += monotonic() - began
            if slow > SLOW_S:
                self._wish()
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
