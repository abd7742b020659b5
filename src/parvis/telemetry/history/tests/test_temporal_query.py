"""Things found by their past."""

from typing import Any

import pytest

from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.history.tests.temporal import CAR, at, observed, query, speeds, tell, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_broker")]

BUS = "urn:ngsi-ld:Bus:1"
SINCE = {"timerel": "after", "timeAt": at(0)}


def ids(told: Told) -> list[str]:
    assert told.status == 200, told
    return [one["id"] for one in told.json]


def post(document: dict[str, Any], **parameters: str) -> Told:
    return ask("POST", "/temporal/entityOperations/query", {"type": "Query"} | document, query=parameters)


@pytest.fixture
def fleet(open_broker) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6.17, 49.12]}, "observedAt": at(5)}
    tell(speed=speeds(4), brand=observed("Zoé", at(1)))
    tell(BUS, type="Bus", speed=speeds(2, first=10), location=place, brand=observed("Mettis", at(1)))


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"type": "Car"}, [CAR]),
        ({"type": "Car,Bus"}, [CAR, BUS]),
        ({"attrs": "location"}, [BUS]),
        ({"type": "Car", "id": BUS}, []),
        ({"type": "*"}, [CAR, BUS]),
        ({"local": "true"}, [CAR, BUS]),
        ({"type": "Car,Bus", "idPattern": "Bus"}, [BUS]),
        ({"q": "speed>3"}, [BUS]),
        ({"q": "speed==2"}, [CAR]),  # it was so once
        ({"q": "speed==99"}, []),
        ({"q": 'brand=="Zoé";speed==3'}, [CAR]),
        ({"q": 'brand=="Zoé"|speed==10'}, [CAR, BUS]),
        ({"type": "Car", "pick": "brand"}, [CAR]),
        ({"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[6.17,49.12]"}, [BUS]),
        ({"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[2.3,48.8]"}, []),
        ({"type": "Car,Bus", "orderBy": "id"}, [BUS, CAR]),
        ({"type": "Car,Bus", "orderBy": "id;desc"}, [CAR, BUS]),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_what_answers(parameters, found):
    told = query(**SINCE, **parameters)
    if "pick" in parameters:
        assert len(told.json) == len(found)
    else:
        assert ids(told) == found


@pytest.mark.usefixtures("fleet")
def test_conditions_look_at_the_interval():
    assert ids(query(type="Car", q="speed==0", timerel="after", timeAt=at(1))) == []
    assert ids(query(type="Car", q="speed==0", timerel="before", timeAt=at(1))) == [CAR]
    assert ids(query(type="Car,Bus", timerel="between", timeAt=at(10), endTimeAt=at(11))) == [BUS]
    assert ids(query(attrs="speed", timerel="before", timeAt=at(0))) == []


@pytest.mark.usefixtures("fleet")
def test_a_condition_does_not_cut_what_is_answered():
    [car] = query(type="Car", q="speed==2", **SINCE).json
    assert values(car["speed"]) == [0, 1, 2, 3]
    [car] = query(type="Car", q='brand=="Zoé"', attrs="speed", **SINCE).json
    assert car.keys() == {"id", "type", "speed"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"id": CAR},
        {"attrs": "createdAt"},
        {"q": "modifiedAt>2020-01-01T00:00:00Z"},
        {"type": "*", "local": "false"},
        {"type": "Car", "orderBy": "speed"},
        {"type": "Car", "q": "speed>"},
        {"type": "Car", "q": "owner{name}==1"},
        {"type": "Car", "limit": "0"},
        {"type": "Car", "georel": "near"},
        {"type": "Car", "id": "not a uri"},
        {"type": "Car", "timerel": "between"},
    ],
)
@pytest.mark.usefixtures("fleet")
def test_queries_that_are_refused(parameters):
    told = query(**(SINCE | parameters))
    assert (told.status, told.json["type"].rpartition("/")[2]) == (400, "BadRequestData")


@pytest.mark.usefixtures("fleet")
def test_things_come_page_by_page():
    first = query(type="Car,Bus", limit="1", count="true", **SINCE)
    assert (ids(first), first.headers["NGSILD-Results-Count"]) == ([CAR], "2")
    assert 'rel="next"' in first.headers["Link"]
    second = query(type="Car,Bus", limit="1", offset="1", **SINCE)
    assert ids(second) == [BUS]
    assert 'rel="prev"' in second.headers["Link"]
    assert 'rel="next"' not in second.headers["Link"]
    assert query(type="Car,Bus", limit="0", count="true", **SINCE).headers["NGSILD-Results-Count"] == "2"


@pytest.mark.usefixtures("fleet")
def test_datasets_leave_out_things_without():
    tell("urn:ngsi-ld:Car:3", speed=observed(1, at(2), datasetId="urn:x:a"))
    assert ids(query(attrs="speed", datasetId="urn:x:a", **SINCE)) == ["urn:ngsi-ld:Car:3"]


