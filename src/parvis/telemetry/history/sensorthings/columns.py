"""What is read of an entity: a column for its id, for each member of its key, and for each property asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.history.sensorthings.identity import Key
from parvis.telemetry.history.sensorthings.items import Item
from parvis.telemetry.history.sensorthings.model import ID_NAMES, NAVIGATIONS, SELF_LINK, Kind
from parvis.telemetry.history.sensorthings.options import Options
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.properties import PROPERTIES, identity, property_of
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import Row
from parvis.telemetry.history.sensorthings.sqltext import Sql, sql
from parvis.telemetry.history.sensorthings.values import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key`: a member of the key, `property` a property, neither: the id."""

    sql: Sql
    key: str = ""
    property: str = ""
    read: Callable[[Any], Any] = lambda cell: cell


def columns_of(scope: Scope, kind: Kind, row: Row, options: Options) -> list[Column]:
    return [
        Column(sql=sql("{} AS id", identity(scope, kind, row).sql)),
        *(Column(sql=sql(f"{{}} AS key_{name}", row.column(name)), key=name) for name in kind.level.value),
        *(
            Column(sql=sql(f'{{}} AS "{name}"', text), property=name, read=read)
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
    return None if start is None or end is None else period_text(start, end)


def period_text(start: datetime, end: datetime) -> str:
    return f"{instant_text(start)}/{instant_text(end)}"


def item_of(kind: Kind, columns: Sequence[Column], cells: Sequence[Any]) -> Item:
    key: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for column, cell in zip(columns[1:], cells[1:], strict=True):
        if column.key:
            key[column.key] = cell
        else:
            properties[column.property] = column.read(cell)
    return Item(kind=kind, id=cells[0], key=Key(**key), properties=properties)
