"""The history of one thing, as a client wants it."""

import pytest

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.history.tests.temporal import CAR, at, observed, past, speeds, tell, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_broker")]


def test_every_instance_is_an_object_of_its_own():
    tell(speed=observed(12.5, at(1), unitCode="KMH", accuracy={"type": "Property", "value": 0.5}))
    [instance] = past().json["speed"]
    assert instance.pop("instanceId").startswith("urn:ngsi-ld:Instance:")
    assert instance == {
        "type": "Property",
        "value": 12.5,
        "unitCode": "KMH",
        "observedAt": at(1),
        "accuracy": {"type": "Property", "value": 0.5},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"timerel": "after", "timeAt": at(1)}, [1, 2, 3]),  # includes its instant
        ({"timerel": "before", "timeAt": at(1)}, [0]),  # excludes it
        ({"timerel": "between", "timeAt": at(1), "endTimeAt": at(3)}, [1, 2]),
        ({"timerel": "between", "timeAt": "2026-11-01T12:01:00.000Z", "endTimeAt": at(3)}, [1, 2]),
        ({"lastN": "2"}, [3, 2]),
        ({"lastN": "9"}, [3, 2, 1, 0]),
        ({"lastN": "2", "timerel": "before", "timeAt": at(3)}, [2, 1]),
    ],
)
def test_time_chooses_instances(query, expected):
    tell(speed=speeds(4))
    told = past(**query)
    assert (told.status, values(told.json["speed"])) == (200, expected)


@pytest.mark.parametrize(
    "query",
    [
        {"timerel": "after"},
        {"timeAt": at(1)},
        {"timerel": "between", "timeAt": at(1)},
        {"timerel": "around", "timeAt": at(1)},
        {"timerel": "after", "timeAt": "2026-11-01"},
        {"timerel": "after", "timeAt": "2026-11-01T12:00:00+01:00"},
        {"timerel": "after", "timeAt": at(1), "timeproperty": "takenAt"},
        {"lastN": "0"},
        {"lastN": "1.5"},
        {"lastN": "-1"},
        {"options": "aggregatedValues"},
        {"options": "aggregatedValues", "aggrMethods": "median"},
        {"options": "aggregatedValues", "aggrMethods": "avg", "aggrPeriodDuration": "1 hour"},
        {"pick": "owner{name}"},
        {"attrs": "id"},
        {"pick": "speed", "omit": "speed"},
    ],
)
def test_what_means_nothing_is_refused(query):
    tell(speed=speeds(1))
    told = past(**query)
    assert (told.status, told.json["type"].rpartition("/")[2]) == (400, "BadRequestData")


@pytest.mark.parametrize(
    "query", [{"unknown": "1"}, {"options": "everything"}, {"format": "keyValues"}, {"join": "inline"}]
)
def test_unknown_parameters_are_refused(query):
    tell(speed=speeds(1))
    assert past(**query).json["type"].endswith("InvalidRequest")


def test_geojson_is_not_offered():
    tell(speed=speeds(1))
    path = f"/temporal/entities/{CAR}"
    assert ask("GET", path, accept="application/geo+json").status == 406
    assert ask("GET", path, accept="application/geo+json, application/json").status == 200
    told = ask("GET", path, accept="application/ld+json")
    assert "ngsi-ld-core-context" in str(told.json["@context"])


def test_the_answer_is_in_the_words_of_its_context():
    tell(speed=speeds(1))
    assert "rel=" in past().headers["Link"]


@pytest.mark.parametrize(
    ("query", "members"),
    [
        ({"attrs": "speed"}, {"id", "type", "speed"}),
        ({"pick": "speed"}, {"speed"}),
        ({"pick": "id,speed"}, {"id", "speed"}),
        ({"omit": "speed"}, {"id", "type", "brand"}),
        ({"omit": "type,speed"}, {"id", "brand"}),
        ({"pick": "id"}, {"id"}),
    ],
)
def test_members_are_chosen(query, members):
    tell(speed=speeds(1), brand=observed("Zoé", at(0)))
    assert past(**query).json.keys() == members


@pytest.mark.parametrize(("query", "status"), [({"attrs": "colour"}, 404), ({"pick": "colour"}, 404)])
def test_nothing_left_is_nothing(query, status):
    tell(speed=speeds(1))
    assert past(**query).status == status


