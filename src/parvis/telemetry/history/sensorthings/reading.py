"""Pages of entities, with what is expanded in them: one statement for each set asked for, however many entities it is asked of."""

from collections.abc import Sequence
from datetime import datetime

from parvis.telemetry.context.attributes import instant_text, parse_instant
from parvis.telemetry.history.lake import reading as lake
from parvis.telemetry.history.reading import Observed, Series
from parvis.telemetry.history.sensorthings import past
from parvis.telemetry.history.sensorthings.catalogue import listed
from parvis.telemetry.history.sensorthings.columns import Column, columns_of, item_of, period_text, selected
from parvis.telemetry.history.sensorthings.compiling import Compiler
from parvis.telemetry.history.sensorthings.geography import Geography, Query
from parvis.telemetry.history.sensorthings.identity import Key, observation_id
from parvis.telemetry.history.sensorthings.items import Item, Page, Parents
from parvis.telemetry.history.sensorthings.model import LOCATED, Kind, Level
from parvis.telemetry.history.sensorthings.options import MOST_ON_A_PAGE, Options
from parvis.telemetry.history.sensorthings.paths import Step
from parvis.telemetry.history.sensorthings.problems import BadRequest, NotFound
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import (
    Row,
    Source,
    entities,
    is_key,
    linked,
    located,
    observations,
    source_of,
    streams,
)
from parvis.telemetry.history.sensorthings.sqltext import Sql, joined, sql, value

MOST_ENTITIES = 50_000
"""Of one answer, those expanded included."""


