"""One uplink of each network server, from its envelope to the reading, once."""

import json
from datetime import datetime
from typing import Any

import pytest

from parvis.telemetry.devices.ingestion import OutcomeStatus, ingest
from parvis.telemetry.devices.models import Server, Uplink
from parvis.telemetry.history.selectors import series

from .factories import NOW, chirpstack, later, make_source, make_thermometer, raw, things_stack

pytestmark = pytest.mark.django_db

FORM = {"device": "id", "payload": "d", "time": "at", "counter": "n"}


def envelope(server: str, eui: str, *, f_cnt: int, at: datetime) -> bytes:
    """The payload is 21.5 °C, 50 %."""
    payload, milliseconds = "00d732", int(at.timestamp() * 1000)
    written: dict[str, Any] = {
        Server.CHIRPSTACK_V3: {
            "devEUI": eui,
            "fPort": 1,
            "fCnt": f_cnt,
            "data": "ANcy",
            "rxInfo": [{"time": at.isoformat()}],
        },
        Server.THINGPARK: {
            "DevEUI_uplink": {
                "DevEUI": eui.upper(),
                "Time": at.isoformat(),
                "FPort": "1",
                "FCntUp": str(f_cnt),
                "payload_hex": payload,
            }
        },
        Server.LIVE_OBJECTS: {
            "id": f"{eui}/{f_cnt}",
            "metadata": {"source": f"urn:lo:nsid:lora:{eui}", "network": {"lora": {"port": 1, "fcnt": f_cnt}}},
            "timestamp": at.isoformat(),
            "value": {"payload": payload},
        },
        Server.WANESY: {
            "id": f"{eui}/{f_cnt}",
            "endDevice": {"devEui": eui},
            "recvTime": milliseconds,
            "fPort": 1,
            "fCntUp": f_cnt,
            "payload": payload,
            "encodingType": "HEXA",
        },
        Server.LORIOT: {"cmd": "rx", "EUI": eui, "ts": milliseconds, "fcnt": f_cnt, "port": 1, "data": payload},
        Server.SIGFOX: {"device": eui, "time": milliseconds // 1000, "data": payload, "seqNumber": f_cnt},
        Server.JSON: {"id": eui, "at": milliseconds, "n": f_cnt, "d": payload},
    }
    return json.dumps(written[server]).encode()


@pytest.mark.parametrize("server", Server.values)
def test_an_uplink_becomes_a_reading_once(server: str) -> None:
    # A device of Sigfox has 8 digits.
    device = make_thermometer(eui="0000000000c0ffee")
    source = make_source(server=server, form=FORM if server == Server.JSON else {})

    def body(f_cnt: int, minutes: float) -> bytes:
        own = {Server.CHIRPSTACK_V4: chirpstack, Server.THINGS_STACK_V3: things_stack}.get(Server(server))
        if own is not None:
            return own(device.eui, f_cnt=f_cnt, at=later(minutes))
        return envelope(server, device.eui, f_cnt=f_cnt, at=later(minutes))

    batch = [raw(source, body(1, 0)), raw(source, body(2, 10), at=later(10)), raw(source, body(1, 0), at=later(11))]
    statuses = [outcome.status for outcome in ingest(batch, now=later(11))]
    assert statuses == [OutcomeStatus.ACCEPTED, OutcomeStatus.ACCEPTED, OutcomeStatus.DUPLICATE]
    assert device.entity is not None
    told = series(device.entity.pk, "temperature", later(-1), later(20))
    assert told == [(NOW, 21.5), (later(10), 21.5)]
    assert set(Uplink.objects.values_list("eui", "f_cnt")) == {(device.eui, 1), (device.eui, 2)}
