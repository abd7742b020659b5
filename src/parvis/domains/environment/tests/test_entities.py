"""How a map shows each thing: one row of the table for each reason."""

from typing import Any

import pytest

from parvis.domains.environment.entities import air_quality_observed
from parvis.kernel.contributions import ThingState

CASES = [
    pytest.param({"pm10": 12.0}, ThingState.OK, id="clean"),
    pytest.param({"pm10": 50.0}, ThingState.WARNING, id="information threshold"),
    pytest.param({"pm10": 80}, ThingState.FAULT, id="alert threshold"),
    pytest.param({"no2": 10}, ThingState.UNKNOWN, id="no PM10 here"),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_state(values: dict[str, Any], expected: ThingState) -> None:
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
    assert air_quality_observed.state(attributes) is expected