class Reader:
    """Of one request."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self.scope = scope
        self.query = query
        self.compiler = Compiler(scope, Geography(scope=scope, query=query))
        self.left = MOST_ENTITIES

    def entity(self, steps: Sequence[Step], options: Options) -> Item:
        """The one at the end of the path. Raises `NotFound`."""
        item: Item | None = None
        for step in steps:
            wanted = options if step is steps[-1] else Options(select=())
            pages = self.pages(step.kind, wanted, Parents(items=[item]) if item else None, key=step.key)
            if not pages[0].items:
                raise NotFound("there is no such entity")
            item = pages[0].items[0]
        if item is None:
            raise NotFound("there is no such entity")
        return item

    def set(self, steps: Sequence[Step], options: Options) -> Page:
        """The set at the end of the path. Raises `NotFound`."""
        owner = self.entity(steps[:-1], Options(select=())) if len(steps) > 1 else None
        return self.pages(steps[-1].kind, options, Parents(items=[owner]) if owner else None)[0]

    def pages(self, kind: Kind, options: Options, parents: Parents | None, key: Key | None = None) -> list[Page]:
        """One for each parent, or one in all."""
        pages = self._past(options, parents, key) if kind is Kind.OBSERVATION and (parents or key) else None
        if pages is None:
            source = self._source(kind, parents)
            if key is not None:
                source = source.narrowed(is_key(source.row, kind.level, key))
            pages = self._asked(kind, options, source, parents)
        self._expand(options, [item for page in pages for item in page.items])
        return pages

    def _asked(self, kind: Kind, options: Options, source: Source, parents: Parents | None) -> list[Page]:
        if options.filter is not None:
            source = source.narrowed(self.compiler.condition(options.filter, kind, source.row))
        pages = self._filled(kind, options, source, parents)
        if options.count:
            self._count(source, parents, pages)
        if kind is Kind.DATASTREAM:
            _lengthened([item for page in pages for item in page.items])
        return pages

    def _past(self, options: Options, parents: Parents | None, key: Key | None) -> list[Page] | None:
        """Observations of known Datastreams; None when all that is asked for is in PostgreSQL."""
        asked = past.wanted(options, key, self.scope.now)
        if not past.is_in_lake(asked.interval):
            return None
        by_parent = self._series(parents, key)
        series = {one for several in by_parent for one in several}
        if asked.by_time:
            most = None if options.count else options.skip + options.page(Kind.OBSERVATION) + 1
            found = past.read(series, asked, most)
            return [self._page_of([(one, found[one]) for one in several], options, asked) for several in by_parent]
        source = observations(
            self.scope, streams(self.scope, entities(self.scope)), past.table(past.read(series, asked, None), "past")
        )
        if parents is not None:
            source = source.narrowed(*linked(source.row, Level.OBSERVATION, "parents", parents.level))
        return self._asked(Kind.OBSERVATION, options, source, parents)

    def _series(self, parents: Parents | None, key: Key | None) -> list[list[Series]]:
        """The Datastreams of each parent, or that of an observation, when the caller sees it."""
        if parents is not None and parents.level is Level.STREAM:
            pages = [Page(items=[item]) for item in parents.items]
        else:
            every = Options(select=(), top=MOST_ON_A_PAGE)
            pages = self.pages(Kind.DATASTREAM, every, parents, key)
        found = [[Series(item.key.entity, item.key.attribute) for item in page.items] for page in pages]
        if key is None:
            return found
        return [[one for one in several if one == Series(key.entity, key.attribute)] for several in found]

    def _page_of(
        self, found: Sequence[tuple[Series, Sequence[Observed]]], options: Options, asked: past.Wanted
    ) -> Page:
        names = selected(Kind.OBSERVATION, options)
        rows = [(one, row) for one, several in found for row in several]
        if options.orderby and len(found) > 1:
            rows.sort(key=lambda pair: pair[1].observed_at, reverse=asked.newest)
        first, most = options.skip, options.page(Kind.OBSERVATION)
        shown = rows[first : first + most]
        self._spend(len(shown))
        return Page(
            items=[_observation(one, row, names) for one, row in shown],
            more=len(rows) > first + most,
            total=len(rows) if options.count else None,
        )

    def _spend(self, entities: int) -> None:
        self.left -= entities
        if self.left < 0:
            raise BadRequest(f"more than {MOST_ENTITIES} entities in one answer: ask for fewer by $top")

    def _source(self, kind: Kind, parents: Parents | None) -> Source:
        lines = None
        if kind.level in (Level.PROPERTY, Level.SENSOR):
            lines = Sql("(SELECT parents.name, parents.source) AS listed")
            if parents is None:
                lines = listed(self.scope, kind.level, self.query)
        source = source_of(self.scope, kind.level, lines)
        if kind in LOCATED:
            source = source.narrowed(located(self.scope, source.row.entity))
        return source if parents is None else source.narrowed(*linked(source.row, kind.level, "parents", parents.level))

    def _filled(self, kind: Kind, options: Options, source: Source, parents: Parents | None) -> list[Page]:
        most = options.page(kind)
        columns, statement = self._statement(kind, options, source, parents, most + 1)
        rows = self.query(statement)
        pages = [Page() for _ in parents.items] if parents else [Page()]
        for position, *cells in rows:
            page = pages[position - 1]
            if len(page.items) < most:
                page.items.append(item_of(kind, columns, cells))
            else:
                page.more = True
        self._spend(len(rows))
        return pages

    def _statement(
        self, kind: Kind, options: Options, source: Source, parents: Parents | None, most: int
    ) -> tuple[list[Column], Sql]:
        """First the keys of a page, then what is told of these: not of the thousands that are skipped."""
        level, told = kind.level, _told_by_page()
        if level in (Level.ENTITY, Level.STREAM):
            told = source_of(self.scope, level)
            told = told.narrowed(*linked(told.row, level, "page", level))
        keys = sql(
            "SELECT {} {} ORDER BY {} LIMIT {} OFFSET {}",
            joined(", ", _key_columns(level, source.row)),
            source.tail,
            self._order(kind, options, source.row),
            value(most, "bigint"),
            value(options.skip, "bigint"),
        )
        page = sql("LATERAL (SELECT keys.*, row_number() OVER () AS place FROM ({}) AS keys) AS page", keys)
        around = parents.table if parents else Sql("(SELECT 1 AS position) AS parents")
        columns = columns_of(self.scope, kind, told.row, options)
        return columns, sql(
            "SELECT parents.position, {} FROM {} WHERE {} ORDER BY parents.position, page.place LIMIT {}",
            joined(", ", [column.sql for column in columns]),
            joined(" CROSS JOIN ", [around, page, *told.tables]),
            told.where,
            value(self.left + 1, "bigint"),
        )

    def _order(self, kind: Kind, options: Options, row: Row) -> Sql:
        """By key after what is asked for, so that pages do not overlap."""
        asked = [self.compiler.order(node, kind, row, descending=descends) for node, descends in options.orderby]
        return joined(", ", [*asked, *(row.column(name) for name in kind.level.order)])

    def _count(self, source: Source, parents: Parents | None, pages: list[Page]) -> None:
        number = sql("SELECT count(*) {}", source.tail)
        if parents is not None:
            number = sql("SELECT ({}) FROM {} ORDER BY parents.position", number, parents.table)
        for page, (total,) in zip(pages, self.query(number), strict=True):
            page.total = total

    def _expand(self, options: Options, items: list[Item]) -> None:
        if not items:
            return
        for expand in options.expand:
            kind = expand.navigation.kind
            for item, page in zip(items, self.pages(kind, expand.options, Parents(items=items)), strict=True):
                first = page.items[0] if page.items else None
                item.expanded[expand.name] = page if expand.navigation.many else first


def _observation(series: Series, row: Observed, names: Sequence[str]) -> Item:
    key = Key(entity=series.entity_id, attribute=series.attribute_id, instant=row.observed_at)
    return Item(kind=Kind.OBSERVATION, id=observation_id(key), key=key, properties=past.properties(row, names))


def _lengthened(items: Sequence[Item]) -> None:
    """The times of Datastreams begin with what is in the lake."""
    told = [item for item in items if "phenomenonTime" in item.properties or "resultTime" in item.properties]
    if not told:
        return
    spans = lake.spans({item.key.entity for item in told}, {item.key.attribute for item in told})
    for item in told:
        if (item.key.entity, item.key.attribute) in spans:
            first, last = spans[item.key.entity, item.key.attribute]
            for name in ("phenomenonTime", "resultTime"):
                if name in item.properties:
                    item.properties[name] = _united(item.properties[name], first, last)


def _united(period: str | None, first: datetime, last: datetime) -> str:
    ends = [parse_instant(end) for end in period.split("/")] if period else []
    return f"{instant_text(min(first, *ends))}/{instant_text(max(last, *ends))}" if ends else period_text(first, last)


def _told_by_page() -> Source:
    """Of an observation, and of what has no table, a page of keys says all."""
    return Source(row=Row(flat="page", observation="page"))


def _key_columns(level: Level, row: Row) -> list[Sql]:
    columns = [sql(f"{{}} AS {name}", row.column(name)) for name in level.value]
    if level is Level.OBSERVATION:
        columns += [Sql(f"{row.observation}.value"), Sql(f"{row.observation}.document")]
    return columns
