"""How a map shows each thing: one row of the table for each reason."""

from typing import Any

import pytest

from parvis.domains.mobility.entities import off_street_parking
from parvis.kernel.contributions import ThingState

CASES = [
    pytest.param({"availableSpotNumber": 50, "totalSpotNumber": 200}, ThingState.OK, id="room left"),
    pytest.param({"availableSpotNumber": 10, "totalSpotNumber": 200}, ThingState.WARNING, id="one in twenty left"),
    pytest.param({"availableSpotNumber": 0, "totalSpotNumber": 200}, ThingState.WARNING, id="full"),
    pytest.param({"availableSpotNumber": 5}, ThingState.UNKNOWN, id="of how many"),
    pytest.param({"availableSpotNumber": "5", "totalSpotNumber": 200}, ThingState.UNKNOWN, id="a text is no number"),
    pytest.param({"availableSpotNumber": 5, "totalSpotNumber": 0}, ThingState.UNKNOWN, id="no space at all"),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_state(values: dict[str, Any], expected: ThingState) -> None:
    attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
    assert off_street_parking.state(attributes) is expected
