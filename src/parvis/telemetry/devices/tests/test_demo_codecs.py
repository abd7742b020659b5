"""Our example codecs: what the simulator encodes is what the codec decodes and the mapping reads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo_codecs import (
    AIR_STATION,
    BIN_LEVEL,
    CAR_PARK_COUNTER,
    DEMO_CODECS,
    LAMP_CONTROLLER,
    RIVER_GAUGE,
    DemoCodec,
)
from parvis.telemetry.devices.envelopes import ParsedUplink, parse
from parvis.telemetry.devices.mapping import parse_mapping
from parvis.telemetry.devices.sandbox import Call, CodecPool, Failure, FailureKind, Program, Success


@pytest.fixture(scope="module")
def pool() -> Iterator[CodecPool]:
    with CodecPool() as pool:
        yield pool


def decoded(pool: CodecPool, codec: DemoCodec, payload: bytes) -> Any:
    call = Call(program=Program(key=codec.name, source=codec.source), payload=payload, f_port=codec.f_port, at_ms=0)
    return pool.decode([call])[0]


@pytest.mark.parametrize(
    ("codec", "payload", "attributes"),
    [
        (
            LAMP_CONTROLLER,
            simulation.lamp_controller(lit=True, dimming_percent=70, power_w=41.3, temperature_c=-7),
            {"status": "ok", "powerState": "on", "illuminanceLevel": 0.7, "powerConsumption": 41.3, "temperature": -7},
        ),
        (
            LAMP_CONTROLLER,
            simulation.lamp_controller(
                lit=False, dimming_percent=0, power_w=0, temperature_c=12, fault="brokenLantern"
            ),
            {
                "status": "brokenLantern",
                "powerState": "off",
                "illuminanceLevel": 0,
                "powerConsumption": 0,
                "temperature": 12,
            },
        ),
        (CAR_PARK_COUNTER, simulation.car_park_counter(free=312, entered=4), {"availableSpotNumber": 312}),
        (
            BIN_LEVEL,
            simulation.bin_level(filling_percent=83, temperature_c=-3),
            {"fillingLevel": 0.83, "temperature": -3},
        ),
        # The echo is lost: no level rather than a wrong one.
        (BIN_LEVEL, simulation.bin_level(filling_percent=None, temperature_c=21), {"temperature": 21}),
        (RIVER_GAUGE, simulation.river_gauge(level_m=2.345), {"currentLevel": 2.345}),
        (RIVER_GAUGE, simulation.river_gauge(level_m=-0.12), {"currentLevel": -0.12}),
        (
            AIR_STATION,
            simulation.air_station(pm10=23.4, pm25=11.2, no2=40.1, temperature_c=-1.5, humidity_percent=61.5),
            {"pm10": 23.4, "pm25": 11.2, "no2": 40.1, "temperature": -1.5, "relativeHumidity": 0.615},
        ),
    ],
)
def test_codecs_read_what_is_simulated(
    pool: CodecPool, codec: DemoCodec, payload: bytes, attributes: dict[str, Any]
) -> None:
    answer = decoded(pool, codec, payload)
    assert isinstance(answer, Success), answer
    mapped = {row.attribute: row.read(answer.data) for row in parse_mapping(codec.mapping)}
    assert {name: value for name, value in mapped.items() if value is not None} == attributes


@pytest.mark.parametrize("codec", DEMO_CODECS, ids=lambda codec: codec.name)
def test_codecs_refuse_other_lengths(pool: CodecPool, codec: DemoCodec) -> None:
    answer = decoded(pool, codec, b"\x01")
    assert isinstance(answer, Failure)
    assert answer.kind is FailureKind.THROWN


def test_the_envelope_is_read_back() -> None:
    at = datetime(2026, 3, 1, 10, 0, 0, 123_000, tzinfo=UTC)
    eui = simulation.dev_eui("urn:ngsi-ld:Streetlight:1")
    envelope = simulation.chirpstack_uplink(dev_eui=eui, name="a", payload=b"\x01\x02", f_port=10, f_cnt=5, at=at)
    message = parse("chirpstack-v4", msgspec.json.encode(envelope), "up")
    assert isinstance(message, ParsedUplink)
    assert (message.dev_eui, message.received_at, message.payload) == (eui, at, b"\x01\x02")
    assert (message.f_port, message.f_cnt, message.rssi, message.spreading_factor) == (10, 5, -96, 9)


def test_a_lamp_is_told_how_bright_to_be(pool: CodecPool) -> None:
    program = Program(key=LAMP_CONTROLLER.name, source=LAMP_CONTROLLER.source)
    answer = pool.run(program, "encodeDownlink", {"data": {"dimming": 40}})
    assert isinstance(answer, Success)
    assert answer.data == {"bytes": [40], "fPort": 11}
    for dimming in (101, -1, "40", None):
        assert pool.run(program, "encodeDownlink", {"data": {"dimming": dimming}}) != answer
