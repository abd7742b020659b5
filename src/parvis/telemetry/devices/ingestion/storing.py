"""The one transaction of a batch: messages, observations, state, queue of changes, devices heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from parvis.kernel.sql import hot_cursor, pipelined_transaction, statement
from parvis.telemetry.devices.envelopes import DeviceEvent, Message, ParsedUplink
from parvis.telemetry.devices.envelopes.message import best_gateway
from parvis.telemetry.devices.rules.counters import Counting
from parvis.telemetry.devices.services.downlinks import tell
from parvis.telemetry.history.services import record_readings

from .work import Work

_PACKAGE = "parvis.telemetry.devices"


def store(works: Sequence[Work], *, now: datetime) -> set[int]:
    """Commits the batch; answers the indexes of what was new, the others being duplicates."""
    with pipelined_transaction():
        new = _insert(works) | _renew(works, now)
        fresh = [works[index] for index in sorted(new)]
        _update_devices(fresh)
        _note_sources(works, now)
        _note_gateways(fresh, now)
        tell(_events(fresh), now=now)
        for again in (False, True):
            readings = [reading for work in fresh if work.raw.replace is again for reading in work.readings]
            record_readings(readings, now=now, again=again)
    return new


def _events(works: Sequence[Work]) -> list[tuple[int, DeviceEvent]]:
    return [(work.device.id, work.message) for work in works if work.device and isinstance(work.message, DeviceEvent)]


class _Row(msgspec.Struct):
    """A message as the statements take it: one JSON document a batch. Arrays, a parameter per column, cost Python five
    times more. Bytes are base64; `id` is that of a message replayed."""

    id: int | None
    received_on: date
    received_at: datetime
    source_id: int
    dedup_key: UUID
    raw: bytes | None
    sent_at: datetime | None
    device_id: int | None
    eui: str
    event: str
    status: str
    reason: str
    detail: str
    decoded: Mapping[str, Any] | None
    f_port: int | None = None
    f_cnt: int | None = None
    payload: bytes | None = None
    rssi: float | None = None
    snr: float | None = None
    spreading_factor: int | None = None
    gateways: int | None = None
    battery_percent: float | None = None


def _row(work: Work) -> _Row:
    raw, message, uplink = work.raw, work.message, work.uplink
    row = _Row(
        id=raw.uplink_id,
        received_on=work.received_on,
        received_at=raw.received_at,
        source_id=raw.source.id,
        dedup_key=work.key,
        raw=raw.body if raw.uplink_id is None else None,
        sent_at=work.sent_at,
        device_id=work.device.id if work.device else None,
        eui=message.dev_eui if message else "",
        event="up" if uplink else message.kind.value if isinstance(message, DeviceEvent) else "",
        status=work.status.value,
        reason=work.reason.value if work.reason else "",
        detail=work.detail,
        decoded=work.decoded,
        battery_percent=_battery_percent(work),
    )
    if uplink:
        row.f_port, row.f_cnt, row.payload = uplink.f_port, uplink.f_cnt, uplink.payload
        row.rssi, row.snr, row.spreading_factor = uplink.rssi, uplink.snr, _spreading_factor(uplink)
        row.gateways = min(len(uplink.gateways), 1000)
    return row


def _battery_percent(work: Work) -> float | None:
    """What the network server tells, else the payload."""
    told = work.message.battery_percent if work.message else None
    return told if told is not None and 0 <= told <= 100 else work.battery_percent


def _insert(works: Sequence[Work]) -> set[int]:
    """In the order of their keys: two batches that share messages wait for each other in one direction only."""
    first: dict[tuple[date, UUID], int] = {}
    for index, work in enumerate(works):
        if work.raw.uplink_id is None:
            first.setdefault((work.received_on, work.key), index)
    if not first:
        return set()
    rows = [_row(works[first[key]]) for key in sorted(first)]
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "insert_uplinks"), {"rows": msgspec.json.encode(rows).decode()}, prepare=True
        )
        return {first[(received_on, key)] for received_on, key in cursor}


def _renew(works: Sequence[Work], now: datetime) -> set[int]:
    """What is replayed keeps its row. Of two replays at once of what was rejected, the second finds nothing left to do."""
    by_id = {work.raw.uplink_id: index for index, work in enumerate(works) if work.raw.uplink_id is not None}
    if not by_id:
        return set()
    with hot_cursor() as cursor:
        read_again = [id_ for id_, index in by_id.items() if works[index].raw.replace]
        cursor.execute(statement(_PACKAGE, "lock_replayed"), {"ids": list(by_id), "read_again": read_again})
        indexes = [by_id[id_] for (id_,) in cursor]
        rows = msgspec.json.encode([_row(works[index]) for index in indexes]).decode()
        cursor.execute(statement(_PACKAGE, "renew_uplinks"), {"rows": rows, "now": now})
    return set(indexes)


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
        if (percent := _battery_percent(work)) is not None:
            self.battery_percent = percent


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
    rows = [
        {
            "id": id_,
            "seen_at": heard.seen_at,
            "rssi": heard.uplink.rssi if heard.uplink else None,
            "snr": heard.uplink.snr if heard.uplink else None,
            "spreading_factor": _spreading_factor(heard.uplink),
            "battery_percent": heard.battery_percent,
            "gateway": _gateway(heard.uplink),
            "session": heard.counting.session,
            "session_started_at": heard.counting.session_started_at,
            "f_cnt": heard.counting.f_cnt,
            "f_cnt_at": heard.counting.f_cnt_at,
        }
        for id_, heard in sorted(by_id.items())
    ]
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "update_devices"), {"rows": msgspec.json.encode(rows).decode()}, prepare=True
        )


_noted: dict[int, datetime] = {}
_NOTE_EVERY = timedelta(minutes=1)


def _note_sources(works: Sequence[Work], now: datetime) -> None:
    """Once a minute and per process: a statement less for the other batches."""
    ids = {work.raw.source.id for work in works if work.raw.uplink_id is None}
    due = sorted(id_ for id_ in ids if id_ not in _noted or abs(now - _noted[id_]) >= _NOTE_EVERY)
    if due:
        with hot_cursor() as cursor:
            cursor.execute(statement(_PACKAGE, "note_sources"), {"ids": due, "now": now})
        _noted.update(dict.fromkeys(due, now))


def _gateway(uplink: ParsedUplink | None) -> str | None:
    """The one that heard it best."""
    best = best_gateway(uplink.gateways) if uplink else None
    return best.id[:_LONGEST_NUMBER] if best else None


_heard_of: dict[str, datetime] = {}
_LONGEST_NUMBER = 40
_MOST_HEARD_OF = 100_000


def _note_gateways(works: Sequence[Work], now: datetime) -> None:
    """Which gateways are alive: once a minute and per process for each. An uplink late by more than that says nothing of its gateways."""
    due: dict[str, int | None] = {}
    for work in works:
        if work.uplink is None or work.raw.uplink_id is not None or now - work.observed_at > _NOTE_EVERY:
            continue
        for gateway in work.uplink.gateways:
            number = gateway.id[:_LONGEST_NUMBER]
            if number and (number not in _heard_of or abs(now - _heard_of[number]) >= _NOTE_EVERY):
                due[number] = work.raw.source.organisation_id
    if not due:
        return
    numbers = sorted(due)
    with hot_cursor() as cursor:
        cursor.execute(
            statement(_PACKAGE, "note_gateways"),
            {"numbers": numbers, "organisations": [due[number] for number in numbers], "now": now},
        )
    if len(_heard_of) > _MOST_HEARD_OF:
        _heard_of.clear()
    _heard_of.update(dict.fromkeys(due, now))
