"""Which scopes: `/A/B`, `/A/#`, `/A/+/C`, `/#`; `;` and, `,` `|` or, parentheses (ETSI GS CIM 009 V1.8.1, 4.18 and 4.19)."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from parvis.telemetry.context.broker.problems import BadRequestData

_DEEPEST = 30
_PIECE = re.compile(r"[(),|;]|[^(),|;]+")
_LEVEL = re.compile(r"(?:[^\W\d_]\w*|\+)\Z")


@dataclass(frozen=True, slots=True)
class Scope:
    """`levels` may hold `+` (any one level); `below`: also the scopes under it. Without levels: any scope."""

    levels: tuple[str, ...]
    below: bool = False
    _found: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_found", re.compile(self.expression))

    @property
    def expression(self) -> str:
        """An anchored regular expression, the same for Python and PostgreSQL, over a scope that begins with a slash."""
        levels = "".join("/" + ("[^/]+" if level == "+" else level) for level in self.levels)
        return f"^{levels}(/.*)?$" if self.below else f"^{levels}$"

    def holds(self, scopes: Collection[str]) -> bool:
        return any(self._found.match("/" + scope.lstrip("/")) for scope in scopes)


@dataclass(frozen=True, slots=True)
class AllScopes:
    parts: tuple["ScopeSelection", ...]

    def holds(self, scopes: Collection[str]) -> bool:
        return all(part.holds(scopes) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyScope:
    parts: tuple["ScopeSelection", ...]

    def holds(self, scopes: Collection[str]) -> bool:
        return any(part.holds(scopes) for part in self.parts)


ScopeSelection = Scope | AllScopes | AnyScope


def scope_selection(text: str) -> ScopeSelection:
    """Raises BadRequestData."""
    pieces = _PIECE.findall(text)
    pieces.reverse()
    selection = _alternatives(pieces, 0)
    if pieces:
        raise _malformed(text)
    return selection


def _alternatives(pieces: list[str], depth: int) -> ScopeSelection:
    parts = [_together(pieces, depth)]
    while pieces and pieces[-1] in ",|":
        pieces.pop()
        parts.append(_together(pieces, depth))
    return parts[0] if len(parts) == 1 else AnyScope(tuple(parts))


def _together(pieces: list[str], depth: int) -> ScopeSelection:
    parts = [_one(pieces, depth)]
    while pieces and pieces[-1] == ";":
        pieces.pop()
        parts.append(_one(pieces, depth))
    return parts[0] if len(parts) == 1 else AllScopes(tuple(parts))


def _one(pieces: list[str], depth: int) -> ScopeSelection:
    piece = pieces.pop() if pieces else ""
    if piece == "(" and depth < _DEEPEST:
        inner = _alternatives(pieces, depth + 1)
        if not pieces or pieces.pop() != ")":
            raise _malformed("(")
        return inner
    if not piece or piece in "(),|;":
        raise _malformed(piece)
    levels = piece.removeprefix("/").split("/")
    below = levels[-1] == "#"
    if below:
        levels.pop()
    if not (levels or below) or not all(map(_LEVEL.match, levels)):
        raise _malformed(piece)
    return Scope(tuple(levels), below)


def _malformed(text: str) -> BadRequestData:
    return BadRequestData(f"The scope query is malformed near {text[:80]!r}.")
