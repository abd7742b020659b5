"""Decoded fields become readings, by the profile's mapping: of the thing the device was on when it measured, marked when doubtful."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from parvis.telemetry.context.selectors import Observation, latest_observations
from parvis.telemetry.context.values import Reading
from parvis.telemetry.devices.mapping import FieldMapping
from parvis.telemetry.devices.rules.reasons import Reason
from parvis.telemetry.history.rules import ReadingTimeRefused, ReadingValueRefused, check_reading

from .registry import DeviceRef, Reader, past_things
from .work import Work

_Followed = dict[tuple[int, str], Observation]
"""The latest observation of each thing and attribute whose changes are limited."""


def map_readings(works: Sequence[Work], now: datetime) -> None:
    """Fills `readings` and `battery_percent`, or rejects."""
    todo = [
        (work, work.device, work.device.profile.reader)
        for work in works
        if work.awaits_decoding and work.decoded is not None and work.device and work.device.profile
    ]
    past = past_things({(device.id, work.observed_at) for work, device, _ in todo if _was_elsewhere(work, device)})
    things = [
        past.get((device.id, work.observed_at)) if _was_elsewhere(work, device) else device.entity_id
        for work, device, _ in todo
    ]
    followed: _Followed = latest_observations(
        {
            (thing, row.attribute)
            for thing, (_, _, reader) in zip(things, todo, strict=True)
            for row in reader.mapping
            if thing is not None and row.max_change_per_h is not None
        }
    )
    for thing, (work, _, reader) in zip(things, todo, strict=True):
        if reader.battery is not None and work.decoded is not None:
            work.battery_percent = reader.battery.percent(work.decoded)
        if thing is None:
            work.reject(Reason.NO_THING)
        else:
            _map(work, thing, reader, followed, now)


def _was_elsewhere(work: Work, device: DeviceRef) -> bool:
    return device.entity_since is not None and work.observed_at < device.entity_since


def _map(work: Work, entity_id: int, reader: Reader, followed: _Followed, now: datetime) -> None:
    assert work.decoded is not None
    for row in reader.mapping:
        value = row.read(work.decoded)
        if value is None:
            continue
        reading = Reading(
            entity_id=entity_id,
            attribute=row.attribute,
            value=value,
            observed_at=work.observed_at,
            unit_code=row.unit_code,
            quality=row.quality(value),
        )
        try:
            check_reading(reading, now=now)
        except ReadingTimeRefused:
            work.reject(Reason.WRONG_TIME, work.observed_at.isoformat())
            return
        except ReadingValueRefused:
            work.reject(Reason.WRONG_VALUE, row.field)
            return
        work.readings.append(reading if row.max_change_per_h is None else _compared(reading, row, followed))
    if not work.readings:
        work.reject(Reason.UNMAPPED, ", ".join(list(work.decoded)[:50]))


def _compared(reading: Reading, row: FieldMapping, followed: _Followed) -> Reading:
    """With the observation before it; a doubtful one is compared with nothing after it."""
    key = reading.entity_id, reading.attribute
    before = followed.get(key)
    if before is not None and not reading.quality:
        elapsed = reading.observed_at - before.at
        quality = row.quality_after(reading.value, previous=before.value, elapsed=elapsed)
        reading = replace(reading, quality=quality)
    if not reading.quality and (before is None or reading.observed_at > before.at):
        followed[key] = Observation(value=reading.value, at=reading.observed_at)
    return reading
