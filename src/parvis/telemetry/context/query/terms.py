"""What a query is made of once parsed (ETSI GS CIM 009 V1.8.1, 4.9): plain frozen values; names are stored names already."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from parvis.telemetry.context.query.types import TypeSelection


class Names(Protocol):
    """What a grammar asks of an @context (`jsonld.context.Context`)."""

    def expand(self, term: str) -> str: ...

    def name(self, term: str) -> str: ...

    def expand_value(self, text: str) -> str: ...


class Kind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DATE = "date"
    TIME = "time"
    URI = "uri"


class Operator(StrEnum):
    EQUAL = "=="
    UNEQUAL = "!="
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    LIKE = "~="
    UNLIKE = "!~="


@dataclass(frozen=True, slots=True)
class Literal:
    """`value`: a number, a text, a bool, or an aware datetime, date or time. `iri`: what a text of `expandValues` stands for."""

    kind: Kind
    value: Any
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends included."""

    low: Literal
    high: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """`names`: the attribute, then sub-attributes or metadata. `inside`: keys within the value, as written.

    `beyond`: the path in the things that the Relationship `names` points at, of the types of `towards`.
    """

    names: tuple[str, ...]
    inside: tuple[str, ...] = ()
    beyond: "Path | None" = None
    towards: TypeSelection | None = None

    @property
    def depth(self) -> int:
        """How many relationships are followed."""
        return 0 if self.beyond is None else 1 + self.beyond.depth


@dataclass(frozen=True, slots=True)
class Present:
    path: Path


@dataclass(frozen=True, slots=True)
class Absent:
    path: Path


@dataclass(frozen=True, slots=True)
class Compared:
    """`wanted`: one literal or range, or several for `==` and `!=`. `pattern` is that of `~=` and `!~=`, without any."""

    path: Path
    operator: Operator
    wanted: tuple[Literal | Range, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Term", ...]


Term = Present | Absent | Compared | And | Or


def paths_of(term: Term) -> Iterator[Path]:
    """Of every test, as written."""
    if isinstance(term, And | Or):
        for part in term.parts:
            yield from paths_of(part)
    else:
        yield term.path


def depth_of(term: Term) -> int:
    """How many relationships its longest path follows; 0 without linked entities."""
    return max((path.depth for path in paths_of(term)), default=0)


ENTITY_MEMBERS = frozenset(("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"))
"""What can be asked of an entity that is not an attribute."""


def names_an_attribute(term: Term) -> bool:
    """Whether any of its tests is about an attribute: a query that only asks for system members is too broad (5.5.5)."""
    return any(path.names[0] not in ENTITY_MEMBERS for path in paths_of(term))
