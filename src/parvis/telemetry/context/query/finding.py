"""Things that answer a query, page by page: read by PostgreSQL in the order of their creation, compared again where it only widens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic

from django.db import transaction

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.broker.problems import TooComplexQuery, TooManyResults
from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.ngsild.expiring import living
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.query.ordering import Ordering
from parvis.telemetry.context.query.sql import Where, where
from parvis.telemetry.context.store.rows import COLUMNS, stored_of
from parvis.telemetry.context.store.values import Stored

STATEMENT_S = 10
"""A statement that takes longer is stopped, and the query refused."""
WALK_S = 20
"""A query that compares things for longer is refused."""
MOST_ORDERED = 20_000
"""Things that are put in an order other than that of their creation."""
_FIRST_CHUNK = 100
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
    links = links or caller.links()
    with bounded():
        if order is not None:
            things = order.sorted(_all(everything(query, caller, links=links)))
            return Found(things=things[offset : offset + limit], more=len(things) > offset + limit, total=len(things))
        condition = where(query, tenant_id=caller.tenant_id, rights=caller.rights, now=caller.now)
        if condition.exact:
            return _by_database(condition, caller, limit=limit, offset=offset, count=count)
        walk = _walk(query, condition, caller, links, first=max(_FIRST_CHUNK, 2 * limit))
        return _page(walk, limit=limit, offset=offset, count=count)


def everything(query: EntityQuery, caller: Caller, *, links: Links | None = None) -> Iterator[Stored]:
    """All that answers, by creation; within `bounded`."""
    condition = where(query, tenant_id=caller.tenant_id, rights=caller.rights, now=caller.now)
    return _walk(query, condition, caller, links or caller.links())


@contextmanager
def bounded() -> Iterator[None]:
    """Statements within are stopped after `STATEMENT_S` seconds."""
    with transaction.atomic(savepoint=False), hot_cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'")
        yield


def _by_database(condition: Where, caller: Caller, limit: int, offset: int, count: bool) -> Found:
    total = None
    if count:
        with hot_cursor() as cursor:
            # The text is ours, the values are bound.
            cursor.execute(f"SELECT count(*) FROM context_entity AS e WHERE {condition.text}", condition.values)  # noqa: S608
            total = cursor.fetchall()[0][0]
    rows = _rows(condition, caller, 0, limit + 1, offset) if limit else []
    things = [seen for thing in rows[:limit] if (seen := caller.sees(thing)) is not None]
    return Found(things=things, more=len(rows) > limit > 0, total=total)


def _page(walk: Iterator[Stored], *, limit: int, offset: int, count: bool) -> Found:
    page: list[Stored] = []
    matched = 0
    for thing in walk:
        if offset <= matched < offset + limit:
            page.append(thing)
        matched += 1
        if matched > offset + limit and not count:
            break
    return Found(things=page, more=matched > offset + limit, total=matched if count else None)


def _all(walk: Iterator[Stored]) -> list[Stored]:
    things = list(islice(walk, MOST_ORDERED + 1))
    if len(things) > MOST_ORDERED:
        raise TooManyResults(f"at most {MOST_ORDERED} entities are put in order")
    return things


def _walk(
    query: EntityQuery, condition: Where, caller: Caller, links: Links, first: int = _LARGEST_CHUNK
) -> Iterator[Stored]:
    """Those that match, by creation; read in larger and larger chunks."""
    deadline = monotonic() + WALK_S
    after, size = 0, first
    while True:
        rows = _rows(condition, caller, after, size, 0)
        seen = [thing for row in rows if (thing := caller.sees(row)) is not None]
        if query.q is not None:
            links.prepare(query.q, seen)
        for thing in seen:
            if condition.exact or matches(query, thing, linked=links):
                yield thing
        if len(rows) < size:
            return
        if monotonic() > deadline:
            raise TooComplexQuery("it compares more entities than there is time for")
        after, size = rows[-1].id, min(4 * size, _LARGEST_CHUNK)


def _rows(condition: Where, caller: Caller, after: int, size: int, offset: int) -> list[Stored]:
    columns = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
    with hot_cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM context_entity AS e WHERE {condition.text} AND e.id > %s ORDER BY e.id LIMIT %s OFFSET %s",  # noqa: S608
            [*condition.values, after, size, offset],
        )
        return [stored_of(row, caller.tenant_id) for row in cursor]
