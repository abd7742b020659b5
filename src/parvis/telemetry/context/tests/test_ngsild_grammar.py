"""Identifiers, scopes, instants and geometries (CIM 009 V1.8.1, 4.6, 4.7, 4.18)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild import names
from parvis.telemetry.context.ngsild.geometry import bounds_of, geometry, is_geometry, positions
from parvis.telemetry.context.ngsild.instants import instant, parse_datetime
from parvis.telemetry.context.tests.modelling import NULL, ONE


@pytest.mark.parametrize(
    "text",
    [
        "urn:ngsi-ld:Thing:1",
        "http://a.example/b?c=d#e",
        "https://[::1]/x",
        "a:b",
        "x+y-z.1:%20",
        "urn:ngsi-ld:Thing:it's(1);2,3=4@5!$&*+~",
        "urn:ngsi-ld:École:Île",
        "urn:ngsi-ld:東京:1",
        "urn:a:" + "b" * 1_400,
    ],
)
def test_what_identifies(text: str) -> None:
    assert names.is_uri(text)
    assert names.uri(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        ":a",
        "a:",
        "1a:b",
        "thisisnouri",
        "urn:a b",
        "urn:a\tb",
        "urn:a\nb",
        "urn:a\n",
        'urn:"a"',
        "urn:<a>",
        "urn:a\\b",
        "urn:a^b",
        "urn:a`b",
        "urn:{a}",
        "urn:a|b",
        "urn:a\0b",
        "urn:a\x7fb",
        "urn:a\u00a0b",  # no-break space
        "urn:a\u202eb",  # right-to-left override
        "urn:a\u200bb",  # zero width space
        "urn:a\u2066b",  # bidirectional isolate
        "urn:a\ufeffb",  # byte order mark
        "urn:a\ue000b",  # private
        "urn:a\ud800b",  # half a pair
        "urn:a\u0378b",  # unassigned
        "urn:é\\",
        "é:a",
        "urn:a:" + "b" * 1_500,
        "urn:a:" + "é" * 800,
        NULL,
        None,
        3,
        ["urn:a:b"],
        True,
    ],
    ids=ascii,
)
def test_what_identifies_nothing(text: Any) -> None:
    with pytest.raises(BadRequestData) as caught:
        names.uri(text)
    assert caught.value.detail.isascii()


def test_datasets() -> None:
    assert names.dataset_id(ONE) == ONE
    assert names.dataset_id("@none") == ""
    for wrong in ("", "a", None, 3, NULL):
        with pytest.raises(BadRequestData):
            names.dataset_id(wrong)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("/A", ["/A"]),
        ("A", ["/A"]),
        ("/Madrid/Gardens_2/ParqueNorte", ["/Madrid/Gardens_2/ParqueNorte"]),
        ("/Île/b1", ["/Île/b1"]),
        (["/A", "B", "A", "/B/c"], ["/A", "/B", "/B/c"]),
    ],
)
def test_scopes(given: Any, found: list[str]) -> None:
    assert names.scopes(given) == found


@pytest.mark.parametrize(
    "given",
    [
        "",
        "/",
        "//A",
        "/A/",
        "/A//B",
        "/1A",
        "/A b",
        "/A/#",
        "/+",
        "/A-b",
        "/A\n",
        "/" + "A" * 1_001,
        None,
        3,
        [],
        [3],
        ["/A", None],
        {},
        [["/A"]],
        "/A\ud800",
    ],
    ids=ascii,
)
def test_what_is_no_scope(given: Any) -> None:
    with pytest.raises(BadRequestData):
        names.scopes(given)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-01-05T08:00:00Z", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T08:00:00.5Z", datetime(2026, 1, 5, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-05T08:00:00.000Z", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T08:00:00.123456789Z", datetime(2026, 1, 5, 8, 0, 0, 123_456, tzinfo=UTC)),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_instants(text: str, found: datetime) -> None:
    assert parse_datetime(text) == found
    assert parse_datetime(instant(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-05",
        "08:00:00Z",
        "2026-01-05T08:00Z",
        "2026-01-05T08:00:00",
        "2026-01-05T08:00:00+00:00",
        "2026-01-05T08:00:00+01:00",
        "2026-01-05T08:00:00z",
        "2026-01-05t08:00:00Z",
        "2026-01-05 08:00:00Z",
        "2026-01-05T08:00:00.Z",
        "2026-01-05T08:00:00,5Z",
        "2026-02-29T08:00:00Z",
        "2026-13-05T08:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T08:60:00Z",
        "0000-01-05T08:00:00Z",
        "20260105T080000Z",
        "2026-W02-1T08:00:00Z",
        " 2026-01-05T08:00:00Z",
        "2026-01-05T08:00:00Z\n",
        "２０２６-01-05T08:00:00Z",
        None,
        1767600000,
        [],
        NULL,
    ],
    ids=ascii,
)
def test_what_is_no_instant(text: Any) -> None:
    with pytest.raises(BadRequestData):
        parse_datetime(text)


def test_instants_are_written_in_utc_with_few_digits() -> None:
    assert instant(datetime(2026, 1, 5, 8, tzinfo=UTC)) == "2026-01-05T08:00:00Z"
    assert instant(datetime(2026, 1, 5, 8, 0, 0, 500_000, tzinfo=UTC)) == "2026-01-05T08:00:00.500000Z"


RING = [[0, 0], [1, 0], [1, 1], [0, 0]]
HOLE = [[0.2, 0.1], [0.3, 0.1], [0.3, 0.2], [0.2, 0.1]]
CROSSED = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]

SHAPES: list[dict[str, Any]] = [
    {"type": "Point", "coordinates": [3.06, 50.63]},
    {"type": "Point", "coordinates": [-180, 90, 12.5]},
    {"type": "MultiPoint", "coordinates": [[0, 0]]},
    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]},
    {"type": "Polygon", "coordinates": [RING]},
    {"type": "Polygon", "coordinates": [RING, HOLE]},
    {"type": "Polygon", "coordinates": [CROSSED]},
    {"type": "MultiPolygon", "coordinates": [[RING], [RING, HOLE]]},
    {"type": "Point", "coordinates": [0, 0], "bbox": [0, 0, 0, 0]},
]


@pytest.mark.parametrize("shape", SHAPES, ids=json.dumps)
def test_geometries(shape: dict[str, Any]) -> None:
    assert is_geometry(shape)
    assert geometry(shape) == shape
    assert geometry(json.dumps(shape)) == shape
    assert all(len(one) >= 2 for one in positions(shape))


@pytest.mark.parametrize(
    "shape",
    [
        None,
        "",
        "POINT(3 50)",
        "3",
        "[" * 10_000,
        "9" * 2_000_000,
        {},
        {"type": "Point"},
        {"coordinates": [0, 0]},
        {"type": "Circle", "coordinates": [0, 0]},
        {"type": ["Point"], "coordinates": [0, 0]},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "GeometryCollection", "coordinates": []},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": [1, 2, 3, 4, 5]},
        {"type": "Point", "coordinates": ["1", "2"]},
        {"type": "Point", "coordinates": [True, 2]},
        {"type": "Point", "coordinates": [None, 2]},
        {"type": "Point", "coordinates": [float("nan"), 2]},
        {"type": "Point", "coordinates": [0, float("inf")]},
        {"type": "Point", "coordinates": [0, 0, float("nan")]},
        {"type": "Point", "coordinates": [0, 0, 10**400]},
        {"type": "Point", "coordinates": [50.63, 183.06]},
        {"type": "Point", "coordinates": [181, 0]},
        {"type": "Point", "coordinates": [[0, 0]]},
        {"type": "Point", "coordinates": {"0": 1}},
        {"type": "MultiPoint", "coordinates": []},
        {"type": "MultiPoint", "coordinates": [0, 0]},
        {"type": "LineString", "coordinates": [[0, 0]]},
        {"type": "LineString", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "MultiLineString", "coordinates": [[[0, 0]]]},
        {"type": "Polygon", "coordinates": [RING[:3]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": RING},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [RING, []]},
        {"type": "MultiPolygon", "coordinates": [RING]},
    ],
    ids=lambda one: ascii(one)[:60],
)
def test_what_is_no_geometry(shape: Any) -> None:
    with pytest.raises(BadRequestData):
        geometry(shape)


def place(shape: Any, **more: Any) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": shape, **more}


def test_bounds_hold_every_instance_of_the_location() -> None:
    point, line = SHAPES[0], SHAPES[3]
    assert bounds_of({}) is None
    assert bounds_of({"other": place(point)}) is None
    assert bounds_of({"location": place(point)}) == (3.06, 50.63, 3.06, 50.63)
    assert bounds_of({"location": place(line)}) == (0, 0, 1, 1)
    assert bounds_of({"location": [place(point), place(line, datasetId=ONE)]}) == (0, 0, 3.06, 50.63)
    assert bounds_of({"location": {"type": "Property", "value": 3}}) is None
