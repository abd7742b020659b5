"""Readings are kept, and become the present state of things, in one transaction: the caller's."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from parvis.kernel.contributions import Change
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.names import AttributeKey, ShapeKey, attribute_ids, shape_ids
from parvis.telemetry.history.rows import Row, insert
from parvis.telemetry.history.rules import check_reading, is_point, stored


def record_readings(readings: Sequence[Reading], *, now: datetime, again: bool = False) -> list[Change]:
    """Keeps every reading not known yet and answers the changes of state they make (see `apply_readings`). `again`: what is known of the same
    thing, attribute and instant is replaced.

    Raises `ReadingTimeRefused` or `ReadingValueRefused` for the first that cannot be kept, before anything is written: to set
    aside one of many, call `rules.check_reading` first.
    """
    if not readings:
        return []
    rows = _rows(readings, now)
    if again:
        rows = list({row[:3]: row for row in rows}.values())
    with transaction.atomic(savepoint=False):
        insert(rows, replace=again, now=now)
        return apply_readings(readings, now=now, again=again)


def record_past(readings: Sequence[Reading], *, now: datetime) -> None:
    """Keeps what an older system, or a demonstration, knows of the past: the state of things stays what it is.

    Raises as `record_readings`.
    """
    if rows := _rows(readings, now):
        with transaction.atomic(savepoint=False):
            insert(rows, replace=False, now=now)


def _rows(readings: Sequence[Reading], now: datetime) -> list[Row]:
    for reading in readings:
        check_reading(reading, now=now)
    names = {reading.attribute: AttributeKey(reading.attribute) for reading in readings}
    attributes = attribute_ids(names.values())
    number = {name: attributes[key] for name, key in names.items()}
    units = {(reading.unit_code, is_point(reading.value)) for reading in readings}
    keys = {key: ShapeKey("GeoProperty" if key[1] else "Property", key[0]) for key in units}
    shapes = shape_ids(keys.values())
    shape = {key: shapes[found] for key, found in keys.items()}
    return [
        (
            reading.entity_id,
            number[reading.attribute],
            reading.observed_at,
            shape[reading.unit_code, is_point(reading.value)],
            *stored(reading.value, reading.quality),
        )
        for reading in readings
    ]
