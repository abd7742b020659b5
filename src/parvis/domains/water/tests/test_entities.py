"""How a map shows each thing: one row of the table for each reason."""

from typing import Any

import pytest

from parvis.domains.water.entities import flood_monitoring
from parvis.kernel.contributions import ThingState

CASES = [
    pytest.param({"currentLevel": 0.8, "alertLevel": 2.2, "dangerLevel": 3.0}, ThingState.OK, id="low water"),
    pytest.param(
        {"currentLevel": 2.2, "alertLevel": 2.2, "dangerLevel": 3.0}, ThingState.WARNING, id="at the first threshold"
    ),
    pytest.param({"currentLevel": 3.1, "alertLevel": 2.2, "dangerLevel": 3.0}, ThingState.FAULT, id="over the second"),
    pytest.param({"currentLevel": 9.0}, ThingState.OK, id="a station without thresholds judges nothing"),
    pytest.param({"alertLevel": 2.2}, ThingState.UNKNOWN, id="never measured"),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_state(values: dict[str, Any], expected: ThingState) -> None:
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
    assert flood_monitoring.state(attributes) is expected
