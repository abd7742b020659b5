"""The one transaction of a batch: messages, observations, state, queue of changes, devices heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec
from django.db import transaction

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.devices.envelopes import Message, ParsedUplink
from parvis.telemetry.devices.rules.counters import Counting
from parvis.telemetry.history.services import record_readings

from .work import Work

_PACKAGE = "parvis.telemetry.devices"


def store(works: Sequence[Work], *, now: datetime) -> set[int]:
    """Commits the batch; answers the indexes of what was new, the others being duplicates."""
    with transaction.atomic():
        new = _insert(works) | _renew(works, now)
        fresh = [works[index] for index in sorted(new)]
        _update_devices(fresh)
        _note_sources(works, now)
        record_readings([reading for work in fresh for reading in work.readings], now=now)
    return new


def _insert(works: Sequence[Work]) -> set[int]:
    """In the order of their keys: two batches that share messages wait for each other in one direction only."""
    first: dict[tuple[date, UUID], int] = {}
    for index, work in enumerate(works):
        if work.raw.uplink_id is None:
            first.setdefault((work.received_on, work.key), index)
    if not first:
        return set()
    indexes = [first[key] for key in sorted(first)]
    chosen = [works[index] for index in indexes]
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "insert_uplinks"),
            {
                "received_on": [work.received_on for work in chosen],
                "received_at": [work.raw.received_at for work in chosen],
                "source_id": [work.raw.source.id for work in chosen],
                "dedup_key": [work.key for work in chosen],
                "raw": [work.raw.body for work in chosen],
                **_columns(chosen),
            },
        )
        return {first[(received_on, key)] for received_on, key in cursor}


def _renew(works: Sequence[Work], now: datetime) -> set[int]:
    """What is replayed keeps its row. Of two replays at once, the second finds nothing left to do."""
    by_id = {work.raw.uplink_id: index for index, work in enumerate(works) if work.raw.uplink_id is not None}
    if not by_id:
        return set()
    with hot_cursor() as cursor:
        cursor.execute(statement(_PACKAGE, "lock_rejected"), {"ids": list(by_id)})
        indexes = [by_id[id_] for (id_,) in cursor]
        chosen = [works[index] for index in indexes]
        cursor.execute(
            statement(_PACKAGE, "renew_uplinks"),
            {"ids": [work.raw.uplink_id for work in chosen], "now": now, **_columns(chosen)},
        )
    return set(indexes)


def _columns(works: Sequence[Work]) -> dict[str, list[object]]:
    uplinks = [work.uplink for work in works]
    return {
        "sent_at": [work.sent_at for work in works],
        "device_id": [work.device.id if work.device else None for work in works],
        "eui": [work.message.dev_eui if work.message else "" for work in works],
        "event": [_event(work) for work in works],
        "status": [work.status.value for work in works],
        "reason": [work.reason.value if work.reason else "" for work in works],
        "detail": [work.detail for work in works],
        "f_port": [uplink.f_port if uplink else None for uplink in uplinks],
        "f_cnt": [uplink.f_cnt if uplink else None for uplink in uplinks],
        "payload": [uplink.payload if uplink else None for uplink in uplinks],
        "decoded": [msgspec.json.encode(work.decoded).decode() if work.decoded is not None else None for work in works],
        "rssi": [uplink.rssi if uplink else None for uplink in uplinks],
        "snr": [uplink.snr if uplink else None for uplink in uplinks],
        "spreading_factor": [_spreading_factor(uplink) for uplink in uplinks],
        "gateways": [min(len(uplink.gateways), 1000) if uplink else None for uplink in uplinks],
    }


def _event(work: Work) -> str:
    if work.uplink:
        return "up"
    return work.message.kind.value if work.message else ""  # type: ignore[union-attr]


def _spreading_factor(uplink: ParsedUplink | None) -> int | None:
    if uplink is None or uplink.spreading_factor is None or not 5 <= uplink.spreading_factor <= 12:
        return None
    return uplink.spreading_factor


@dataclass(slots=True)
class _Heard:
    """What a batch taught of one device."""

    seen_at: datetime
    counting: Counting
    uplink: ParsedUplink | None = None
    uplink_at: datetime | None = None
    battery_percent: float | None = None

    def hear(self, work: Work, message: Message) -> None:
        self.seen_at = max(self.seen_at, min(work.observed_at, work.raw.received_at))
        self.counting = work.counting or self.counting
        if isinstance(message, ParsedUplink) and (self.uplink_at is None or work.observed_at >= self.uplink_at):
            self.uplink, self.uplink_at = message, work.observed_at
        if message.battery_percent is not None and 0 <= message.battery_percent <= 100:
            self.battery_percent = message.battery_percent


def _update_devices(works: Sequence[Work]) -> None:
    """One row per device. A replay tells nothing new of the radio."""
    by_id: dict[int, _Heard] = {}
    for work in works:
        if work.device is None or work.message is None or work.raw.uplink_id is not None:
            continue
        seen_at = min(work.observed_at, work.raw.received_at)
        by_id.setdefault(work.device.id, _Heard(seen_at, work.device.counting)).hear(work, work.message)
    if not by_id:
        return
    ids = sorted(by_id)
    heard = [by_id[id_] for id_ in ids]
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "update_devices"),
            {
                "ids": ids,
                "seen_at": [one.seen_at for one in heard],
                "rssi": [one.uplink.rssi if one.uplink else None for one in heard],
                "snr": [one.uplink.snr if one.uplink else None for one in heard],
                "spreading_factor": [_spreading_factor(one.uplink) for one in heard],
                "battery_percent": [one.battery_percent for one in heard],
                "session": [one.counting.session for one in heard],
                "session_started_at": [one.counting.session_started_at for one in heard],
                "f_cnt": [one.counting.f_cnt for one in heard],
                "f_cnt_at": [one.counting.f_cnt_at for one in heard],
            },
        )


def _note_sources(works: Sequence[Work], now: datetime) -> None:
    ids = sorted({work.raw.source.id for work in works if work.raw.uplink_id is None})
    if ids:
        with hot_cursor() as cursor:
            cursor.execute(statement(_PACKAGE, "note_sources"), {"ids": ids, "now": now})
