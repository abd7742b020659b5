"""Readings are kept, and become the present state of things, in one transaction: the caller's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from parvis.kernel.contributions import Change
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.arrays import micros_of
from parvis.telemetry.history.names import AttributeKey, ShapeKey
from parvis.telemetry.history.rows import RowBody, RowKey, insert
from parvis.telemetry.history.rules import check_reading, is_point, stored

_encode = msgspec.json.Encoder().encode


def record_readings(readings: Sequence[Reading], *, now: datetime) -> list[Change]:
    """Keeps every reading not known yet and answers the changes of state they make (see `apply_readings`).

    Raises `ReadingTimeRefused` or `ReadingValueRefused` for the first that cannot be kept, before anything is written: to set
    aside one of many, call `rules.check_reading` first.
    """
    if not readings:
        return []
    rows = _rows(readings, now)
    with transaction.atomic(savepoint=False):
        insert(rows, replace=False, now=now)
        return apply_readings(readings, now=now)


def record_past(readings: Sequence[Reading], *, now: datetime) -> None:
    """Keeps what an older system, or a demonstration, knows of the past: the state of things stays what it is.

    Raises as `record_readings`.
    """
    if rows := _rows(readings, now):
        with transaction.atomic(savepoint=False):
            insert(rows, replace=False, now=now)


def _rows(readings: Sequence[Reading], now: datetime) -> dict[RowKey, RowBody]:
    """Of two readings of one attribute at one instant, the first."""
    rows: dict[RowKey, RowBody] = {}
    for reading in readings:
        check_reading(reading, now=now)
        key = reading.entity_id, AttributeKey(reading.attribute), micros_of(reading.observed_at)
        rows.setdefault(key, _body(reading.value, reading.unit_code))
    return rows


def _body(value: Any, unit_code: str) -> RowBody:
    number, keeps_json = stored(value)
    kind = "GeoProperty" if is_point(value) else "Property"
    return ShapeKey(kind, unit_code), number, _encode({"value": value}).decode() if keeps_json else None
