"""`$expand`, `$select`, pages, counts and result formats (OGC 18-088, 9.3.2, 9.3.3 and 12.1)."""

from urllib.parse import unquote

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.telemetry.history.sensorthings.serving import Asked, answer
from parvis.telemetry.history.sensorthings.tests.factories import (
    BASE,
    NOW,
    ask,
    get,
    ids,
    make_thing,
    observe,
    refused,
    values,
)

pytestmark = pytest.mark.django_db


def followed(link: str) -> dict[str, object]:
    path, _, query = link.removeprefix(BASE + "/").partition("?")
    given = answer(Asked(method="GET", path=path, query=query, base=BASE, now=NOW))
    assert given.status == 200, given.body
    return msgspec.json.decode(given.body)


def test_pages_follow_each_other():
    things = [make_thing(name=f"Thing {number}") for number in range(5)]
    page = get("Things", top=2, count="true", filter="startswith(name, 'Thing')")
    assert page["@iot.count"] == 5
    seen = []
    while True:
        seen += [one["@iot.id"] for one in page["value"]]
        if "@iot.nextLink" not in page:
            break
        page = followed(page["@iot.nextLink"])
    assert seen == [thing.pk for thing in things]
    assert ids("Things", skip=3) == seen[3:]
    assert get("Things", top=0, count="true") == {"@iot.count": 5, "value": []}
    assert "@iot.count" not in get("Things", count="false")


def test_no_page_is_larger_than_offered(monkeypatch):
    monkeypatch.setattr("parvis.telemetry.history.sensorthings.options.MOST_ON_A_PAGE", 2)
    for _ in range(3):
        make_thing()
    page = get("Things", top=1000)
    assert len(page["value"]) == 2
    assert unquote(page["@iot.nextLink"]) == f"{BASE}/Things?$top=1000&$skip=2"


def test_select_takes_what_is_named():
    thing = make_thing(name="Darcy")
    assert values("Things", select="name") == [{"name": "Darcy"}]
    assert values("Things", select="@iot.id,@iot.selfLink, Datastreams") == [
        {
            "@iot.selfLink": f"{BASE}/Things({thing.pk})",
            "@iot.id": thing.pk,
            "Datastreams@iot.navigationLink": f"{BASE}/Things({thing.pk})/Datastreams",
        }
    ]
    assert get(f"Things({thing.pk})", select="id") == {"@iot.id": thing.pk}
    assert "nothing" in refused("Things", select="nothing")


def test_expand_to_any_depth_with_options():
    thing = make_thing(name="Darcy", longitude=5, latitude=47)
    stream = observe(thing, "powerConsumption", 1, 2, 3)
    expand = (
        "Datastreams($select=id;$filter=unitOfMeasurement/symbol eq 'W' and not contains(name, ';,)(');"
        "$expand=Observations($select=result;$orderby=phenomenonTime desc;$top=1;$count=true),ObservedProperty($select=name)),"
        "Locations"
    )
    [found] = values("Things", select="name", expand=expand)
    [place] = found.pop("Locations")
    assert place["location"]["coordinates"] == [5, 47]
    [inner] = found["Datastreams"]
    link = inner.pop("Observations@iot.nextLink")
    assert found == {
        "name": "Darcy",
        "Datastreams": [
            {
                "@iot.id": stream,
                "ObservedProperty": {"name": "powerConsumption"},
                "Observations": [{"result": 3}],
                "Observations@iot.count": 3,
            }
        ],
    }
    assert followed(link)["value"] == [{"result": 2}]


def test_expand_of_each_kind_says_the_same_as_the_way():
    thing = make_thing(longitude=5, latitude=47)
    stream = observe(thing, "powerConsumption", 1)
    [observation] = ids(f"Datastreams({stream})/Observations")
    [sensor], [observed] = ids("Sensors"), ids("ObservedProperties")
    for path, ways in {
        f"Things({thing.pk})": ("Locations", "HistoricalLocations", "Datastreams"),
        f"Locations({thing.pk})": ("Things", "HistoricalLocations"),
        f"HistoricalLocations({thing.pk})": ("Thing", "Locations"),
        f"Datastreams({stream})": ("Thing", "Sensor", "ObservedProperty", "Observations"),
        f"Sensors({sensor})": ("Datastreams",),
        f"ObservedProperties({observed})": ("Datastreams",),
        f"Observations('{observation}')": ("Datastream", "FeatureOfInterest"),
        f"FeaturesOfInterest({thing.pk})": ("Observations",),
    }.items():
        found = get(path, expand=",".join(ways))
        for way in ways:
            direct = get(f"{path}/{way}")
            assert found[way] == direct.get("value", direct), (path, way)
            assert f"{way}@iot.navigationLink" not in found


def test_expand_by_a_path():
    thing = make_thing()
    observe(thing, "powerConsumption", 7)
    [found] = values("Things", expand="Datastreams/Observations,Datastreams/Sensor($select=name)")
    [stream] = found["Datastreams"]
    assert stream["Observations"][0]["result"] == 7
    assert stream["Sensor"] == {"name": "powerConsumption"}


