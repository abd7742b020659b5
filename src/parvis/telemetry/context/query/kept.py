"""Tests of a query as conditions on the values that are kept in order (`context_value`). They may only widen what `compare` says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.telemetry.context.query.asked import Key, key_of
from parvis.telemetry.context.query.patterns import compiled
from parvis.telemetry.context.query.scopes import AnyScope, Scope, ScopeSelection
from parvis.telemetry.context.query.terms import Compared, Kind, Literal, Operator, Or, Path, Present, Range, Term

_CUT = 200  # characters of a text that are kept
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Condition:
    """On rows `v` of one path; `text` with its values by position. `by_value`: rows of one value, so in the order of things.

    `dense`: it rarely leaves few. `pattern`: what texts must hold besides, or not when `unlike`.
    """

    key: Key
    text: str
    values: tuple[Any, ...] = ()
    exact: bool = False
    by_value: bool = False
    dense: bool = False
    pattern: str = ""
    unlike: bool = False

    def says(self, text: str | None) -> bool:
        """Whether a kept text may satisfy the pattern: one that was cut may."""
        if not self.pattern or text is None or len(text) >= _CUT:
            return True
        return compiled(self.pattern).found(text) is not self.unlike


@dataclass(frozen=True, slots=True)
class Alternatives:
    """At least one of them; what the conjunction of a query is made of."""

    parts: tuple[Condition, ...]

    @property
    def exact(self) -> bool:
        return all(part.exact for part in self.parts)


def alternatives(term: Term) -> Alternatives | None:
    """None for what is not helped by values in order."""
    if isinstance(term, Or):
        found = [alternatives(part) for part in term.parts]
        parts = [part for one in found if one is not None for part in one.parts]
        return Alternatives(tuple(parts)) if all(one is not None for one in found) else None
    if isinstance(term, Present):
        return _one(term.path, "true", (), exact=not term.path.inside)
    if isinstance(term, Compared):
        return _compared(term)
    return None


def present(names: Sequence[str]) -> Alternatives | None:
    """At least one of these attributes is there."""
    return alternatives(Or(tuple(Present(Path(names=(name,))) for name in names)))


def scoped(selection: ScopeSelection) -> Alternatives | None:
    if isinstance(selection, AnyScope):
        found = [scoped(part) for part in selection.parts]
        parts = [part for one in found if one is not None for part in one.parts]
        return Alternatives(tuple(parts)) if all(one is not None for one in found) else None
    if not isinstance(selection, Scope) or not selection.levels or selection.levels[0] == "+":
        return None
    fixed = selection.levels[: selection.levels.index("+")] if "+" in selection.levels else selection.levels
    start = "/" + "/".join(fixed)
    if len(start) >= _CUT:
        return None
    whole = selection.levels == fixed
    if whole and not selection.below:
        return _one(_SCOPE, "v.text = %s", (start,), exact=True, by_value=True)
    # "0" follows "/", and no character of a level comes before it: what is between is this scope and those below.
    return _one(_SCOPE, "v.text >= %s AND v.text < %s", (start, start + "0"), exact=whole)


_SCOPE = Path(names=("scope",))


def _one(path: Path, text: str, values: tuple[Any, ...], **flags: Any) -> Alternatives | None:
    key = key_of(path)
    return None if key is None else Alternatives((Condition(key, text, values, **flags),))


def _compared(test: Compared) -> Alternatives | None:
    plain = len(test.path.names) == 1 and not any(key.lstrip("-").isdigit() for key in test.path.inside)
    match test.operator:
        case Operator.EQUAL:
            found = [_equal(test.path, wanted, plain) for wanted in test.wanted]
            parts = [part for one in found if one is not None for part in one.parts]
            return Alternatives(tuple(parts)) if all(one is not None for one in found) else None
        case Operator.UNEQUAL:
            return _unequal(test)
        case Operator.LIKE | Operator.UNLIKE:
            return _like(test)
    wanted = test.wanted[0]
    return None if isinstance(wanted, Range) else _ordered(test.path, test.operator, wanted, plain)


def _equal(path: Path, wanted: Literal | Range, plain: bool) -> Alternatives | None:  # noqa: PLR0911 a table
    if isinstance(wanted, Range):
        low, high = wanted.low, wanted.high
        if low.kind is Kind.NUMBER:
            return _one(path, "v.number BETWEEN %s AND %s", (float(low.value), float(high.value)), exact=plain)
        return _texts(path, _least(low), _most(high))
    match wanted.kind:
        case Kind.NUMBER:
            return _one(path, "v.number = %s", (float(wanted.value),), exact=plain, by_value=True)
        case Kind.BOOLEAN:
            return _one(path, "v.text = %s", (f"\x01{str(wanted.value).lower()}",), exact=plain, by_value=True)
        case Kind.TEXT | Kind.URI:
            cut = tuple(dict.fromkeys(text[:_CUT] for text in (wanted.value, wanted.iri or wanted.value)))
            if len(cut) > 1:
                return _one(path, "v.text = ANY(%s::text[])", (list(cut),))
            return _one(path, "v.text = %s", cut, exact=plain and len(cut[0]) < _CUT, by_value=True)
    return _texts(path, _least(wanted), _most(wanted))


def _unequal(test: Compared) -> Alternatives | None:
    """A row that is none of the values wanted, or no value: whatever instance it is of, a thing that satisfies the test has one."""
    numbers = [float(one.value) for one in test.wanted if isinstance(one, Literal) and one.kind is Kind.NUMBER]
    texts = [str(one.value) for one in test.wanted if isinstance(one, Literal) and one.kind in (Kind.TEXT, Kind.URI)]
    if len(numbers) + len(texts) < len(test.wanted) or any(len(text) >= _CUT for text in texts):
        return _one(test.path, "true", (), dense=True)
    text = "NOT coalesce(v.number = ANY(%s::float8[]), false) AND NOT coalesce(v.text = ANY(%s::text[]), false)"
    return _one(test.path, text, (numbers, texts), dense=True)


def _like(test: Compared) -> Alternatives | None:
    key = key_of(test.path)
    if key is None:
        return None
    unlike = test.operator is Operator.UNLIKE
    return Alternatives((Condition(key, "v.text IS NOT NULL", dense=True, pattern=test.pattern, unlike=unlike),))


def _texts(path: Path, least: str | None, most: str | None) -> Alternatives | None:
    if least is None or most is None:
        return None
    return _one(path, "v.text >= %s AND v.text <= %s", (least, most))


def _ordered(path: Path, operator: Operator, wanted: Literal, plain: bool) -> Alternatives | None:
    if wanted.kind is Kind.NUMBER:
        return _one(path, f"v.number {operator} %s", (float(wanted.value),), exact=plain)
    upwards = operator in (Operator.ABOVE, Operator.AT_LEAST)
    bound = _least(wanted) if upwards else _most(wanted)
    return None if bound is None else _one(path, f"v.text {'>=' if upwards else '<='} %s", (bound,))


def _least(literal: Literal) -> str | None:
    """No text that stands for as much or more is below this one. None for what is not kept as it is ordered."""
    match literal.kind:
        case Kind.TEXT:
            return str(literal.value)[:_CUT]
        case Kind.INSTANT:
            return _second(literal.value)
        case Kind.DATE:
            return str(literal.value.isoformat())
        case Kind.TIME:
            return str(literal.value.isoformat())[:8]
    return None


def _most(literal: Literal) -> str | None:
    """No text that stands for as much or less is above this one."""
    least = _least(literal)
    return None if least is None else least + _LAST


def _second(instant: datetime) -> str:
    return instant.replace(tzinfo=None, microsecond=0).isoformat()
