"""One message on its way through ingestion, and the first steps: reading it, recognising it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from parvis.telemetry.context.values import Reading
from parvis.telemetry.devices.envelopes import DeviceEvent, EventKind, Malformed, Message, ParsedUplink, parse
from parvis.telemetry.devices.partitions import day_of
from parvis.telemetry.devices.rules.counters import Counting, counted, joined
from parvis.telemetry.devices.rules.identity import body_key, message_key
from parvis.telemetry.devices.rules.reasons import Reason, Status

from .registry import DeviceRef
from .values import RawUplink

_LONGEST_DETAIL = 1000


@dataclass(slots=True)
class Work:
    """`key` and `received_on` tell duplicates. ACCEPTED until something says otherwise."""

    raw: RawUplink
    key: UUID
    received_on: date
    observed_at: datetime
    """The network server's time of reception; the time of arrival here when the envelope has none."""
    message: Message | None = None
    device: DeviceRef | None = None
    counting: Counting | None = None
    """Of the device, once this message is taken into account."""
    status: Status = Status.ACCEPTED
    reason: Reason | None = None
    detail: str = ""
    decoded: Mapping[str, Any] | None = None
    readings: list[Reading] = field(default_factory=list)
    battery_percent: float | None = None
    """As its payload tells; its envelope may too."""

    @property
    def uplink(self) -> ParsedUplink | None:
        return self.message if isinstance(self.message, ParsedUplink) else None

    @property
    def sent_at(self) -> datetime | None:
        return self.message.received_at if self.message else None

    @property
    def awaits_decoding(self) -> bool:
        return self.status is Status.ACCEPTED

    def reject(self, reason: Reason, detail: object = "") -> None:
        self.status, self.reason, self.readings = Status.REJECTED, reason, []
        self.detail = _storable(str(detail))

    def ignore(self, reason: Reason, detail: str = "") -> None:
        self.status, self.reason, self.detail = Status.IGNORED, reason, detail


def read(raw: RawUplink) -> Work:
    arrived = raw.received_at
    try:
        message = parse(raw.source.server, raw.body, raw.event, form=raw.source.form, topic=raw.topic, arrived=arrived)
    except Malformed as malformed:
        key = body_key(raw.source.id, raw.body)
        work = Work(raw=raw, key=key, received_on=day_of(None, arrived), observed_at=arrived)
        work.reject(Reason.MALFORMED, malformed.message)
        return work
    return Work(
        raw=raw,
        key=message_key(message, session=0, body=raw.body),
        received_on=day_of(message.received_at, arrived),
        observed_at=message.received_at or arrived,
        message=message,
    )


def recognise(works: Iterable[Work], devices: Mapping[str, DeviceRef]) -> None:
    """Gives each message its device and, in the order of arrival, its session."""
    countings: dict[int, Counting] = {}
    for work in works:
        if work.message is None:
            continue
        device = devices.get(work.message.dev_eui)
        if device is not None and not work.raw.source.speaks_for(device.organisation_id):
            # Unknown to this source; and the message may not pass for what the right source will bring.
            device, work.key = None, body_key(work.raw.source.id, work.raw.body)
        work.device = device
        if device is not None:
            _count(work, work.message, countings.setdefault(device.id, device.counting), device, countings)
        if isinstance(work.message, DeviceEvent):
            work.ignore(Reason.EVENT, work.message.kind.value)
        elif device is None:
            work.reject(Reason.UNKNOWN_DEVICE)
        elif not device.is_active:
            work.reject(Reason.DISABLED_DEVICE)
        elif not work.message.payload and work.message.f_port == 0:
            work.ignore(Reason.EMPTY)
        elif device.profile is None:
            work.decoded = work.message.decoded
            work.reject(Reason.NO_PROFILE)


def _count(work: Work, message: Message, counting: Counting, device: DeviceRef, countings: dict[int, Counting]) -> None:
    if isinstance(message, ParsedUplink):
        session, counting = counted(counting, message.f_cnt, message.received_at)
        if session and not message.message_id:
            work.key = message_key(message, session=session, body=work.raw.body)
    elif message.kind is EventKind.JOIN:
        counting = joined(counting, work.observed_at)
    work.counting = countings[device.id] = counting


def _storable(text: str) -> str:
    """PostgreSQL keeps neither NUL nor a lone surrogate."""
    return text[:_LONGEST_DETAIL].replace("\0", "").encode("utf-8", "replace").decode()