@pytest.mark.parametrize(
    "expand",
    [
        "",
        "Nothing",
        "Datastreams(",
        "Datastreams($top=1",
        "Datastreams($top=x)",
        "Datastreams(top=1)",
        "Datastreams($top=1),Datastreams($top=2)",
        "Datastreams($filter=)",
        "Datastreams($expand=Thing($expand=Datastreams($expand=Thing($expand=Datastreams($expand=Thing($expand=Datastreams))))))",
        "/".join(["Datastreams/Thing"] * 20),
        ",",
    ],
)
def test_what_is_no_expand(expand):
    make_thing()
    assert refused("Things", expand=expand)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("top", "-1"),
        ("top", "x"),
        ("top", "9" * 30),
        ("skip", "1.5"),
        ("count", "yes"),
        ("resultFormat", "xml"),
        ("top", "²"),
    ],
)
def test_what_is_no_value(name, text):
    assert refused("Things", **{name: text})


def test_options_that_are_none_of_the_standard():
    assert ask("Things", search="x").status == 501
    assert ask("Things", **{"filter": "true"}).status == 200
    given = answer(Asked(method="GET", path="Things", query="$top=1&$top=2", base=BASE, now=NOW))
    assert given.status == 400
    assert answer(Asked(method="GET", path="Things", query="$filter=%ff", base=BASE, now=NOW)).status == 400
    assert (
        answer(Asked(method="GET", path="Things", query="_=123&resultFormat=GeoJSON", base=BASE, now=NOW)).status == 200
    )
    assert refused(f"Things({make_thing().pk})", top=1)


def test_data_arrays():
    thing = make_thing()
    stream = observe(thing, "powerConsumption", 1, 2)
    observe(thing, "powerState", "on", unit_code="")
    document = get(
        f"Datastreams({stream})/Observations", resultFormat="dataArray", select="phenomenonTime,result", count="true"
    )
    assert document == {
        "@iot.count": 2,
        "value": [
            {
                "Datastream@iot.navigationLink": f"{BASE}/Datastreams({stream})",
                "components": ["phenomenonTime", "result"],
                "dataArray@iot.count": 2,
                "dataArray": [["2026-11-22T12:00:00Z", 1], ["2026-11-22T12:01:00Z", 2]],
            }
        ],
    }
    both = get("Observations", resultFormat="dataArray")["value"]
    assert [block["components"] for block in both] == [["id", "phenomenonTime", "resultTime", "result"]] * 2
    assert refused("Things", resultFormat="dataArray")
    assert refused("Observations", resultFormat="dataArray", expand="Datastream")


def test_geojson():
    thing = make_thing(name="Darcy", longitude=5, latitude=47)
    observe(thing, "powerConsumption", 7)
    given = ask(
        "Things", resultFormat="GeoJSON", expand="Datastreams($select=name;$expand=Observations($select=result))"
    )
    assert given.media == "application/geo+json"
    [feature] = msgspec.json.decode(given.body)["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [5, 47]}
    assert feature["properties"] == {
        "id": thing.pk,
        "name": "Darcy",
        "description": "Point lumineux",
        "properties/urn": thing.urn,
        "properties/type": "Streetlight",
        "properties/synthetic": False,
        "Datastreams/0/name": "Darcy – powerConsumption",
        "Datastreams/0/Observations/0/result": 7,
    }
    [place] = get("Locations", resultFormat="GeoJSON")["features"]
    assert place["geometry"] == feature["geometry"]
    assert get(f"Locations({thing.pk})", resultFormat="GeoJSON")["features"] == [place]


@pytest.mark.parametrize(
    ("path", "options", "expected"),
    [
        ("Things", {}, 1),
        ("Things", {"count": "true"}, 2),
        ("Things", {"expand": "Locations,Datastreams($expand=Observations($top=1),Sensor)"}, 7),
        ("Things({thing})/Datastreams", {}, 3),
        ("Things({thing})/Datastreams", {"select": "name"}, 2),
        ("Datastreams({stream})/Observations", {"filter": "Datastream/Thing/name ne 'x' and result gt 0"}, 3),
        ("Sensors", {}, 2),
    ],
)
def test_as_many_statements_whatever_the_number_of_entities(path, options, expected):
    """And one for the limits; where there are observations, one that asks for files of the lake."""
    things = [make_thing(longitude=5, latitude=47) for _ in range(3)]
    streams = [observe(thing, "powerConsumption", 1, 2) for thing in things]
    with CaptureQueriesContext(connection) as captured:
        get(path.format(thing=things[0].pk, stream=streams[0]), **options)
    statements = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == expected + 1


def test_an_answer_has_its_limit(monkeypatch):
    monkeypatch.setattr("parvis.telemetry.history.sensorthings.reading.MOST_ENTITIES", 5)
    observe(make_thing(), "powerConsumption", 1, 2, 3, 4, 5)
    assert refused("Things", expand="Datastreams/Observations")


def test_a_statement_that_takes_too_long_is_refused(monkeypatch):
    from parvis.telemetry.history.sensorthings import serving
    from parvis.telemetry.history.sensorthings.sqltext import Sql

    make_thing()
    monkeypatch.setattr(serving, "_LIMITS", Sql("SELECT set_config('statement_timeout', '50', true)"))
    monkeypatch.setattr(serving.documents, "CONFORMANCE", ())
    slow = Sql("(SELECT true FROM pg_sleep(5))")
    monkeypatch.setattr("parvis.telemetry.history.sensorthings.compiling.Compiler.condition", lambda *_: slow)
    assert "more work" in refused("Things", filter="true")
