"""What ingestion must know of devices: one query a batch; programs and compiled mappings are remembered by version."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.devices.mapping import Battery, FieldMapping, parse_mapping
from parvis.telemetry.devices.models import Codec, DeviceProfile, Kind
from parvis.telemetry.devices.rules.counters import Counting
from parvis.telemetry.devices.sandbox import Program

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What a profile says of decoded data, compiled."""

    mapping: tuple[FieldMapping, ...]
    battery: Battery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRef:
    reader: Reader
    codec_id: int | None
    codec_kind: str = Kind.JAVASCRIPT
    quarantine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRef:
    id: int
    is_active: bool
    organisation_id: int | None
    entity_id: int | None
    entity_since: datetime | None = None
    counting: Counting
    profile: ProfileRef | None


_readers: dict[tuple[int, int], Reader] = {}
_programs: dict[int, Program] = {}
_MOST_REMEMBERED = 10_000


def known_devices(euis: Collection[str]) -> dict[str, DeviceRef]:
    """The devices of these EUIs."""
    if not euis:
        return {}
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.devices", "known_devices"), {"euis": list(euis)}, prepare=True)
        rows = cursor.fetchall()
    profiles: dict[int | None, ProfileRef | None] = {None: None}
    devices = {}
    for (
        eui,
        id_,
        is_active,
        organisation_id,
        entity_id,
        entity_since,
        session,
        started_at,
        f_cnt,
        f_cnt_at,
        profile_id,
        version,
        codec_id,
        codec_kind,
        quarantine,
    ) in rows:
        if profile_id not in profiles:
            reader = _readers.get((profile_id, version)) or _load_reader(profile_id)
            profiles[profile_id] = ProfileRef(
                reader=reader, codec_id=codec_id, codec_kind=codec_kind, quarantine=quarantine or ""
            )
        devices[eui] = DeviceRef(
            id=id_,
            is_active=is_active,
            organisation_id=organisation_id,
            entity_id=entity_id,
            entity_since=entity_since,
            counting=Counting(session=session, session_started_at=started_at, f_cnt=f_cnt, f_cnt_at=f_cnt_at),
            profile=profiles[profile_id],
        )
    return devices


def programs(codec_ids: Collection[int]) -> dict[int, Program]:
    """The programs of these codecs, which never change: their id is their version."""
    missing = set(codec_ids) - _programs.keys()
    if missing:
        for codec in Codec.objects.filter(pk__in=missing).order_by("pk"):
            program = Program(key=str(codec.pk), source=codec.source, fresh=codec.keeps_state)
            _remember(_programs, codec.pk, program)
    return {pk: _programs[pk] for pk in codec_ids}


def past_things(wanted: Collection[tuple[int, datetime]]) -> dict[tuple[int, datetime], int | None]:
    """By device and instant, the thing it was on before it was moved to where it is."""
    if not wanted:
        return {}
    devices, instants = zip(*wanted, strict=True)
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.devices", "past_things"), {"devices": list(devices), "instants": list(instants)}
        )
        return {(device_id, at): entity_id for device_id, at, entity_id in cursor}


def _load_reader(profile_id: int) -> Reader:
    profile = DeviceProfile.objects.get(pk=profile_id)
    battery = None
    if profile.battery_field:
        battery = Battery(field=profile.battery_field, empty_v=profile.battery_empty, full_v=profile.battery_full)
    reader = Reader(mapping=parse_mapping(profile.mapping), battery=battery)
    _remember(_readers, (profile_id, profile.version), reader)
    return reader


def _remember(memory: dict[K, V], key: K, value: V) -> None:
    if len(memory) >= _MOST_REMEMBERED:
        memory.clear()
    memory[key] = value
