"""Whatever is asked of the past is answered: never by a failure of ours."""

import random

import pytest

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.history.tests.temporal import CAR, at, observed, speeds, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_broker")]

_ODD = [
    "",
    "0",
    "-1",
    "1e400",
    "é",
    "\0",
    "\ud800",
    "'\"",
    "urn:ngsi-ld:null",
    "@none",
    "*",
    "a,b",
    ",",
    "9" * 30,
    "{",
    "(",
    "%",
]
_DATES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", at(1), "2026-02-30T00:00:00Z", "2016-12-31T23:59:60Z"]
_KNOWN = {
    "timerel": ["before", "after", "between"],
    "timeAt": _DATES,
    "endTimeAt": _DATES,
    "timeproperty": ["observedAt", "createdAt", "modifiedAt", "deletedAt"],
    "lastN": ["1", "3", "999999999"],
    "options": ["temporalValues", "aggregatedValues", "sysAttrs", "concise", "aggregatedValues,sysAttrs"],
    "aggrMethods": ["avg", "sum,max", "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"],
    "aggrPeriodDuration": ["PT1S", "P1M", "P9999Y", "PT0S", "P1Y1M1DT1H", "P99W"],
    "attrs": ["speed", "speed,big", "text", "scope", "unknown"],
    "pick": ["id", "speed", "type,text"],
    "omit": ["id", "id,type,speed,big,text,location"],
    "datasetId": ["@none", "urn:x:a"],
    "lang": ["fr", "*;q=0"],
    "q": ["speed>1", "text", "big==1", "speed.observedAt>2020-01-01T00:00:00Z", "createdAt>2020-01-01T00:00:00Z"],
    "scopeQ": ["/A", "/#", "/A/+"],
    "type": ["Car", "*", "Car;Bus"],
    "id": [CAR],
    "idPattern": ["Car", "["],
    "georel": ["near;maxDistance==1", "within"],
    "geometry": ["Point"],
    "coordinates": ["[6,49]"],
    "orderBy": ["id", "id;desc"],
    "limit": ["0", "1"],
    "offset": ["1"],
    "count": ["true"],
    "local": ["true"],
}


def _history() -> None:
    tell(
        speed=[
            *speeds(5),
            observed(1e308, "0001-01-01T00:00:00Z"),
            observed(1e308, "9999-12-31T23:59:59Z", datasetId="urn:x:a"),
        ],
        big=[observed(10**18, at(1)), observed(2**53 + 1, at(2)), observed(-1e308, at(3)), observed(False, at(4))],
        text=[observed("x" * 3000, at(1)), observed({"a": [1, {"b": None}]}, at(2)), observed([], at(3))],
        location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6, 49]}, "observedAt": at(1)},
        scope=[
            {"type": "Property", "value": "/A", "observedAt": at(1)},
            {"type": "Property", "value": [], "observedAt": at(3)},
        ],
    )


@pytest.mark.parametrize("seed", range(12))
def test_random_reads(seed):
    _history()
    rng = random.Random(seed)
    for _ in range(60):
        names = rng.sample(sorted(_KNOWN), rng.randint(1, 7))
        asked = {name: rng.choice(_KNOWN[name] if rng.random() < 0.85 else _ODD) for name in names}
        asked = {
            name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for name, value in asked.items()
        }
        for path in ("/temporal/entities", f"/temporal/entities/{CAR}"):
            told = ask("GET", path, query=asked)
            assert told.status in (200, 206, 400, 403, 404), (path, asked, told)


_INSTANCES = [
    "urn:ngsi-ld:Instance:1-1-1",
    f"urn:ngsi-ld:Instance:{'f' * 15}-{'f' * 7}-m{'f' * 15}",
    "urn:ngsi-ld:Instance:1-1-mffffffffffffff",
    "urn:x:\u0660",
    "urn:x:'--",
]
_BODIES = [
    {},
    {"speed": []},
    {"speed": None},
    {"speed": 1},
    {"speed": [observed(1, at(9)), observed(2, at(9))]},
    {"speed": {"type": "Property", "value": "urn:ngsi-ld:null"}},
    {"speed": observed("a\0b", at(1))},
    {"speed": observed(1, "0001-01-01T00:00:00Z")},
    {"speed": observed(1, "9999-12-31T23:59:59.999999Z")},
    {"scope": [{"type": "Property", "value": "/A", "observedAt": at(2)}]},
    {"scope": "urn:ngsi-ld:null"},
    {"scope": []},
    {"text": {"type": "Relationship", "object": "urn:a:b", "observedAt": at(1)}},
    {"type": "Bus"},
    {"location": observed(1, at(1))},
]


@pytest.mark.parametrize("body", _BODIES)
def test_random_writes(body):
    _history()
    calls = [
        ("POST", "/temporal/entities", {"id": CAR, "type": "Car"} | body),
        ("POST", f"/temporal/entities/{CAR}/attrs", body),
    ]
    names = [ask("GET", f"/temporal/entities/{CAR}").json["speed"][0]["instanceId"], *_INSTANCES]
    calls += [("PATCH", f"/temporal/entities/{CAR}/attrs/speed/{name}", body) for name in names]
    calls += [
        ("DELETE", f"/temporal/entities/{CAR}/attrs/{attribute}/{name}", None)
        for name in names
        for attribute in ("speed", "scope")
    ]
    calls += [("DELETE", f"/temporal/entities/{CAR}/attrs/scope", None), ("DELETE", f"/temporal/entities/{CAR}", None)]
    for method, path, sent in calls:
        told = ask(method, path, sent)
        assert told.status in (201, 204, 400, 404), (method, path, sent, told)
