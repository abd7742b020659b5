"""Any JSON is a registration or a refusal; what was registered is read back the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.models import Registration
from parvis.telemetry.context.tests.federating import REGISTRATIONS, registration

pytestmark = pytest.mark.django_db

MEMBERS = [
    *("id", "type", "information", "endpoint", "mode", "operations", "tenant", "scope", "location", "expiresAt"),
    *("observationInterval", "contextSourceInfo", "contextSourceAlias", "datasetId", "refreshRate", "management"),
    *("entities", "idPattern", "propertyNames", "key", "value", "timeout", "startAt", "coordinates", "status", "other"),
]
WORDS = st.sampled_from(
    [
        *("ContextSourceRegistration", "inclusive", "exclusive", "redirectionOps", "retrieveEntity", "Lamp", "urn:l:1"),
        *(
            "http://x.example",
            "2036-01-01T00:00:00Z",
            "PT1M",
            "Point",
            "/A/B",
            "urn:ngsi-ld:null",
            "(a+)+$",
            "[",
            "",
            "\0",
        ),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), below, max_size=4),
    max_leaves=12,
)
FRAGMENTS = st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=4), ANYTHING, max_size=5)
RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    index.forget()
    yield
    index.forget()


def emptied() -> None:
    Registration.objects.all().delete()
    index.forget()


@RELAXED
@given(FRAGMENTS)
def test_any_document(fragment: dict[str, Any]) -> None:
    emptied()

    answer = ask("POST", REGISTRATIONS, registration() | fragment)

    assert answer.status in (201, 400), (fragment, answer.json)
    if answer.status == 201:
        body = ask("GET", answer.headers["Location"].removeprefix("/ngsi-ld/v1")).json
        assert body["endpoint"] == (registration() | fragment)["endpoint"]
        assert ask("GET", REGISTRATIONS, query={"type": "Lamp", "q": "other"}).status == 200


@RELAXED
@given(FRAGMENTS)
def test_any_fragment(fragment: dict[str, Any]) -> None:
    emptied()
    assert ask("POST", REGISTRATIONS, registration()).status == 201

    answer = ask("PATCH", f"{REGISTRATIONS}/{registration()['id']}", fragment)

    assert answer.status in (204, 400), (fragment, answer.json)
    assert ask("GET", f"{REGISTRATIONS}/{registration()['id']}").status == 200


@RELAXED
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "type",
                "id",
                "idPattern",
                "attrs",
                "q",
                "csf",
                "georel",
                "geometry",
                "coordinates",
                "scopeQ",
                "timerel",
                "timeAt",
                "limit",
            ]
        ),
        st.text(max_size=8) | WORDS,
        max_size=5,
    )
)
def test_any_question(query: dict[str, str]) -> None:
    assert ask("GET", REGISTRATIONS, query=query).status in (200, 400, 403)
