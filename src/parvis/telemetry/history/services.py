"""Readings are kept, and become the present state of things, in one transaction: the caller's."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from parvis.kernel.contributions import Change
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.partitions import make_partitions, own_connection, table_of
from parvis.telemetry.history.rules import check_reading, day_of, stored


def record_readings(readings: Sequence[Reading], *, now: datetime) -> list[Change]:
    """Keeps every reading not known yet and answers the changes of state they make (see `apply_readings`).

    Raises `ReadingTimeRefused` or `ReadingValueRefused` for the first that cannot be kept, before anything is written: to set
    aside one of many, call `rules.check_reading` first.
    """
    if not readings:
        return []
    for reading in readings:
        check_reading(reading, now=now)
    ids = _prepared(readings)
    with transaction.atomic(savepoint=False):
        _insert(readings, ids)
        return apply_readings(readings, now=now)


def record_past(readings: Sequence[Reading], *, now: datetime) -> None:
    """Keeps what an older system, or a demonstration, knows of the past: the state of things stays what it is.

    Raises as `record_readings`.
    """
    for reading in readings:
        check_reading(reading, now=now)
    if readings:
        ids = _prepared(readings)
        with transaction.atomic(savepoint=False):
            _insert(readings, ids)


def _prepared(readings: Sequence[Reading]) -> dict[str, int]:
    """The number of each attribute's name; makes the names and the tables that are missing."""
    names = {reading.attribute for reading in readings}
    tables = {table_of(day): day for day in {day_of(reading.observed_at) for reading in readings}}
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.history", "prepare"), {"names": list(names), "tables": list(tables)})
        found: dict[str, int | None] = dict(cursor.fetchall())
    if missing := [tables[name] for name in found.keys() & tables.keys() if found[name] is None]:
        make_partitions(missing)
    ids = {name: id_ for name, id_ in found.items() if id_ is not None}
    return ids | _named(names - ids.keys())


def _named(names: Collection[str]) -> dict[str, int]:
    """New names, committed at once: two batches that both meet a name for the first time must not wait for each other."""
    if not names:
        return {}
    with own_connection() as own:
        own.execute(
            "INSERT INTO history_attribute (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [sorted(names)]
        )
        rows = own.execute("SELECT name, id FROM history_attribute WHERE name = ANY(%s)", [list(names)])
        return dict(rows.fetchall())  # type: ignore[arg-type]


def _insert(readings: Sequence[Reading], ids: dict[str, int]) -> None:
    values: list[float | None] = []
    documents: list[str | None] = []
    for reading in readings:
        number, keeps_json = stored(reading.value)
        values.append(number)
        documents.append(msgspec.json.encode(reading.value).decode() if keeps_json else None)
    columns: dict[str, Any] = {
        "entities": [reading.entity_id for reading in readings],
        "attributes": [ids[reading.attribute] for reading in readings],
        "instants": [reading.observed_at for reading in readings],
        "values": values,
        "documents": documents,
    }
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.history", "insert_observations"), columns)
