"""What an expression is worth in SQL: its kind and the text that gives it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from parvis.telemetry.history.sensorthings.sqltext import NULL, Sql
from parvis.telemetry.history.sensorthings.syntax import Constant


class Type(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    INSTANT = "date and time"
    PERIOD = "period"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    GEOMETRY = "geometry"
    JSON = "value"
    NULL = "null"


CASTS = {
    Type.NUMBER: "float8",
    Type.TEXT: "text",
    Type.BOOLEAN: "boolean",
    Type.INSTANT: "timestamptz",
    Type.DATE: "date",
    Type.TIME: "time",
    Type.DURATION: "interval",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`sql` gives a PostgreSQL value of the type: float8, text, boolean, timestamptz, interval, jsonb, ... A period has its end apart.

    `identifies` answers, for a property that is an id, the condition under which it is equal to a constant: by the keys of the rows.
    `number` is the quicker way to the number of a JSON value; `geometry` is that of a constant, `entity` the alias of the row
    that has a geometry, `constant` what was written. `keys` are the columns to order by instead, of an id.
    """

    type: Type
    sql: Sql = NULL
    end: Sql = NULL
    number: Sql | None = None
    geometry: BaseGeometry | None = None
    entity: str = ""
    constant: Constant = None
    is_constant: bool = False
    identifies: Callable[[str | float], Sql] | None = None
    keys: tuple[Sql, ...] = ()
