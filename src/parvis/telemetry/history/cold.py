"""What the readers of history ask of the lake, whose rows are older than those of PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any


def read(
    entity_ids: Sequence[int], attribute_ids: Sequence[int] | None, start: datetime | None, end: datetime | None
) -> Sequence[Sequence[Any]]:
    """Rows (thing, attribute, shape, observed at, written at, number, JSON of the rest) observed in [start, end[."""
    return ()


def series(entity_ids: Sequence[int], start: datetime | None, end: datetime | None) -> Iterable[tuple[int, int]]:
    """The attributes of these things that have rows there."""
    return ()
