"""Two values brought to one type, compared and calculated with.

As in OData, a comparison with nothing is false, and nothing differs from anything: `not` makes it true again.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import TypeVar

from shapely import to_wkt

from parvis.telemetry.history.sensorthings.lexing import instant_of, number_of
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.sqltext import NULL, Sql, sql, value
from parvis.telemetry.history.sensorthings.syntax import Constant, Duration, Period
from parvis.telemetry.history.sensorthings.values import CASTS, Type, Value

T = TypeVar("T")

SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
TURNED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_ORDERED = frozenset((Type.NUMBER, Type.TEXT, Type.INSTANT, Type.DATE, Type.TIME, Type.DURATION))


def constant(written: Constant) -> Value:  # noqa: PLR0911 - one line a type
    match written:
        case None:
            return Value(type=Type.NULL, is_constant=True)
        case bool():
            return _constant(Type.BOOLEAN, written)
        case float() | int():
            return _constant(Type.NUMBER, float(written))
        case str():
            return _constant(Type.TEXT, written)
        case datetime():
            return _constant(Type.INSTANT, written)
        case date():
            return _constant(Type.DATE, written)
        case time():
            return _constant(Type.TIME, written)
        case Duration(months, days, seconds):
            built = sql(
                "make_interval(months => {}, days => {}, secs => {})",
                value(months, "integer"),
                value(days, "integer"),
                value(seconds, "float8"),
            )
            return Value(type=Type.DURATION, sql=built, constant=written, is_constant=True)
        case Period(start, end):
            ends = (value(start, "timestamptz"), value(end, "timestamptz"))
            return Value(type=Type.PERIOD, sql=ends[0], end=ends[1], constant=written, is_constant=True)
    return Value(type=Type.GEOMETRY, sql=value(to_wkt(written), "text"), geometry=written, is_constant=True)


def _constant(kind: Type, written: Constant) -> Value:
    return Value(type=kind, sql=value(written, CASTS[kind]), constant=written, is_constant=True)


def cast(found: Value, wanted: Type) -> Sql | None:  # noqa: PLR0911 - one line a pair of types
    """SQL of the wanted type; None when such a value never has it. Raises `BadRequest` for a text that says no date."""
    match found.type, wanted:
        case _ if found.type is wanted:
            return found.sql
        case (Type.NULL, _):
            return sql(f"{{}}::{CASTS[wanted]}", NULL)
        case (Type.JSON, Type.NUMBER):
            return found.number or sql(
                "(CASE jsonb_typeof({}) WHEN 'number' THEN ({} #>> ARRAY[]::text[])::float8 END)", found.sql, found.sql
            )
        case (Type.JSON, Type.BOOLEAN):
            return sql(
                "(CASE jsonb_typeof({}) WHEN 'boolean' THEN ({} #>> ARRAY[]::text[])::boolean END)",
                found.sql,
                found.sql,
            )
        case (Type.JSON, Type.TEXT):
            return sql("(CASE jsonb_typeof({}) WHEN 'string' THEN {} #>> ARRAY[]::text[] END)", found.sql, found.sql)
        case (Type.PERIOD, Type.INSTANT):
            return found.sql
        case (Type.DATE, Type.INSTANT):
            return sql("({}::timestamp AT TIME ZONE 'UTC')", found.sql)
        case (Type.TEXT, Type.INSTANT) if isinstance(found.constant, str):
            return value(_read(found.constant, instant_of), "timestamptz")
        case (Type.TEXT, Type.NUMBER) if isinstance(found.constant, str):
            return value(_read(found.constant, number_of), "float8")
    return None


def _read(text: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(text)
    except ValueError:
        raise BadRequest(f"{text[:80]!r} cannot be compared with that") from None


def truth(found: Value) -> Sql:
    """As a condition. Raises `BadRequest` for what is neither true nor false."""
    condition = cast(found, Type.BOOLEAN) if found.type in (Type.BOOLEAN, Type.JSON, Type.NULL) else None
    if condition is None:
        raise BadRequest(f"a condition is expected, not a {found.type}")
    return condition


def compared(operator: str, left: Value, right: Value) -> Sql:
    """Raises `BadRequest` when the two have nothing in common."""
    if Type.NULL in (left.type, right.type):
        return _with_nothing(operator, left, right)
    for one, other in ((left, right), (right, left)):
        if operator in ("eq", "ne") and one.identifies and isinstance(other.constant, str | float):
            found = one.identifies(other.constant)
            return found if operator == "eq" else sql("({}) IS NOT TRUE", found)
    if Type.PERIOD in (left.type, right.type):
        return _periods(operator, left, right)
    if left.type is Type.JSON and right.type is Type.JSON:
        return _sign(operator, left.sql, right.sql)
    kind = _common(left, right)
    if kind is Type.GEOMETRY:
        raise BadRequest("geometries are compared by st_equals")
    if operator not in ("eq", "ne") and kind not in _ORDERED:
        raise BadRequest(f"one {kind} is not less or more than another")
    first, second = cast(left, kind), cast(right, kind)
    if first is None or second is None:
        raise BadRequest(f"a {left.type} cannot be compared with a {right.type}")
    if kind is Type.TEXT and operator not in ("eq", "ne"):
        first = sql('{} COLLATE "C"', first)
    return _sign(operator, first, second)


def _sign(operator: str, left: Sql, right: Sql) -> Sql:
    return sql(f"({{}} {'IS DISTINCT FROM' if operator == 'ne' else SIGNS[operator]} {{}})", left, right)


def _with_nothing(operator: str, left: Value, right: Value) -> Sql:
    """JSON null is nothing too."""
    if operator not in ("eq", "ne"):
        return Sql("false")
    present = left if right.type is Type.NULL else right
    nothing = sql("({} IS NULL)", present.sql)
    if present.type is Type.JSON:
        nothing = sql("({} IS NULL OR jsonb_typeof({}) = 'null')", present.sql, present.sql)
    return nothing if operator == "eq" else sql("NOT {}", nothing)


def _common(left: Value, right: Value) -> Type:
    kinds = {left.type, right.type}
    if len(kinds) == 1:
        return left.type
    if Type.JSON in kinds:
        return next(kind for kind in kinds if kind is not Type.JSON)
    if Type.TEXT in kinds:
        return next(kind for kind in kinds if kind is not Type.TEXT)
    return Type.INSTANT if kinds == {Type.INSTANT, Type.DATE} else left.type


def _periods(operator: str, left: Value, right: Value) -> Sql:
    """A period is before another when it ends before that begins; it is equal when both its ends are."""
    starts = [cast(one, Type.INSTANT) for one in (left, right)]
    ends = [one.end if one.type is Type.PERIOD else start for one, start in zip((left, right), starts, strict=True)]
    if starts[0] is None or starts[1] is None or ends[0] is None or ends[1] is None:
        raise BadRequest(f"a {left.type} cannot be compared with a {right.type}")
    match operator:
        case "eq":
            return sql("({} = {} AND {} = {})", starts[0], starts[1], ends[0], ends[1])
        case "ne":
            return sql("({} IS DISTINCT FROM {} OR {} IS DISTINCT FROM {})", starts[0], starts[1], ends[0], ends[1])
        case "lt" | "le":
            return sql(f"({{}} {SIGNS[operator]} {{}})", ends[0], starts[1])
        case _:
            return sql(f"({{}} {SIGNS[operator]} {{}})", starts[0], ends[1])


_SUMS = {
    (Type.NUMBER, Type.NUMBER): Type.NUMBER,
    (Type.INSTANT, Type.DURATION): Type.INSTANT,
    (Type.DURATION, Type.DURATION): Type.DURATION,
}
_NUMERIC = {
    "add": "({} + {})",
    "sub": "({} - {})",
    "mul": "({} * {})",
    "div": "({} / nullif({}, 0))",
}


def calculated(operator: str, left: Value, right: Value) -> Value:
    """Dividing by zero gives nothing. Raises `BadRequest`."""
    if operator in ("add", "sub"):
        kinds = _temporal(left), _temporal(right)
        sign = "+" if operator == "add" else "-"
        first, second = cast(left, kinds[0]), cast(right, kinds[1])
        if kinds in _SUMS and first is not None and second is not None:
            return Value(type=_SUMS[kinds], sql=sql(f"({{}} {sign} {{}})", first, second))
        if operator == "add" and kinds == (Type.DURATION, Type.INSTANT) and first is not None and second is not None:
            return Value(type=Type.INSTANT, sql=sql("({} + {})", second, first))
        if operator == "sub" and kinds == (Type.INSTANT, Type.INSTANT) and first is not None and second is not None:
            return Value(type=Type.DURATION, sql=sql("({} - {})", first, second))
        raise BadRequest(f"{operator} does not take a {left.type} and a {right.type}")
    first, second = numbers(operator, left, right)
    if operator == "mod":
        return Value(type=Type.NUMBER, sql=sql("({} - {} * trunc({} / nullif({}, 0)))", first, second, first, second))
    return Value(type=Type.NUMBER, sql=sql(_NUMERIC[operator], first, second))


def _temporal(found: Value) -> Type:
    """The type in which it is added: what may be several things is a number."""
    match found.type:
        case Type.PERIOD | Type.DATE | Type.INSTANT:
            return Type.INSTANT
        case Type.DURATION:
            return Type.DURATION
        case _:
            return Type.NUMBER


def numbers(operator: str, *operands: Value) -> list[Sql]:
    """Raises `BadRequest` when one is none."""
    found = [cast(operand, Type.NUMBER) for operand in operands]
    if any(one is None for one in found):
        raise BadRequest(f"{operator} takes numbers")
    return [one for one in found if one is not None]
