"""How a map shows each thing: one row of the table for each reason."""

from typing import Any

import pytest

from parvis.domains.waste.entities import waste_container
from parvis.kernel.contributions import ThingState

CASES = [
    pytest.param({"fillingLevel": 0.2}, ThingState.OK, id="room left"),
    pytest.param({"fillingLevel": 0.75}, ThingState.WARNING, id="to collect"),
    pytest.param({"fillingLevel": 0.9}, ThingState.FAULT, id="overflowing"),
    pytest.param({}, ThingState.UNKNOWN, id="no probe"),
    pytest.param({"fillingLevel": "full"}, ThingState.UNKNOWN, id="a text is no level"),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_state(values: dict[str, Any], expected: ThingState) -> None:
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
    assert waste_container.state(attributes) is expected
