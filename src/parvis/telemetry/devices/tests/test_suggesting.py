"""Fields become lines of a mapping, and lines become values: plain values in, plain values out."""

from datetime import timedelta
from typing import Any

import pytest

from parvis.kernel.contributions import AttributeSpec
from parvis.telemetry.devices.mapping import OUT_OF_RANGE, TOO_FAST, Battery, FieldMapping
from parvis.telemetry.devices.rules.previewing import Sample, seen_through
from parvis.telemetry.devices.rules.suggesting import (
    DecodedField,
    fields_of,
    suggest,
    suggest_battery,
    suggest_mapping,
)

from .factories import NOW

ATTRIBUTES = (
    AttributeSpec(name="name", label="Nom"),
    AttributeSpec(name="temperature", label="Température", unit_code="CEL"),
    AttributeSpec(name="relativeHumidity", label="Humidité", unit_code="C62"),
    AttributeSpec(name="pm25", label="PM2,5", unit_code="GQ"),
)


def fields(decoded: dict[str, Any]) -> list[DecodedField]:
    return fields_of(decoded)


def test_fields_are_paths_in_the_order_of_the_codec() -> None:
    decoded = {"t": 21.5, "at": None, "m": {"h": 50, "a.b": 1}, "list": [{"v": 1}, {"v": True}], "text": "on"}
    assert [(one.path, one.value) for one in fields(decoded)] == [
        ("t", 21.5),
        ("m.h", 50),
        ("list.0.v", 1),
        ("list.1.v", True),
        ("text", "on"),
    ]


def test_a_huge_or_deep_answer_gives_a_bounded_list() -> None:
    deep: dict[str, Any] = {"v": 1}
    for _ in range(50):
        deep = {"d": deep}
    assert fields(deep) == []
    assert len(fields({f"f{number}": number for number in range(10_000)})) == 100


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("temperature", 21.5, ("temperature", "CEL", 1.0)),  # the name itself
        ("TempC_1", 21.5, ("temperature", "CEL", 1.0)),  # what a maker writes
        ("Hum", 55, ("relativeHumidity", "C62", 0.01)),  # per cent in the sensor, from 0 to 1 in the model
        ("relative_humidity", 0.55, ("relativeHumidity", "C62", 1.0)),
        ("pm2_5", 12, ("pm25", "GQ", 1.0)),
        ("counter", 12, None),
        ("name", "Sonde", ("name", "", 1.0)),
    ],
)
def test_a_field_finds_its_attribute(name: str, value: Any, expected: tuple[str, str, float] | None) -> None:
    line = suggest(DecodedField(path=name, value=value), ATTRIBUTES)
    assert (line and (line.attribute, line.unit_code, line.scale)) == expected


def test_an_attribute_is_suggested_once_and_the_battery_apart() -> None:
    found = fields({"temp1": 20.0, "temp2": 21.0, "battery": 3.58, "temperature_battery": 2})
    assert [(line.field, line.attribute) for line in suggest_mapping(found, ATTRIBUTES)] == [("temp1", "temperature")]
    assert suggest_battery(found) == Battery(field="battery", empty_v=3.0, full_v=3.6)


@pytest.mark.parametrize(
    ("decoded", "expected"),
    [
        ({"BatV": 3.3}, Battery(field="BatV", empty_v=3.0, full_v=3.6)),
        ({"batteryMv": 3300}, Battery(field="batteryMv", empty_v=3000.0, full_v=3600.0)),
        ({"battery": 87}, Battery(field="battery")),
        ({"battery": "low", "bat": True}, None),
        ({}, None),
    ],
)
def test_the_unit_of_a_battery_is_told_by_its_value(decoded: dict[str, Any], expected: Battery | None) -> None:
    assert suggest_battery(fields(decoded)) == expected


def test_a_preview_doubts_what_ingestion_would_doubt() -> None:
    line = FieldMapping(field="t", attribute="temperature", minimum=-20.0, maximum=50.0, max_change_per_h=10.0)
    # The latest first, as a page shows them; of the same device unless another is named.
    told = [(30, 90.0), (20, 24.0), (10, 35.0), (0, 20.0)]
    samples = [Sample(name="a", decoded={"t": value}, at=NOW + timedelta(minutes=at)) for at, value in told]
    samples += [
        Sample(name="b", decoded={"t": 49.0}, at=NOW + timedelta(minutes=5)),
        Sample(name="b", decoded=None, at=NOW, failure="no"),
        Sample(name="example", decoded={"other": 1}),
    ]
    # 35 is too far from 20 ten minutes before; 24 is compared with 20, for a doubtful value is no base.
    expected = [
        (90.0, OUT_OF_RANGE),
        (24.0, TOO_FAST),
        (35.0, TOO_FAST),
        (20.0, ""),
        (49.0, ""),
        (None, ""),
        (None, ""),
    ]
    assert [(seen.value, seen.quality) for seen in seen_through(line, samples)] == expected
    slower = FieldMapping(field="t", attribute="temperature", max_change_per_h=13.0)
    assert [seen.quality for seen in seen_through(slower, samples)][1] == ""