def test_a_thing_unknown_has_no_past():
    assert past("urn:ngsi-ld:Car:2").status == 404
    assert past("not a uri").status == 400


def test_nothing_within_the_time_is_an_answer():
    tell(speed=speeds(1))
    told = past(timerel="before", timeAt="2000-01-01T00:00:00Z")
    assert (told.status, told.json) == (200, {"id": CAR, "type": "Car"})


def test_datasets_are_chosen():
    tell(speed=[observed(1, at(1)), observed(2, at(2), datasetId="urn:x:a"), observed(3, at(3), datasetId="urn:x:b")])
    assert values(past(datasetId="@none").json["speed"]) == [1]
    assert values(past(datasetId="urn:x:a,urn:x:b").json["speed"]) == [2, 3]
    assert values(past().json["speed"]) == [1, 2, 3]
    assert "datasetId" not in past().json["speed"][0]


@pytest.mark.parametrize("spelling", [{"options": "temporalValues"}, {"format": "temporalValues"}])
def test_pairs_of_value_and_instant(spelling):
    tell(
        speed=speeds(2),
        owner={"type": "Relationship", "object": "urn:p:1", "observedAt": at(0)},
        name={"type": "LanguageProperty", "languageMap": {"fr": "rouge", "en": "red"}, "observedAt": at(0)},
        data={"type": "JsonProperty", "json": {"a": None}, "observedAt": at(0)},
        kind={"type": "VocabProperty", "vocab": "fast", "observedAt": at(0)},
        list={"type": "ListProperty", "valueList": [1, 2], "observedAt": at(0)},
        stops={"type": "ListRelationship", "objectList": ["urn:s:1", "urn:s:2"], "observedAt": at(0)},
        location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6, 49]}, "observedAt": at(0)},
    )
    assert past(**spelling).json == {
        "id": CAR,
        "type": "Car",
        "speed": {"type": "Property", "values": [[0, at(0)], [1, at(1)]]},
        "owner": {"type": "Relationship", "objects": [["urn:p:1", at(0)]]},
        "name": {"type": "LanguageProperty", "languageMaps": [[{"languageMap": {"fr": "rouge", "en": "red"}}, at(0)]]},
        "data": {"type": "JsonProperty", "jsons": [[{"json": {"a": None}}, at(0)]]},
        "kind": {"type": "VocabProperty", "vocabs": [[{"vocab": "fast"}, at(0)]]},
        "list": {"type": "ListProperty", "valueLists": [[[1, 2], at(0)]]},
        "stops": {"type": "ListRelationship", "objectLists": [[["urn:s:1", "urn:s:2"], at(0)]]},
        "location": {"type": "GeoProperty", "values": [[{"type": "Point", "coordinates": [6, 49]}, at(0)]]},
    }


def test_numbers_of_pairs_and_of_aggregates_all_have_a_fraction():
    tell(
        speed=[
            *speeds(2),
            observed(2, at(2), unitCode="KMH", by={"type": "Property", "value": "radar"}),
            observed(True, at(3)),
        ]
    )
    pairs = past(options="temporalValues").json["speed"]["values"]
    assert [type(value) for value, _ in pairs] == [float, float, float, bool]
    told = past(options="aggregatedValues", aggrMethods="totalCount,max").json["speed"]
    assert [type(told[method][0][0]) for method in ("totalCount", "max")] == [int, float]


def test_pairs_of_several_datasets():
    tell(speed=[observed(1, at(1)), observed(2, at(2), datasetId="urn:x:a")])
    assert past(options="temporalValues").json["speed"] == [
        {"type": "Property", "values": [[1, at(1)]]},
        {"type": "Property", "datasetId": "urn:x:a", "values": [[2, at(2)]]},
    ]
    assert past(options="temporalValues", datasetId="urn:x:a").json["speed"]["datasetId"] == "urn:x:a"


def test_a_language_is_chosen():
    tell(name={"type": "LanguageProperty", "languageMap": {"fr": "rouge", "en": "red"}, "observedAt": at(0)})
    [instance] = past(lang="en").json["name"]
    assert (instance["type"], instance["value"], instance["lang"]) == ("Property", "red", "en")
    assert past(lang="en", format="temporalValues").json["name"] == {"type": "Property", "values": [["red", at(0)]]}


