"""What ingestion must know of devices: one query a batch; programs and compiled mappings are remembered by version."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import TypeVar

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.devices.mapping import FieldMapping, parse_mapping
from parvis.telemetry.devices.models import Codec, DeviceProfile
from parvis.telemetry.devices.rules.counters import Counting
from parvis.telemetry.devices.sandbox import Program

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRef:
    mapping: tuple[FieldMapping, ...]
    codec_id: int | None
    quarantine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRef:
    id: int
    is_active: bool
    organisation_id: int | None
    entity_id: int | None
    counting: Counting
    profile: ProfileRef | None


_mappings: dict[tuple[int, int], tuple[FieldMapping, ...]] = {}
_programs: dict[int, Program] = {}
_MOST_REMEMBERED = 10_000


def known_devices(euis: Collection[str]) -> dict[str, DeviceRef]:
    """The devices of these EUIs."""
    if not euis:
        return {}
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.devices", "known_devices"), {"euis": list(euis)})
        rows = cursor.fetchall()
    profiles: dict[int | None, ProfileRef | None] = {None: None}
    devices = {}
    for (
        eui,
        id_,
        is_active,
        organisation_id,
        entity_id,
        session,
        started_at,
        f_cnt,
        f_cnt_at,
        profile_id,
        version,
        codec_id,
        quarantine,
    ) in rows:
        if profile_id not in profiles:
            mapping = _mappings.get((profile_id, version)) or _load_mapping(profile_id)
            profiles[profile_id] = ProfileRef(mapping=mapping, codec_id=codec_id, quarantine=quarantine or "")
        devices[eui] = DeviceRef(
            id=id_,
            is_active=is_active,
            organisation_id=organisation_id,
            entity_id=entity_id,
            counting=Counting(session=session, session_started_at=started_at, f_cnt=f_cnt, f_cnt_at=f_cnt_at),
            profile=profiles[profile_id],
        )
    return devices


def programs(codec_ids: Collection[int]) -> dict[int, Program]:
    """The programs of these codecs, which never change: their id is their version."""
    missing = set(codec_ids) - _programs.keys()
    if missing:
        for pk, source in Codec.objects.filter(pk__in=missing).order_by("pk").values_list("pk", "source"):
            _remember(_programs, pk, Program(key=str(pk), source=source))
    return {pk: _programs[pk] for pk in codec_ids}


def _load_mapping(profile_id: int) -> tuple[FieldMapping, ...]:
    version, rows = DeviceProfile.objects.values_list("version", "mapping").get(pk=profile_id)
    mapping = parse_mapping(rows)
    _remember(_mappings, (profile_id, version), mapping)
    return mapping


def _remember(memory: dict[K, V], key: K, value: V) -> None:
    if len(memory) >= _MOST_REMEMBERED:
        memory.clear()
    memory[key] = value
