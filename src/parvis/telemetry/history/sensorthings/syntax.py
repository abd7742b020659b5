"""What a `$filter` or `$orderby` says, once parsed."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Duration:
    """ISO 8601. Months are apart: how many days they have depends on the date they are added to."""

    months: int
    days: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Period:
    """`2026-01-01T00:00:00Z/2026-02-01T00:00:00Z`."""

    start: datetime
    end: datetime


Constant: TypeAlias = bool | float | str | datetime | date | time | Duration | Period | BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Literal:
    value: Constant


@dataclass(frozen=True, slots=True)
class Path:
    """`Datastreams/Thing/properties/height`."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """`not x`."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Minus:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """`operator` is as written: `and`, `eq`, `add`, ..."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class OneOf:
    """`x in (1, 2)`."""

    item: "Node"
    choices: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """`Datastreams/any(d: d/name eq 'x')`."""

    path: Path
    variable: str
    predicate: "Node"


Node: TypeAlias = Literal | Path | Call | Negated | Minus | Binary | OneOf | Exists
