"""Whether one target satisfies one test (ETSI GS CIM 009 V1.8.1, 4.9). Values of different types are unequal, and nothing else."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from operator import ge, gt, le, lt
from typing import Any

from parvis.telemetry.context.query.literals import date_of, instant_of, time_of
from parvis.telemetry.context.query.patterns import compiled
from parvis.telemetry.context.query.targets import Target
from parvis.telemetry.context.query.terms import Compared, Kind, Literal, Operator, Range

_READ: dict[Kind, Callable[[str], datetime | date | time | None]] = {
    Kind.INSTANT: instant_of,
    Kind.DATE: date_of,
    Kind.TIME: time_of,
}
_ORDERS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.ABOVE: gt,
    Operator.AT_LEAST: ge,
    Operator.BELOW: lt,
    Operator.AT_MOST: le,
}


def satisfies(target: Target, test: Compared) -> bool:
    match test.operator:
        case Operator.EQUAL:
            return _is_among(target, test)
        case Operator.UNEQUAL:
            return not _is_among(target, test)
        case Operator.LIKE:
            return any(map(compiled(test.pattern).found, _texts(target)))
        case Operator.UNLIKE:
            texts = _texts(target)
            return bool(texts) and not any(map(compiled(test.pattern).found, texts))
    wanted = test.wanted[0]
    if target.is_link or isinstance(wanted, Range) or wanted.kind is Kind.BOOLEAN:
        return False
    found = (_as(wanted.kind, value) for value in _elements(target))
    return any(value is not None and _ORDERS[test.operator](value, wanted.value) for value in found)


def _is_among(target: Target, test: Compared) -> bool:
    """Whether the value, or any element of a list, is one of those wanted."""
    return any(_is(value, wanted, target) for value in _elements(target) for wanted in test.wanted)


def _texts(target: Target) -> Sequence[str]:
    """Those that a pattern is looked for in: lists and links have none."""
    if target.is_any_language:
        return [text for text in _elements(target) if isinstance(text, str)]
    return (target.value,) if isinstance(target.value, str) else ()


def _elements(target: Target) -> Sequence[Any]:
    return target.value if isinstance(target.value, list) else (target.value,)


def _is(value: Any, wanted: Literal | Range, target: Target) -> bool:
    if isinstance(wanted, Range):
        found = None if target.is_link else _as(wanted.low.kind, value)
        return found is not None and wanted.low.value <= found <= wanted.high.value
    if target.is_vocab and wanted.iri:
        return bool(value == wanted.iri)
    found = _as(wanted.kind, value)
    return found is not None and bool(found == wanted.value)


def _as(kind: Kind, value: Any) -> Any:
    """The stored JSON value as this kind; None when it is not of it."""
    if isinstance(value, dict):
        value = value.get("@value")  # {"@type": "DateTime", "@value": "..."}
    if isinstance(value, bool):
        return value if kind is Kind.BOOLEAN else None
    if isinstance(value, int | float):
        return value if kind is Kind.NUMBER else None
    if isinstance(value, str):
        if kind is Kind.TEXT or kind is Kind.URI:
            return value
        return _READ[kind](value) if kind in _READ else None
    return None
