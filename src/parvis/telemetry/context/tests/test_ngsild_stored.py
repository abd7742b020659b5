"""Through the door, the transaction and PostgreSQL: what is written is read back the same; what cannot be stored is refused."""

from typing import Any

import pytest

from parvis.telemetry.context.broker import tenancy
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.tests.modelling import ONE, POINT, URN, prop
from parvis.telemetry.context.tests.test_ngsild_rendering import FORMS

pytestmark = pytest.mark.django_db

NS = "https://a.example/ns#"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    tenancy.forget()


NASTY: list[Any] = [
    1e15 + 0.5,
    5e-324,
    -0.5,
    0.1,
    2**63,
    10**300,
    -(2**64),
    True,
    None,
    "",
    "< > \" ' = ; ( ) & \\ / %00 \\u0000",
    "žltý kôň — 100 € 🚲 \u202e\u200b",
    "urn:ngsi-ld:nul",
    "2026-01-05T08:00:00Z",
    {"": 1, "a.b": {"$c": [[], {}]}, "@type": "x", "null": None},
    [1, [2, [3, [None]]]],
    POINT,
]


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_any_value_comes_back(value: Any) -> None:
    attribute = prop([value], note=prop({"a": value}, by=[prop(1), prop({"b": value}, datasetId=ONE)]))
    json = {"type": "JsonProperty", "json": {"id": value, "type": [value]}}
    entity = {"id": URN, "type": "Thing", "alpha": attribute, "beta": json}
    assert ask("POST", "/entities", entity).status == 201
    assert ask("GET", f"/entities/{URN}").json == entity


@pytest.mark.parametrize("value", [1e308, 1.7976931348623157e308, -1e300])
def test_huge_numbers_come_back_as_the_same_float(value: float) -> None:
    assert ask("POST", "/entities", {"id": URN, "type": "Thing", "alpha": value}).status == 201
    found = ask("GET", f"/entities/{URN}").json["alpha"]["value"]
    assert float(found) == value
    assert ask("PUT", f"/entities/{URN}", {"type": "Thing", "alpha": found}).status == 204


@pytest.mark.parametrize("forms", FORMS, ids=lambda one: ascii(one[0])[:60])
def test_each_form_comes_back(forms: Any) -> None:
    written, *shown = forms
    assert ask("POST", "/entities", {"id": URN, "type": "Thing", "alpha": written}).status == 201
    for name, form in zip(("normalized", "concise", "simplified"), shown, strict=True):
        assert ask("GET", f"/entities/{URN}", query={"format": name}).json["alpha"] == form
    for name, form in zip(("normalized", "concise"), shown, strict=False):
        assert ask("PUT", f"/entities/{URN}", {"type": "Thing", "alpha": form}).status == 204, name
        assert ask("GET", f"/entities/{URN}").json["alpha"] == shown[0]


@pytest.mark.parametrize(
    "entity",
    [
        {"id": "urn:a:" + "b" * 1_490, "type": "Thing"},
        {"id": "urn:é:" + "é" * 700, "type": "é" * 400, "ü" * 400: prop(1)},
        {"id": "urn:a:" + "b" * 1_490, "type": [NS + "T" * 900, NS + "U" * 900], NS + "v" * 900: prop(1)},
        {"id": URN, "type": "Thing", "scope": "/" + "A" * 990},
    ],
    ids=lambda one: ascii(one)[:50],
)
def test_names_as_long_as_they_may_be_are_stored(entity: dict[str, Any]) -> None:
    assert ask("POST", "/entities", entity).status == 201
    told = ask("GET", f"/entities/{entity['id']}")
    assert (told.status, told.json["id"]) == (200, entity["id"])


@pytest.mark.parametrize(
    "body",
    [
        rb'{"id": "urn:a:b", "type": "Thing", "alpha": {"type": "Property", "value": "a\u0000b"}}',
        rb'{"id": "urn:a:b", "type": "Thing", "alpha": {"type": "Property", "value": {"\u0000": 1}}}',
        rb'{"id": "urn:a:b", "type": "Thing", "alpha": {"type": "Property", "value": "\ud800"}}',
        rb'{"id": "urn:a:b", "type": "Thing", "alpha": {"type": "Property", "value": 1e999}}',
        rb'{"id": "urn:a:b", "type": "Thing", "alpha": {"type": "Property", "value": NaN}}',
        rb'{"id": "urn:a:b", "type": "Thing", "alpha": {"type": "Property", "value": ' + b"9" * 400 + b"}}",
        b'{"id": "urn:a:b", "type": "Thing", "alpha": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"id": "urn:a:b", "type": "Thing", "alpha": ' + b'{"a":' * 100 + b"1" + b"}" * 101,
        b'{"id": "urn:a:' + b"b" * 3_000 + b'", "type": "Thing"}',
        b'{"id": "urn:a:b", "type": "' + b"T" * 3_000 + b'"}',
    ],
    ids=lambda one: ascii(one)[50:110],
)
def test_what_cannot_be_stored_is_refused(body: bytes) -> None:
    told = ask("POST", "/entities", raw=body)
    assert told.status == 400
    assert told.json["title"] != told.json["detail"]
