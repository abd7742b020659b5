"""Cayenne LPP, from its own documentation's samples and one value of each type."""

from typing import Any

import pytest

from parvis.telemetry.devices.builtin import Unreadable, decode


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        # The samples of myDevices' documentation: two temperatures; below zero with acceleration; a place.
        ("03 67 01 10 05 67 00 FF", {"temperature_3": 27.2, "temperature_5": 25.5}),
        ("01 67 FF D7", {"temperature_1": -4.1}),
        ("06 71 04 D2 FB 2E 00 00", {"accelerometer_6": {"x": 1.234, "y": -1.234, "z": 0.0}}),
        ("01 88 06 76 5F F2 96 0A 00 03 E8", {"gps_1": {"latitude": 42.3519, "longitude": -87.9094, "altitude": 10.0}}),
        ("00 00 01", {"digital_in_0": 1}),
        ("02 01 00", {"digital_out_2": 0}),
        ("03 02 FF 9C", {"analog_in_3": -1.0}),
        ("04 03 01 01", {"analog_out_4": 2.57}),
        ("05 64 FF FF FF FF", {"generic_5": 4_294_967_295}),
        ("05 65 FF FF", {"luminosity_5": 65_535}),
        ("06 66 01", {"presence_6": 1}),
        ("07 68 5F", {"relative_humidity_7": 47.5}),
        ("08 73 27 94", {"barometric_pressure_8": 1013.2}),
        ("09 74 01 4A", {"voltage_9": 3.3}),
        ("09 75 03 E8", {"current_9": 1.0}),
        ("09 76 00 00 00 32", {"frequency_9": 50}),
        ("09 78 63", {"percentage_9": 99}),
        ("09 79 FF FE", {"altitude_9": -2}),
        ("09 7D 01 90", {"concentration_9": 400}),
        ("09 80 00 0A", {"power_9": 10}),
        ("09 82 00 00 03 E8", {"distance_9": 1.0}),
        ("09 83 00 00 00 01", {"energy_9": 0.001}),
        ("09 84 01 67", {"direction_9": 359}),
        ("09 85 69 55 B9 00", {"unix_time_9": 1_767_225_600}),
        ("09 86 00 64 FF 9C 00 00", {"gyrometer_9": {"x": 1.0, "y": -1.0, "z": 0.0}}),
        ("09 87 FF 80 00", {"colour_9": {"red": 255, "green": 128, "blue": 0}}),
        ("09 8E 01", {"switch_9": 1}),
        # A channel told twice: the last one.
        ("01 67 00 0A 01 67 00 14", {"temperature_1": 2.0}),
    ],
)
def test_values(payload: str, fields: dict[str, Any]) -> None:
    assert decode("cayenne-lpp", bytes.fromhex(payload), 1) == fields


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("", "no value"),
        ("01", "a channel without type"),
        ("01 67 00", "temperature has 2 bytes, 1 are left"),
        ("01 67 00 0A 01 FF 00", "byte 5: unknown type 255"),
    ],
)
def test_what_is_not_cayenne_is_told(payload: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        decode("cayenne-lpp", bytes.fromhex(payload), 1)
