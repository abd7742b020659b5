"""What is observed in the city, and by which sources: a list of some hundred lines that no table holds.

Reading it means looking at every thing the caller may see, so each process remembers it for a minute.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from parvis.telemetry.history.sensorthings.model import Level
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import entities, streams
from parvis.telemetry.history.sensorthings.sqltext import Sql, joined, sql, value

REMEMBERED = timedelta(minutes=1)
_MOST_CALLERS = 100

_lock = Lock()
_known: dict[Hashable, tuple[datetime, list[tuple[str, str]]]] = {}


def listed(scope: Scope, level: Level, query: Callable[[Sql], Sequence[tuple[Any, ...]]]) -> Sql:
    """The FROM item `listed`: its names, or its names and sources."""
    lines = _lines(scope, query)
    if level is Level.PROPERTY:
        names = sorted({name for name, _source in lines})
        return sql("unnest({}) AS listed(name)", value(names, "text[]"))
    columns = [value([line[position] for line in lines], "text[]") for position in (0, 1)]
    return sql("unnest({}) AS listed(name, source)", joined(", ", columns))


def _lines(scope: Scope, query: Callable[[Sql], Sequence[tuple[Any, ...]]]) -> list[tuple[str, str]]:
    rights = scope.rights
    caller = (rights.types, rights.attributes, rights.areas, rights.organisations)
    with _lock:
        read_at, lines = _known.get(caller, (None, []))
    if read_at is not None and timedelta() <= scope.now - read_at < REMEMBERED:
        return lines
    found = streams(scope, entities(scope))
    rows = query(sql("SELECT DISTINCT {}, {} {}", found.row.name, found.row.source, found.tail))
    lines = sorted((name, source) for name, source in rows)
    with _lock:
        if len(_known) >= _MOST_CALLERS:
            _known.clear()
        _known[caller] = (scope.now, lines)
    return lines


def forget() -> None:
    with _lock:
        _known.clear()
