"""Tests of a query on the documents themselves, for what is not kept in order: jsonpath, which may only widen what `compare` says."""

import json
from typing import Any

from parvis.telemetry.context.query.terms import (
    ENTITY_MEMBERS,
    Absent,
    And,
    Compared,
    Kind,
    Literal,
    Operator,
    Or,
    Path,
    Present,
    Range,
    Term,
)

_COLUMNS = {"createdAt": "e.created_at", "modifiedAt": "e.modified_at", "expiresAt": "e.expires_at"}
_ORDERS = {Operator.EQUAL: "=", Operator.UNEQUAL: "<>"}


def prefilter(term: Term, values: list[Any]) -> str:
    """SQL on `context_entity AS e`; appends what it is given by position."""
    match term:
        case And(parts):
            return "(" + " AND ".join(prefilter(part, values) for part in parts) + ")"
        case Or(parts):
            return "(" + " OR ".join(prefilter(part, values) for part in parts) + ")"
        case Present(path):
            return _present(path, values)
        case Absent(path):
            return _absent(path, values)
        case Compared():
            return _compared(term, values)


def is_exact(term: Term) -> bool:
    """Whether `prefilter` says all of it: it is about nothing but which attributes there are."""
    match term:
        case And(parts) | Or(parts):
            return all(map(is_exact, parts))
        case Present(path) | Absent(path):
            return len(path.names) == 1 and path.names[0] not in ENTITY_MEMBERS and not (path.inside or path.beyond)
        case Compared():
            return False


def _present(path: Path, values: list[Any]) -> str:
    first = path.names[0]
    if first in ENTITY_MEMBERS:
        return "true"
    values.append(first)
    return "e.attributes ? %s"


def _absent(path: Path, values: list[Any]) -> str:
    if path.names[0] in ENTITY_MEMBERS or path.beyond is not None or path.inside or len(path.names) > 1:
        return "true"
    values.append(path.names[0])
    return "NOT e.attributes ? %s"


def _compared(test: Compared, values: list[Any]) -> str:
    first = test.path.names[0]
    if first in ENTITY_MEMBERS:
        return _column(test, values)
    if test.path.beyond is not None or test.operator is Operator.UNEQUAL:
        return _present(test.path, values)
    tests: list[str] = []
    given: dict[str, Any] = {}
    for position, wanted in enumerate(test.wanted):
        text = _jsonpath_test(wanted, test.operator, f"$v{position}_", given)
        if text is None:
            return _present(test.path, values)
        tests.append(text)
    if not tests:
        return _present(test.path, values)
    values += [f"$.{json.dumps(first)}.** ? ({' || '.join(tests)})", json.dumps(given)]
    return "jsonb_path_exists(e.attributes, %s::text::jsonpath, %s::text::jsonb, true)"


def _jsonpath_test(wanted: Literal | Range, operator: Operator, variable: str, given: dict[str, Any]) -> str | None:
    """None for what jsonpath orders otherwise than `compare`."""
    name = variable.removeprefix("$")
    if isinstance(wanted, Range):
        if wanted.low.kind is not Kind.NUMBER:
            return None
        given[f"{name}low"], given[f"{name}high"] = wanted.low.value, wanted.high.value
        return f"(@ >= {variable}low && @ <= {variable}high)"
    if wanted.kind is Kind.NUMBER:
        given[name] = wanted.value
        return f"@ {operator} {variable}"
    if operator is not Operator.EQUAL or wanted.kind not in (Kind.TEXT, Kind.URI, Kind.BOOLEAN):
        return None
    given[name] = wanted.value
    if not wanted.iri:
        return f"@ == {variable}"
    given[f"{name}iri"] = wanted.iri
    return f"(@ == {variable} || @ == {variable}iri)"


def _column(test: Compared, values: list[Any]) -> str:
    """Of the entity itself: its instants are columns."""
    column = _COLUMNS.get(test.path.names[0])
    one = test.wanted[0] if len(test.wanted) == 1 else None
    if column is None or not isinstance(one, Literal) or one.kind is not Kind.INSTANT:
        return "true"
    values.append(one.value)
    return f"{column} {_ORDERS.get(test.operator, test.operator)} %s"
