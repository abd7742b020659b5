"""The functions of `$filter` (OGC 18-088, table 23), each with what it takes, what it gives, and how PostgreSQL says it.

Those of geography are in `geography.py`: PostgreSQL alone has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from parvis.telemetry.history.sensorthings.values import Type

TEXT, NUMBER, BOOLEAN, INSTANT = Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.INSTANT


@dataclass(frozen=True, slots=True)
class Function:
    """`template` has `{0}`, `{1}` for the arguments. A period given for an instant stands for its start."""

    takes: tuple[Type, ...]
    gives: Type
    template: str


def _part(name: str) -> Function:
    return Function((INSTANT,), NUMBER, f"extract({name} FROM {{0}} AT TIME ZONE 'UTC')::float8")


FUNCTIONS: Mapping[str, tuple[Function, ...]] = MappingProxyType(
    {
        "substringof": (Function((TEXT, TEXT), BOOLEAN, "(strpos({1}, {0}) > 0)"),),
        "contains": (Function((TEXT, TEXT), BOOLEAN, "(strpos({0}, {1}) > 0)"),),
        "startswith": (Function((TEXT, TEXT), BOOLEAN, "starts_with({0}, {1})"),),
        "endswith": (Function((TEXT, TEXT), BOOLEAN, "(right({0}, length({1})) = {1})"),),
        "length": (Function((TEXT,), NUMBER, "length({0})::float8"),),
        "indexof": (Function((TEXT, TEXT), NUMBER, "(strpos({0}, {1}) - 1)::float8"),),
        "substring": (
            Function((TEXT, NUMBER), TEXT, "substr({0}, greatest(trunc({1}), 0)::integer + 1)"),
            Function(
                (TEXT, NUMBER, NUMBER),
                TEXT,
                "substr({0}, greatest(trunc({1}), 0)::integer + 1, greatest(trunc({2}), 0)::integer)",
            ),
        ),
        "tolower": (Function((TEXT,), TEXT, "lower({0})"),),
        "toupper": (Function((TEXT,), TEXT, "upper({0})"),),
        "trim": (Function((TEXT,), TEXT, "btrim({0}, E' \\t\\n\\r')"),),
        "concat": (Function((TEXT, TEXT), TEXT, "({0} || {1})"),),
        "year": (_part("year"),),
        "month": (_part("month"),),
        "day": (_part("day"),),
        "hour": (_part("hour"), Function((Type.TIME,), NUMBER, "extract(hour FROM {0})::float8")),
        "minute": (_part("minute"), Function((Type.TIME,), NUMBER, "extract(minute FROM {0})::float8")),
        "second": (Function((INSTANT,), NUMBER, "floor(extract(second FROM {0} AT TIME ZONE 'UTC'))::float8"),),
        "fractionalseconds": (
            Function((INSTANT,), NUMBER, "mod(extract(second FROM {0} AT TIME ZONE 'UTC'), 1)::float8"),
        ),
        "date": (Function((INSTANT,), Type.DATE, "({0} AT TIME ZONE 'UTC')::date"),),
        "time": (Function((INSTANT,), Type.TIME, "({0} AT TIME ZONE 'UTC')::time"),),
        # Instants are kept, and answered, in UTC.
        "totaloffsetminutes": (Function((INSTANT,), NUMBER, "(CASE WHEN {0} IS NOT NULL THEN 0::float8 END)"),),
        "mindatetime": (Function((), INSTANT, "'-infinity'::timestamptz"),),
        "maxdatetime": (Function((), INSTANT, "'infinity'::timestamptz"),),
        # `round` of PostgreSQL takes a half to the even number; OData, like people, away from zero.
        "round": (Function((NUMBER,), NUMBER, "(sign({0}) * floor(abs({0}) + 0.5))"),),
        "floor": (Function((NUMBER,), NUMBER, "floor({0})"),),
        "ceiling": (Function((NUMBER,), NUMBER, "ceil({0})"),),
    }
)