def test_times_of_the_system_are_shown_when_asked_for():
    tell(speed=speeds(1))
    body = past(options="sysAttrs").json
    assert {"createdAt", "modifiedAt"} <= body.keys()
    assert body["speed"][0]["createdAt"] == body["speed"][0]["modifiedAt"]
    assert "createdAt" not in past().json["speed"][0]


def test_instances_by_when_they_were_written():
    ask("POST", "/entities", {"id": CAR, "type": "Car", "speed": {"type": "Property", "value": 1}})
    ask("PATCH", f"/entities/{CAR}/attrs", {"speed": {"type": "Property", "value": 2}})
    for name in ("createdAt", "modifiedAt"):
        told = past(timerel="after", timeAt="2020-01-01T00:00:00Z", timeproperty=name)
        assert values(told.json["speed"]) == [1, 2]
        assert past(timerel="before", timeAt="2020-01-01T00:00:00Z", timeproperty=name).json.keys() == {"id", "type"}
    assert "speed" not in past(timerel="after", timeAt="2020-01-01T00:00:00Z").json  # never observed
    assert values(past().json["speed"]) == [1, 2]


@pytest.mark.parametrize(
    ("attribute", "value", "pair"),
    [
        (observed(1, at(1)), {"value": "urn:ngsi-ld:null"}, ("values", "urn:ngsi-ld:null")),
        (
            {"type": "Relationship", "object": "urn:p:1", "observedAt": at(1)},
            {"object": "urn:ngsi-ld:null"},
            ("objects", "urn:ngsi-ld:null"),
        ),
        (
            {"type": "LanguageProperty", "languageMap": {"fr": "x"}, "observedAt": at(1)},
            {"languageMap": {"@none": "urn:ngsi-ld:null"}},
            ("languageMaps", {"languageMap": {"@none": "urn:ngsi-ld:null"}}),
        ),
    ],
)
def test_a_deletion_is_recorded(attribute, value, pair):
    tell(thing=attribute)
    assert ask("DELETE", f"/entities/{CAR}/attrs/thing").status == 204
    [deletion] = past(timeproperty="deletedAt").json["thing"]
    assert deletion.pop("instanceId")
    deleted_at = deletion.pop("deletedAt")
    assert deletion == {"type": attribute["type"]} | value
    member, null = pair
    assert past(timeproperty="deletedAt", options="temporalValues").json["thing"] == {
        "type": attribute["type"],
        member: [[null, deleted_at]],
    }
    assert len(past(timerel="after", timeAt=at(0)).json["thing"]) == 1


def test_scopes_have_a_past():
    ask("POST", "/entities", {"id": CAR, "type": "Car", "scope": "/Old"})
    ask("PATCH", f"/entities/{CAR}", {"scope": "/New"})
    [_, new] = past(options="sysAttrs").json["scope"]
    assert (new["type"], new["value"], new["observedAt"]) == ("Property", "/New", new["modifiedAt"])
    ask("DELETE", f"/entities/{CAR}/attrs/scope")
    [deletion] = past(timeproperty="deletedAt").json["scope"]
    assert (deletion["type"], deletion["value"]) == ("Property", [])
    [[value, instant]] = past(timeproperty="deletedAt", options="temporalValues").json["scope"]["values"]
    assert (value, instant) == ([], deletion["deletedAt"])


def test_scopes_may_be_told_as_instances():
    tell(scope=[{"type": "Property", "value": "/A", "observedAt": at(1)}], speed=speeds(1))
    assert values(past().json["scope"]) == ["/A"]


def test_a_thing_deleted_still_has_its_past():
    ask("POST", "/entities", {"id": CAR, "type": "Car", "speed": observed(1, at(1))})
    ask("DELETE", f"/entities/{CAR}")
    body = past(options="sysAttrs").json
    assert body["type"] == "Car"
    assert body["deletedAt"]
    assert values(body["speed"]) == [1, "urn:ngsi-ld:null"]


def test_a_type_narrows():
    tell(speed=speeds(1))
    assert past(type="Car").status == 200
    assert past(type="Bus").status == 404


def test_a_concise_history_keeps_what_it_must():
    tell(speed=speeds(1), location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6, 49]}})
    body = past(format="concise").json
    assert body["speed"][0].keys() == {"value", "observedAt", "instanceId"}
    assert body["location"][0].keys() == {"value", "instanceId"}
