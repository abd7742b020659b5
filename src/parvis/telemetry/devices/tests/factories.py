"""Devices for tests: plain functions with sensible defaults."""

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.ingestion import RawUplink, source_ref
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEMPERATURE = """
function decodeUplink(input) {
  return {data: {temperature: ((input.bytes[0] << 8) | input.bytes[1]) / 10, humidity: input.bytes[2]}};
}
"""
MAPPING = [
    {"field": "temperature", "attribute": "temperature", "unit_code": "CEL"},
    {"field": "humidity", "attribute": "relativeHumidity", "scale": 0.01},
]

_numbers = count(1)


def make_entity(**changes: Any) -> Entity:
    given: dict[str, Any] = {"urn": f"urn:ngsi-ld:Device:test-{next(_numbers)}", "type": "Device"}
    draft = EntityDraft(**{**given, **changes})
    upsert_entities([draft], now=NOW)
    return Entity.objects.get(urn=draft.urn)


def make_source(**changes: Any) -> Source:
    number = next(_numbers)
    given = {"slug": f"source-{number}", "label": f"Source {number}", "server": "chirpstack-v4", "created_at": NOW}
    return Source.objects.create(**{**given, **changes})


def make_codec(source: str = TEMPERATURE, **changes: Any) -> Codec:
    given = {"name": f"codec-{next(_numbers)}", "source": source, "created_at": NOW}
    return Codec.objects.create(**{**given, **changes})


def make_profile(codec: Codec | None = None, **changes: Any) -> DeviceProfile:
    given = {"name": f"profil {next(_numbers)}", "entity_type": "Device", "mapping": MAPPING, "codec": codec}
    return DeviceProfile.objects.create(**{**given, **changes})


def make_device(profile: DeviceProfile | None = None, **changes: Any) -> Device:
    number = next(_numbers)
    given: dict[str, Any] = {
        "eui": f"02004d5450{number:06x}",
        "name": f"capteur {number}",
        "profile": profile,
        "created_at": NOW,
    }
    if "entity" not in changes:
        given["entity"] = make_entity()
    return Device.objects.create(**{**given, **changes})


def make_thermometer(**changes: Any) -> Device:
    """A device whose uplinks (`\\x00\\xd7\\x32` = 21.5 °C, 50 %) become readings of its own thing."""
    return make_device(make_profile(make_codec()), **changes)


def chirpstack(
    eui: str, payload: bytes = b"\x00\xd7\x32", *, f_cnt: int = 0, at: datetime = NOW, **changes: Any
) -> bytes:
    """A ChirpStack v4 uplink; its `deduplicationId` follows the counter and the time."""
    envelope = {
        "deduplicationId": f"{eui}-{f_cnt}-{at.timestamp()}",
        "time": at.isoformat(),
        "deviceInfo": {"devEui": eui},
        "devAddr": "01020304",
        "fCnt": f_cnt,
        "fPort": 1,
        "data": base64.b64encode(payload).decode(),
        "rxInfo": [{"gatewayId": "aa", "rssi": -80, "snr": 7.5}],
        "txInfo": {"frequency": 868100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 9}}},
    }
    return json.dumps({**envelope, **changes}).encode()


def things_stack(
    eui: str, payload: bytes = b"\x00\xd7\x32", *, f_cnt: int = 0, at: datetime = NOW, **changes: Any
) -> bytes:
    """A The Things Stack v3 uplink: no message id."""
    uplink = {
        "f_port": 1,
        "f_cnt": f_cnt,
        "frm_payload": base64.b64encode(payload).decode(),
        "received_at": at.isoformat(),
        "rx_metadata": [{"gateway_ids": {"eui": "AA"}, "rssi": -80, "snr": 7.5}],
    }
    ids = {"dev_eui": eui.upper(), "dev_addr": "01020304"}
    return json.dumps(
        {"end_device_ids": ids, "received_at": at.isoformat(), "uplink_message": {**uplink, **changes}}
    ).encode()


def raw(
    source: Source,
    body: bytes,
    *,
    event: str = "",
    at: datetime = NOW,
    uplink_id: int | None = None,
    replace: bool = False,
) -> RawUplink:
    return RawUplink(
        source=source_ref(source), body=body, event=event, received_at=at, uplink_id=uplink_id, replace=replace
    )


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)
