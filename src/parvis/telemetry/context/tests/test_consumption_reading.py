"""GET /entities and GET /entities/{id} (ETSI GS CIM 009 V1.8.1, 5.7.1, 5.7.2)."""

from typing import Any

import pytest

from parvis.telemetry.context.broker.testing import Told, ask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"


def test_smoke() -> None:
    assert ask("POST", "/entities", {"id": "urn:a:1", "type": "A", "n": {"type": "Property", "value": 5}}).status == 201
    told = ask("GET", "/entities/urn:a:1")
    assert told.status == 200, told.json
    assert told.json == {"id": "urn:a:1", "type": "A", "n": {"type": "Property", "value": 5}}
    told = ask("GET", "/entities", query={"type": "A", "q": "n==5"})
    assert (told.status, [one["id"] for one in told.json]) == (200, ["urn:a:1"])
    for path in ("/types", "/attributes", "/types/A", "/attributes/n"):
        told = ask("GET", path)
        assert told.status == 200, told.json
        print(told.json)
    assert ask("DELETE", "/entities", query={"type": "A"}).status == 204
    assert ask("GET", "/entities/urn:a:1").status == 404
