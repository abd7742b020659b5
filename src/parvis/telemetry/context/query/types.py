"""Which types of things: `A,B`, `A|B`, `A;B`, `(A;B),C` (ETSI GS CIM 009 V1.8.1, 4.17). No type implies another."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from parvis.telemetry.context.broker.problems import BadRequestData

_DEEPEST = 30
_PIECE = re.compile(r"[(),|;]|[^(),|;]+")


@dataclass(frozen=True, slots=True)
class Named:
    name: str

    def holds(self, types: Collection[str]) -> bool:
        return self.name in types


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["TypeSelection", ...]

    def holds(self, types: Collection[str]) -> bool:
        return all(part.holds(types) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["TypeSelection", ...]

    def holds(self, types: Collection[str]) -> bool:
        return any(part.holds(types) for part in self.parts)


TypeSelection = Named | AllOf | AnyOf


def type_selection(text: str, name_of: Callable[[str], str]) -> TypeSelection:
    """Of terms or IRIs; `name_of` gives their stored names. Raises BadRequestData."""
    pieces = _PIECE.findall(text)
    pieces.reverse()
    selection = _alternatives(pieces, name_of, 0)
    if pieces:
        raise _malformed(text)
    return selection


def names_in(selection: TypeSelection) -> Iterator[str]:
    """Every type it names."""
    if isinstance(selection, Named):
        yield selection.name
    else:
        for part in selection.parts:
            yield from names_in(part)


def one_of(selection: TypeSelection) -> frozenset[str]:
    """Types of which every thing selected has at least one: as few as the selection allows."""
    match selection:
        case Named(name):
            return frozenset((name,))
        case AnyOf(parts):
            return frozenset().union(*map(one_of, parts))
        case AllOf(parts):
            return min(map(one_of, parts), key=len)


def _alternatives(pieces: list[str], name_of: Callable[[str], str], depth: int) -> TypeSelection:
    parts = [_together(pieces, name_of, depth)]
    while pieces and pieces[-1] in ",|":
        pieces.pop()
        parts.append(_together(pieces, name_of, depth))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _together(pieces: list[str], name_of: Callable[[str], str], depth: int) -> TypeSelection:
    parts = [_one(pieces, name_of, depth)]
    while pieces and pieces[-1] == ";":
        pieces.pop()
        parts.append(_one(pieces, name_of, depth))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _one(pieces: list[str], name_of: Callable[[str], str], depth: int) -> TypeSelection:
    piece = pieces.pop() if pieces else ""
    if piece == "(" and depth < _DEEPEST:
        inner = _alternatives(pieces, name_of, depth + 1)
        if not pieces or pieces.pop() != ")":
            raise _malformed("(")
        return inner
    if not piece.strip() or piece in "(),|;":
        raise _malformed(piece)
    return Named(name_of(piece.strip()))


def _malformed(text: str) -> BadRequestData:
    return BadRequestData(f"The selection of types is malformed near {text[:80]!r}.")
