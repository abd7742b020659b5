"""Histories that neighbours keep too (ETSI GS CIM 009 V1.8.1, 5.7.3 and 5.7.4)."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.federation import forwarding, index
from parvis.telemetry.context.tests.federating import REGISTRATIONS, StubSource, registration, stub_source

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
SPAN = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
ASKED = "timerel=after&timeAt=2026-01-01T00:00:00Z"


def power(value: float, hour: int, **members: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-01-01T{hour:02}:00:00Z"} | members


@pytest.fixture
def source(settings: Settings) -> Iterator[StubSource]:
    """It keeps histories of lamps; one with two measures is here."""
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()
    forwarding.forget()
    with stub_source() as stub:
        document = registration(
            endpoint=stub.address,
            information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}],
            operations=["retrieveTemporal", "queryTemporal"],
        )
        assert ask("POST", REGISTRATIONS, document).status == 201
        lamp = {"id": LAMP, "type": "Lamp", "power": [power(1, 1), power(3, 3)]}
        assert ask("POST", "/temporal/entities", lamp).status == 201
        yield stub
    index.forget()


def theirs(*instances: dict[str, Any], urn: str = LAMP) -> dict[str, Any]:
    return {"id": urn, "type": "Lamp", "power": list(instances)}


def values(document: dict[str, Any]) -> list[float]:
    return [one["value"] for one in document["power"]]


def test_two_histories_become_one(source: StubSource) -> None:
    told = theirs(power(2, 2), power(9, 3)) | {"spy": [power(1, 1)]}
    source.reply("GET", f"/ngsi-ld/v1/temporal/entities/{LAMP}?{ASKED}", 200, told)

    body = ask("GET", f"/temporal/entities/{LAMP}", query=SPAN).json

    assert values(body) == [1, 2, 3]  # of the same instant ours
    assert "spy" not in body


def test_the_newest_of_all(source: StubSource) -> None:
    source.reply("GET", f"/ngsi-ld/v1/temporal/entities/{LAMP}?{ASKED}&lastN=2", 200, theirs(power(4, 4), power(2, 2)))

    assert values(ask("GET", f"/temporal/entities/{LAMP}", query=SPAN | {"lastN": "2"}).json) == [4, 3]


def test_values_alone(source: StubSource) -> None:
    told = {"id": LAMP, "type": "Lamp", "power": {"type": "Property", "values": [[2, "2026-01-01T02:00:00Z"]]}}
    source.reply("GET", f"/ngsi-ld/v1/temporal/entities/{LAMP}?{ASKED}&options=temporalValues", 200, told)

    body = ask("GET", f"/temporal/entities/{LAMP}", query=SPAN | {"options": "temporalValues"}).json

    assert [pair[0] for pair in body["power"]["values"]] == [1, 2, 3]


def test_a_history_that_is_only_there(source: StubSource) -> None:
    other = "urn:ngsi-ld:Lamp:2"
    source.reply("GET", f"/ngsi-ld/v1/temporal/entities/{other}", 200, theirs(power(2, 2), urn=other))

    assert values(ask("GET", f"/temporal/entities/{other}").json) == [2]
    assert ask("GET", f"/temporal/entities/{other}", query={"local": "true"}).status == 404
    missing = ask("GET", "/temporal/entities/urn:ngsi-ld:Lamp:3")
    assert (missing.status, "NGSILD-Warning" in missing.headers) == (404, False)


def test_histories_of_a_query(source: StubSource) -> None:
    told = [theirs(power(2, 2)), theirs(power(5, 5), urn="urn:ngsi-ld:Lamp:2")]
    source.reply("GET", f"/ngsi-ld/v1/temporal/entities?type=Lamp&attrs=power&{ASKED}", 200, told)

    answer = ask("GET", "/temporal/entities", query={"type": "Lamp"} | SPAN)

    assert [values(one) for one in answer.json] == [[1, 2, 3], [5]]
    counted = ask("GET", "/temporal/entities", query={"type": "Lamp", "limit": "1", "count": "true"} | SPAN)
    assert counted.headers["NGSILD-Results-Count"] == "2"
    assert 'rel="next"' in counted.headers["Link"]
    second = ask("GET", "/temporal/entities", query={"type": "Lamp", "limit": "1", "offset": "1"} | SPAN)
    assert [values(one) for one in second.json] == [[5]]


def test_histories_of_a_document(source: StubSource) -> None:
    source.reply("POST", "/ngsi-ld/v1/temporal/entityOperations/query", 200, [theirs(power(2, 2))])
    document = {"type": "Query", "entities": [{"type": "Lamp"}], "temporalQ": SPAN}

    answer = ask("POST", "/temporal/entityOperations/query", document)

    assert [values(one) for one in answer.json] == [[1, 2, 3]]
    assert source.received[0].body == document


@pytest.mark.parametrize(
    ("status", "body", "warning"),
    [
        (500, None, "299"),
        (200, "no json", "111"),
        (200, [{"id": 3}], "111"),
        (200, theirs({"value": 1, "datasetId": []}), "111"),
        (200, theirs({"values": 3}), "111"),
    ],
)
def test_what_fails(source: StubSource, status: int, body: Any, warning: str) -> None:
    source.reply("GET", f"/ngsi-ld/v1/temporal/entities/{LAMP}?{ASKED}", status, body)

    answer = ask("GET", f"/temporal/entities/{LAMP}", query=SPAN)

    assert values(answer.json) == [1, 3]
    assert answer.headers["NGSILD-Warning"].startswith(warning)
