"""Things that answer a query, page by page, in the order of their creation: begun where it is best (`planning`), compared one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from weakref import WeakSet

from django.db import connection

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.broker.problems import TooManyResults
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.query.ordering import Ordering
from parvis.telemetry.context.query.searching import Caller, Search
from parvis.telemetry.context.store.values import Stored

__all__ = ["Caller", "Found", "bounded", "everything", "found"]

STATEMENT_S = 10
"""A statement that takes longer is stopped, and the query refused."""
MOST_ORDERED = 20_000
"""Things that are put in an order other than that of their creation."""
_FIRST_CHUNK = 50


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
    with bounded():
        search = Search(query, caller, links or caller.links())
        if order is not None:
            things = order.sorted(_all(search.walk()))
            return Found(things=things[offset : offset + limit], more=len(things) > offset + limit, total=len(things))
        total = search.total() if count else None
        if total is not None and (not limit or offset >= total):
            return Found(things=[], total=total)
        if search.is_plain and offset:
            page = list(islice(search.walk(first=limit + 1, skip=offset), limit + 1))
            return Found(things=page[:limit], more=len(page) > limit, total=total)
        first = limit + 1 if search.is_exact else max(_FIRST_CHUNK, limit + 1)
        return _page(search.walk(first=first), limit, offset, total, count=count)


def everything(query: EntityQuery, caller: Caller, *, links: Links | None = None) -> Iterator[Stored]:
    """All that answers, by creation; within `bounded`."""
    return Search(query, caller, links or caller.links()).walk()


_bounded: "WeakSet[object]" = WeakSet()
"""Connections whose statements are stopped from now on: those of the threads that serve requests."""


@contextmanager
def bounded() -> Iterator[None]:
    """Statements within are stopped after `STATEMENT_S` seconds; in a thread of its own, so are those after."""
    connection.ensure_connection()
    if connection.in_atomic_block:
        with hot_cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'")
    elif connection.connection not in _bounded:
        with hot_cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{STATEMENT_S}s'")
        _bounded.add(connection.connection)
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
