"""Which things answer a query of the past: the conditions look at the instances within the interval (5.7.4.4).

One instance that satisfies a condition is enough. A thing without any instance in the interval does not answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from time import monotonic

from msgspec import structs

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.attributes import Instance
from parvis.telemetry.context.broker.problems import TooComplexQuery
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.evaluate import holds, matches
from parvis.telemetry.context.query.searching import WALK_S, Caller
from parvis.telemetry.context.query.sql import where
from parvis.telemetry.context.query.terms import paths_of
from parvis.telemetry.context.store.rows import COLUMNS, stored_of
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.history.identities import Subject, of_departed
from parvis.telemetry.history.models import Departed
from parvis.telemetry.history.names import AttributeKey, shapes_of
from parvis.telemetry.history.reading import Observed, Series, alive, alive_things, observations
from parvis.telemetry.history.recording import SCOPE
from parvis.telemetry.history.temporal.asking import Wish
from parvis.telemetry.history.temporal.drawing import stored_instance, times_of
from parvis.telemetry.history.temporal.evolutions import Plan, Sight, plan
from parvis.telemetry.history.temporal.scoping import spans_in_scope

_CHUNK = 200  # things looked at together
_LARGEST_CHUNK = 5000  # things read together
_MOST_COMPARED = 20_000  # instances of one attribute of one thing that conditions look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`total` only when it was asked for."""

    subjects: Sequence[Subject]
    more: bool
    total: int | None


def found(
    asks: Wanted, wish: Wish, caller: Caller, *, limit: int, offset: int, count: bool, reverse: bool | None
) -> Page:
    """`reverse`: by id, backwards or not; None: in the order of their creation, what has departed last. Within `bounded`."""
    walk = matching(asks, wish, caller)
    if reverse is not None:
        walk = iter(sorted(walk, key=lambda subject: subject.thing.urn, reverse=reverse))
    passed = sum(1 for _ in islice(walk, offset))
    subjects = list(islice(walk, limit))
    rest = sum(1 for _ in walk) if count else sum(1 for _ in islice(walk, 1))
    return Page(subjects=subjects, more=bool(rest), total=passed + len(subjects) + rest if count else None)


def matching(asks: Wanted, wish: Wish, caller: Caller) -> Iterator[Subject]:
    sight = Sight(rights=caller.rights, asks=asks)
    candidates = _candidates(asks.query, caller)
    deadline = monotonic() + WALK_S
    while chunk := list(islice(candidates, _CHUNK)):
        if monotonic() > deadline:
            raise TooComplexQuery("It looks into more histories than there is time for.")
        yield from _Chunk(chunk, asks, wish, sight).answering()


def _candidates(query: EntityQuery, caller: Caller) -> Iterator[Subject]:
    return chain(_present(EntityQuery(selectors=query.selectors), caller), _departed(query, caller))


_COLUMNS = ", ".join("'{}'" if name.startswith("attributes") else f"e.{name}" for name in COLUMNS.split(", "))


def _present(query: EntityQuery, caller: Caller) -> Iterator[Subject]:
    """Things of today, without their attributes, by creation; read in larger and larger chunks."""
    condition = where(query, tenant_id=caller.tenant_id, rights=caller.rights, now=caller.now)
    text = f"SELECT {_COLUMNS} FROM context_entity AS e WHERE {condition.text} AND e.id > %s ORDER BY e.id LIMIT %s"  # noqa: S608
    after, size = 0, _CHUNK
    while True:
        with hot_cursor() as cursor:
            cursor.execute(text, [*condition.values, after, size])  # the text is ours, the values are bound
            things = [stored_of(row, caller.tenant_id) for row in cursor]
        for thing in things:
            if caller.rights.sees(thing) and (condition.exact or matches(query, thing)):
                yield Subject(thing=thing)
        if len(things) < size:
            return
        after, size = things[-1].id, min(4 * size, _LARGEST_CHUNK)


