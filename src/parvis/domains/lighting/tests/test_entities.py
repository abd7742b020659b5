"""How a map shows each thing: one row of the table for each reason."""

from typing import Any

import pytest

from parvis.domains.lighting.entities import streetlight
from parvis.kernel.contributions import ThingState

CASES = [
    pytest.param({"status": "ok"}, ThingState.OK, id="works, by day, without a controller"),
    pytest.param({"status": "ok", "powerState": "off"}, ThingState.OFF, id="out, as it should be"),
    pytest.param({"status": "ok", "powerState": "low"}, ThingState.OK, id="dimmed"),
    pytest.param(
        {"status": "defectiveLamp", "powerState": "on"},
        ThingState.FAULT,
        id="a fault wins over what it says of its power",
    ),
    pytest.param({}, ThingState.UNKNOWN, id="nothing known"),
    pytest.param({"status": "surprise"}, ThingState.UNKNOWN, id="a word that the data model does not have"),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_state(values: dict[str, Any], expected: ThingState) -> None:
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
    assert streetlight.state(attributes) is expected