def test_scopes_count_while_they_are_valid():
    scopes = [
        {"type": "Property", "value": f"/{name}", "observedAt": at(minute)} for name, minute in (("A", 0), ("B", 10))
    ]
    tell(speed=speeds(20), scope=scopes)
    assert ids(query(type="Car", scopeQ="/A", timerel="before", timeAt=at(5))) == [CAR]
    assert ids(query(type="Car", scopeQ="/B", timerel="before", timeAt=at(5))) == []
    [car] = query(type="Car", scopeQ="/B", timerel="between", timeAt=at(8), endTimeAt=at(14)).json
    assert values(car["speed"]) == list(range(10, 14))  # only while it was there
    assert ids(query(type="Car", scopeQ="/A", timerel="between", timeAt=at(10), endTimeAt=at(15))) == []


@pytest.mark.usefixtures("fleet")
def test_what_has_departed_is_found_by_its_past():
    ask("PATCH", f"/entities/{CAR}/attrs", {"speed": observed(50, at(50))})
    assert ask("DELETE", f"/entities/{CAR}").status == 204
    assert ids(query(type="Car", q="speed==50", **SINCE)) == [CAR]
    assert ids(query(type="Car,Bus", **SINCE)) == [BUS, CAR]


@pytest.mark.usefixtures("fleet")
def test_a_query_may_be_a_document():
    temporal = {"timerel": "between", "timeAt": at(0), "endTimeAt": at(3)}
    told = post({"entities": [{"type": "Car"}], "temporalQ": temporal, "attrs": ["speed"]}, options="temporalValues")
    assert told.json == [
        {"id": CAR, "type": "Car", "speed": {"type": "Property", "values": [[n, at(n)] for n in range(3)]}}
    ]
    told = post({"entities": [{"type": "Car"}], "temporalQ": temporal | {"lastN": 1}})
    assert values(told.json[0]["speed"]) == [2]
    for aggregation in ({"aggrMethods": ["max"]}, {"aggrMethods": "max", "aggrPeriodDuration": "PT0S"}):
        told = post(
            {"entities": [{"type": "Car"}], "temporalQ": temporal, "aggrParams": aggregation}, format="aggregatedValues"
        )
        assert told.json[0]["speed"]["max"] == [[2, at(0), at(3)]]
    told = post(
        {"entities": [{"type": "Car"}], "temporalQ": temporal | {"aggrMethods": ["max"]}}, format="aggregatedValues"
    )
    assert told.json[0]["speed"]["max"][0][0] == 2


@pytest.mark.parametrize(
    "document",
    [
        {"temporalQ": SINCE},
        {"entities": []},
        {"entities": [{"id": CAR}]},
        {"entities": [{"type": "Car"}], "temporalQ": []},
        {"entities": [{"type": "Car"}], "temporalQ": {"timerel": "after"}},
        {"entities": [{"type": "Car"}], "temporalQ": SINCE | {"lastN": 0}},
        {"entities": [{"type": "Car"}], "temporalQ": SINCE | {"lastN": "2"}},
        {"entities": [{"type": "Car"}], "temporalQ": SINCE | {"timeproperty": 1}},
        {"entities": [{"type": "Car"}], "temporalQ": SINCE, "aggrParams": {"aggrMethods": [1]}},
        {"type": "Question", "entities": [{"type": "Car"}]},
    ],
)
def test_documents_that_are_refused(document):
    assert post(document).status == 400


@pytest.mark.usefixtures("fleet")
def test_members_of_the_thing_alone_may_be_picked():
    assert query(type="Car", id=CAR, pick="id", **SINCE).json == [{"id": CAR}]
    assert query(type="Car", id=CAR, pick="id", timerel="after", timeAt="2100-01-01T00:00:00Z").json == []
    assert query(type="Car", id=CAR, pick="unheardOf", **SINCE).json == []


def test_terms_of_a_vocabulary_are_expanded_on_demand():
    ask("POST", "/entities", {"id": CAR, "type": "Car", "kind": {"type": "VocabProperty", "vocab": "fast"}})
    window = {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z", "timeproperty": "createdAt"}
    assert ids(query(type="Car", q='kind=="fast"', expandValues="kind", **window)) == [CAR]
    assert ids(query(type="Car", q='kind=="fast"', **window)) == []


@pytest.mark.usefixtures("fleet")
def test_a_map_of_ids_holds_a_query_still():
    made = query(type="Car,Bus", id=CAR, entityMap="true", **SINCE)
    assert made.status == 201
    header = {"NGSILD-EntityMap": made.headers["NGSILD-EntityMap"]}
    told = ask("GET", "/temporal/entities", query={"type": "Car,Bus"} | SINCE, headers=header)
    assert ids(told) == [CAR]
    assert told.headers["NGSILD-EntityMap"] == header["NGSILD-EntityMap"]
    unknown = ask(
        "GET", "/temporal/entities", query={"type": "Car"} | SINCE, headers={"NGSILD-EntityMap": "urn:x:unknown"}
    )
    assert (unknown.status, len(unknown.json)) == (201, 1)
    one = ask("GET", f"/temporal/entities/{CAR}", query={"entityMap": "true"})
    assert one.status == 200
    assert "NGSILD-EntityMap" in one.headers
