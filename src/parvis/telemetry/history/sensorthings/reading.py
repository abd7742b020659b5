"""Pages of entities, with what is expanded in them: one statement for each set asked for, however many entities it is asked of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.history.sensorthings.catalogue import listed
from parvis.telemetry.history.sensorthings.compiling import Compiler
from parvis.telemetry.history.sensorthings.geography import Geography, Query
from parvis.telemetry.history.sensorthings.identity import Key
from parvis.telemetry.history.sensorthings.model import ID_NAMES, LOCATED, NAVIGATIONS, SELF_LINK, Kind, Level
from parvis.telemetry.history.sensorthings.options import Options
from parvis.telemetry.history.sensorthings.paths import Step
from parvis.telemetry.history.sensorthings.problems import BadRequest, NotFound
from parvis.telemetry.history.sensorthings.properties import PROPERTIES, identity, property_of
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import Row, Source, is_key, linked, located, source_of
from parvis.telemetry.history.sensorthings.sqltext import Sql, joined, sql, value
from parvis.telemetry.history.sensorthings.values import Type

MOST_ENTITIES = 50_000
"""Of one answer, those expanded included."""

_CASTS = {
    "entity": "bigint[]",
    "attribute": "integer[]",
    "instant": "timestamptz[]",
    "name": "text[]",
    "source": "text[]",
}


@dataclass(slots=True, kw_only=True)
class Item:
    """An entity. `properties` are JSON values; `expanded` by name of the way, a page or an item or None."""

    kind: Kind
    id: int | str
    key: Key
    properties: dict[str, Any] = field(default_factory=dict)
    expanded: dict[str, "Page | Item | None"] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Page:
    """`more`: there are others after these. `total` None: it was not asked for."""

    items: list[Item] = field(default_factory=list)
    more: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """The entities of which others are asked for; at least one."""

    items: Sequence[Item]

    @property
    def level(self) -> Level:
        return self.items[0].kind.level

    @property
    def table(self) -> Sql:
        """With the members of their keys, and `position`, from 1."""
        names = self.level.value
        arrays = [value([getattr(item.key, name) for item in self.items], _CASTS[name]) for name in names]
        columns = ", ".join((*names, "position"))
        return sql(f"unnest({{}}) WITH ORDINALITY AS parents({columns})", joined(", ", arrays))


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
        source = self._source(kind, parents)
        if key is not None:
            source = source.narrowed(is_key(source.row, kind.level, key))
        if options.filter is not None:
            source = source.narrowed(self.compiler.condition(options.filter, kind, source.row))
        pages = self._filled(kind, options, source, parents)
        if options.count:
            self._count(source, parents, pages)
        self._expand(options, [item for page in pages for item in page.items])
        return pages

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
                page.items.append(_item(kind, columns, cells))
            else:
                page.more = True
        self.left -= len(rows)
        if self.left < 0:
            raise BadRequest(f"more than {MOST_ENTITIES} entities in one answer: ask for fewer by $top")
        return pages

    def _statement(
        self, kind: Kind, options: Options, source: Source, parents: Parents | None, most: int
    ) -> tuple[list["_Column"], Sql]:
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
        columns = _columns(self.scope, kind, told.row, options)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """`key`: a member of the key, `property` a property, neither: the id."""

    sql: Sql
    key: str = ""
    property: str = ""
    read: Callable[[Any], Any] = lambda cell: cell


def _told_by_page() -> Source:
    """Of an observation, and of what has no table, a page of keys says all."""
    return Source(row=Row(flat="page", observation="page"))


def _key_columns(level: Level, row: Row) -> list[Sql]:
    columns = [sql(f"{{}} AS {name}", row.column(name)) for name in level.value]
    if level is Level.OBSERVATION:
        columns += [Sql(f"{row.observation}.value"), Sql(f"{row.observation}.document")]
    return columns


def _columns(scope: Scope, kind: Kind, row: Row, options: Options) -> list[_Column]:
    return [
        _Column(sql=sql("{} AS id", identity(scope, kind, row).sql)),
        *(_Column(sql=sql(f"{{}} AS key_{name}", row.column(name)), key=name) for name in kind.level.value),
        *(
            _Column(sql=sql(f'{{}} AS "{name}"', text), property=name, read=read)
            for name, text, read in _properties(scope, kind, row, selected(kind, options))
        ),
    ]


def selected(kind: Kind, options: Options) -> list[str]:
    """The properties to read, in the order of the standard. Raises `BadRequest`."""
    names = PROPERTIES[kind]
    if options.select is None:
        return list(names)
    for name in options.select:
        if name not in names and name not in ID_NAMES and name != SELF_LINK and name not in NAVIGATIONS[kind]:
            raise BadRequest(f"{kind} have no property {name[:80]!r}")
    return [name for name in names if name in options.select]


def _properties(
    scope: Scope, kind: Kind, row: Row, names: Sequence[str]
) -> Iterator[tuple[str, Sql, Callable[[Any], Any]]]:
    for name in names:
        found = property_of(scope, kind, row, name)
        if found is None:
            continue
        match found.type:
            case Type.JSON | Type.GEOMETRY:
                yield name, sql("({})::text", found.sql), _json
            case Type.INSTANT:
                yield name, found.sql, _instant
            case Type.PERIOD:
                yield name, sql("ARRAY[{}, {}]", found.sql, found.end), _period
            case _:
                yield name, found.sql, lambda cell: cell


def _json(cell: str | None) -> Any:
    """Sent as PostgreSQL wrote it."""
    return None if cell is None or cell == "null" else msgspec.Raw(cell.encode())


def _instant(cell: datetime | None) -> str | None:
    return None if cell is None else instant_text(cell)


def _period(cell: Sequence[datetime | None]) -> str | None:
    start, end = cell
    return None if start is None or end is None else f"{instant_text(start)}/{instant_text(end)}"


def _item(kind: Kind, columns: Sequence[_Column], cells: Sequence[Any]) -> Item:
    key: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for column, cell in zip(columns[1:], cells[1:], strict=True):
        if column.key:
            key[column.key] = cell
        else:
            properties[column.property] = column.read(cell)
    return Item(kind=kind, id=cells[0], key=Key(**key), properties=properties)