def _departed(query: EntityQuery, caller: Caller) -> Iterator[Subject]:
    rows = Departed.objects.filter(tenant_id=caller.tenant_id).order_by("entity_id")
    if ids := [urn for selector in query.selectors for urn in selector.ids]:
        rows = rows.filter(urn__in=ids) if all(selector.ids for selector in query.selectors) else rows
    for row in rows.iterator(chunk_size=1000):
        subject = of_departed(row)
        thing = subject.thing
        if query.selectors and not any(one.selects(thing.urn, thing.types) for one in query.selectors):
            continue
        if caller.rights.sees(thing):
            yield subject


class _Chunk:
    """Some things, and what conditions want to know of their past."""

    def __init__(self, subjects: Sequence[Subject], asks: Wanted, wish: Wish, sight: Sight) -> None:
        self.subjects, self.asks, self.wish, self.sight = subjects, asks, wish, sight
        self.needed = frozenset(asks.query.attributes or asks.query.kept)
        self.named = _named(asks)

    def answering(self) -> list[Subject]:
        living = self._living()
        subjects = [subject for subject in self.subjects if subject.id in living]
        if not self.named or not subjects:
            return subjects
        pasts = self._pasts(subjects)
        return [subject for subject in subjects if self._holds(pasts[subject.id])]

    def _living(self) -> set[int]:
        """Those that have an instance in the interval, of what is asked for and may be seen; of anything when that is not needed."""
        interval = self.wish.interval
        sight = self.sight if self.needed else replace(self.sight, asks=replace(self.asks, projection=None))
        if sight.is_whole and not self.needed:
            return alive_things([subject.id for subject in self.subjects], interval)
        seen = plan(self.subjects, interval, sight)
        return {one.entity_id for one in alive([one for one in seen.series if self._counts(seen, one)], interval)}

    def _counts(self, seen: Plan, series: Series) -> bool:
        """Whether an instance of it makes the thing one that has a past in the interval."""
        return not self.needed or seen.by_subject[series.entity_id][series].name in self.needed

    def _holds(self, past: "_Past") -> bool:
        query = self.asks.query
        if query.scope is not None and not past.in_scope:
            return False
        if query.q is not None and not holds(query.q, past.thing):
            return False
        return query.geo is None or query.geo.holds(past.thing)

    def _pasts(self, subjects: Sequence[Subject]) -> dict[int, "_Past"]:
        """With all the instances in the interval of the attributes that conditions name; whatever the projection leaves out."""
        whole = Sight(rights=self.sight.rights, asks=replace(self.asks, projection=None, dataset_ids=None))
        seen = plan(subjects, self.wish.interval, whole)
        named = [
            series
            for several in seen.by_subject.values()
            for series, key in several.items()
            if key.name in self.named and key != SCOPE
        ]
        rows = observations(named, self.wish.interval, most=_MOST_COMPARED)
        selection = self.asks.query.scope
        spans = spans_in_scope(subjects, selection) if selection is not None else {}
        pasts = {}
        for subject in subjects:
            attributes = _attributes(seen.by_subject[subject.id], rows)
            thing = structs.replace(subject.thing, attributes=attributes)
            pasts[subject.id] = _Past(thing, any(span.meets(self.wish.interval) for span in spans.get(subject.id, ())))
        return pasts


@dataclass(frozen=True, slots=True)
class _Past:
    thing: Stored
    in_scope: bool


def _named(asks: Wanted) -> frozenset[str]:
    """The attributes that conditions are about; also `scope`, and members of the thing itself."""
    query = asks.query
    names = {path.names[0] for path in paths_of(query.q)} if query.q is not None else set()
    names |= {query.geo.names[0]} if query.geo is not None else set()
    return frozenset(names | ({"scope"} if query.scope is not None else set()))


def _attributes(series: dict[Series, AttributeKey], rows: dict[Series, list[Observed]]) -> dict[str, list[Instance]]:
    shapes = shapes_of({row.shape_id for one in series for row in rows.get(one, ())})
    found: dict[str, list[Instance]] = {}
    for one, key in series.items():
        for row in rows.get(one, ()):
            shape = shapes[row.shape_id]
            if not shape.deleted:
                rest = row.rest
                instance = stored_instance(key, shape, row, rest) | times_of(shape, row, rest)
                found.setdefault(key.name, []).append(instance)
    return found
