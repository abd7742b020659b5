"""Whatever a client sends that the OpenAPI document of the broker allows, it is answered as the document says, and never by a 500."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from bench.deployment import open_broker

pytestmark = pytest.mark.slow

EXAMPLES = 15
"""Requests to each operation."""


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    with open_broker() as deployment:
        yield schemathesis.openapi.from_url(f"{deployment.base}/ngsi-ld/v1/openapi.json")


def test_no_operation_surprises(described: Any) -> None:
    found = [one.ok() for one in described.get_all_operations()]
    assert len(found) > 50
    failures = [f"{one.label}: {why}" for one in found if (why := surprise(one))]
    assert not failures, "\n".join(failures)


def surprise(operation: Any) -> str:
    """What an operation answered that it should not; empty when nothing."""

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        case.call_and_validate(checks=[not_a_server_error, status_code_conformance])

    try:
        asked()
    except Exception as error:
        return str(error)[:1500]
    return ""
