"""The past is told, amended and forgotten through the temporal API."""

from datetime import UTC, datetime, timedelta

import pytest

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.history.models import Departed, Observation
from parvis.telemetry.history.tests.temporal import CAR, at, observed, past, speeds, tell, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_broker")]

ATTRS = f"/temporal/entities/{CAR}/attrs"


def test_a_history_is_created_then_added_to():
    told = ask("POST", "/temporal/entities", {"id": CAR, "type": "Car", "speed": speeds(2)})
    assert (told.status, told.headers["Location"]) == (201, f"/ngsi-ld/v1/temporal/entities/{CAR}")
    tell(type=["Car", "Taxi"], status=204, speed=[*speeds(1, first=2), observed(7, at(1))])
    body = past().json
    assert body["type"] == ["Car", "Taxi"]
    assert values(body["speed"]) == [0, 7, 2]  # what was known of the same instant is replaced


def test_the_newest_instance_is_the_present():
    tell(speed=[observed(5, at(5)), observed(1, at(1)), observed(3, at(3), datasetId="urn:x:gps")])
    present = Entity.objects.get(urn=CAR).attributes["speed"]
    assert [one["value"] for one in present] == [5, 3]
    tell(status=204, speed=observed(2, at(2)))
    assert Entity.objects.get(urn=CAR).attributes["speed"][0]["value"] == 5


def test_the_present_does_not_take_what_is_older_than_it():
    ask("POST", "/entities", {"id": CAR, "type": "Car", "speed": observed(9, at(30))})
    tell(status=204, speed=speeds(3), brand=observed("Zoé", at(0)))
    present = ask("GET", f"/entities/{CAR}", query={"options": "keyValues"}).json
    assert (present["speed"], present["brand"]) == (9, "Zoé")
    assert values(past().json["speed"]) == [0, 1, 2, 9]


def test_a_deletion_may_be_told():
    null = observed("urn:ngsi-ld:null", at(3))
    tell(speed=[*speeds(2), null])
    [_, _, deletion] = past(timerel="after", timeAt=at(0)).json["speed"]
    assert deletion["value"] == "urn:ngsi-ld:null"
    assert deletion["observedAt"] == at(3)
    assert "deletedAt" in deletion
    assert "speed" not in Entity.objects.get(urn=CAR).attributes


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"type": "Car"}, "BadRequestData"),
        ({"id": "Car 1", "type": "Car"}, "BadRequestData"),
        ({"id": CAR}, "BadRequestData"),
        ({"id": CAR, "type": "Car", "expiresAt": "urn:ngsi-ld:null"}, "BadRequestData"),
        ({"id": CAR, "type": "Car", "speed": "urn:ngsi-ld:null"}, "BadRequestData"),
        ({"id": CAR, "type": "Car", "speed": [{"type": "Property"}]}, "BadRequestData"),
        ([], "InvalidRequest"),
    ],
)
def test_what_is_no_history_is_refused(body, error):
    told = ask("POST", "/temporal/entities", body)
    assert (told.status, told.json["type"].rpartition("/")[2]) == (400, error)
    assert not Entity.objects.exists()


def test_an_empty_body_is_refused():
    assert ask("POST", "/temporal/entities", raw=b"").json["type"].endswith("InvalidRequest")


def test_instances_are_added_to_what_is_known_only():
    assert ask("POST", ATTRS, {"speed": speeds(1)}).status == 404
    tell(speed=speeds(1))
    assert ask("POST", ATTRS, {"speed": speeds(1, first=4), "brand": [observed("Zoé", at(0))]}).status == 204
    assert values(past().json["speed"]) == [0, 4]
    assert ask("POST", ATTRS, {}).status == 400


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({}, {"urn:x:a", "urn:x:b"}),
        ({"datasetId": "@none"}, {"urn:x:a", "urn:x:b"}),
        ({"datasetId": "urn:x:a"}, {None, "urn:x:b"}),
        ({"deleteAll": "true"}, set()),
    ],
)
def test_an_attribute_is_forgotten_dataset_by_dataset(query, left):
    datasets = [observed(1, at(1)), *(observed(1, at(1), datasetId=f"urn:x:{letter}") for letter in "ab")]
    tell(speed=datasets, brand=observed("Zoé", at(1)))
    assert ask("DELETE", f"{ATTRS}/speed", query=query).status == 204
    assert {one.get("datasetId") for one in past().json.get("speed", [])} == left


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/unknown", {}, 404),
        ("/speed", {"datasetId": "urn:x:other"}, 404),
        ("/speed", {"datasetId": "not a uri"}, 400),
        ("/speed", {"deleteAll": "yes"}, 400),
        ("/speed", {"unknown": "1"}, 400),
        ("/1speed", {}, 400),
    ],
)
def test_what_is_not_there_cannot_be_forgotten(path, query, status):
    tell(speed=speeds(1))
    assert ask("DELETE", ATTRS + path, query=query).status == status


def test_an_instance_keeps_its_name_and_its_birth_when_it_is_modified():
    tell(speed=speeds(2))
    before = past(options="sysAttrs").json["speed"][0]
    path = f"{ATTRS}/speed/{before['instanceId']}"
    assert ask("PATCH", path, {"speed": [{"type": "Property", "value": 33, "unitCode": "KMH"}]}).status == 204
    after = past(options="sysAttrs").json["speed"][0]
    assert (after["value"], after["unitCode"], after["observedAt"]) == (33, "KMH", at(0))
    assert (after["instanceId"], after["createdAt"]) == (before["instanceId"], before["createdAt"])
    assert after["modifiedAt"] > before["modifiedAt"]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Property", "value": 33, "observedAt": at(0)},
        {"value": 33},
        {"speed": {"value": 33}},
        {"speed": [{"value": 33}]},
    ],
)
def test_an_instance_may_come_alone_or_under_its_name(body):
    tell(speed=speeds(2))
    name = past().json["speed"][0]["instanceId"]
    assert ask("PATCH", f"{ATTRS}/speed/{name}", body).status == 204
    assert values(past().json["speed"]) == [33, 1]


@pytest.mark.parametrize(
    "body", [{"type": "Property"}, {"value": None}, {"object": "urn:x:1", "value": 1}, {"heat": {"value": 1}}]
)
def test_what_is_no_instance_modifies_none(body):
    tell(speed=speeds(2))
    name = past().json["speed"][0]["instanceId"]
    assert ask("PATCH", f"{ATTRS}/speed/{name}", body).status == 400
    assert values(past().json["speed"]) == [0, 1]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/temporal/entities//attrs/speed/urn:x:1", 400),
        ("DELETE", "/temporal/entities//attrs/speed/urn:x:1", 400),
        ("DELETE", "/temporal/entities//attrs/speed", 400),
        ("PATCH", f"{ATTRS}//urn:x:1", 405),
        ("DELETE", f"{ATTRS}/", 405),
    ],
)
def test_a_path_that_names_no_thing_is_not_one_of_another_method(method, path, status):
    assert ask(method, path, {"value": 1} if method == "PATCH" else None).status == status


def test_an_instance_moved_in_time_keeps_its_name():
    tell(speed=speeds(2))
    name = past().json["speed"][0]["instanceId"]
    for minute in (30, 40):
        assert ask("PATCH", f"{ATTRS}/speed/{name}", {"speed": observed(33, at(minute))}).status == 204
    [_, moved] = past().json["speed"]
    assert (moved["instanceId"], moved["observedAt"]) == (name, at(40))
    assert Observation.objects.filter(value__isnull=False).count() == 2
    assert ask("DELETE", f"{ATTRS}/speed/{name}").status == 204
    assert values(past().json["speed"]) == [1]


def test_an_instance_is_forgotten():
    tell(speed=speeds(2))
    path = f"{ATTRS}/speed/{past().json['speed'][0]['instanceId']}"
    assert ask("DELETE", path).status == 204
    assert values(past().json["speed"]) == [1]
    assert ask("DELETE", path).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/speed/urn:ngsi-ld:Instance:unknown", 404),
        ("PATCH", "/unknown/urn:ngsi-ld:Instance:unknown", 400),  # its body is about speed
        ("PATCH", "/speed/not a uri", 400),
        ("DELETE", "/unknown/urn:ngsi-ld:Instance:1-1-1", 404),
        ("DELETE", "/speed/urn:ngsi-ld:Instance:1-1-1", 404),
        ("DELETE", "/speed/not a uri", 400),
        ("PATCH", "//urn:ngsi-ld:Instance:1-1-1", 405),
        ("PATCH", "/speed/", 405),
        ("DELETE", "//urn:ngsi-ld:Instance:1-1-1", 400),
    ],
)
def test_instances_that_are_not_there(method, path, status):
    tell(speed=speeds(1))
    body = {"speed": observed(1, at(9))} if method == "PATCH" else None
    assert ask(method, ATTRS + path, body).status == status


def test_two_instances_cannot_be_one():
    tell(speed=speeds(1))
    name = past().json["speed"][0]["instanceId"]
    assert ask("PATCH", f"{ATTRS}/speed/{name}", {"speed": speeds(2)}).status == 400


def test_a_thing_of_which_only_the_past_was_told_goes_with_it():
    tell(speed=speeds(1))
    assert ask("DELETE", f"/temporal/entities/{CAR}").status == 204
    assert past().status == 404
    assert not Entity.objects.exists()
    assert not Departed.objects.exists()
    assert ask("DELETE", f"/temporal/entities/{CAR}").status == 404


def test_a_thing_that_lives_stays_when_its_past_is_forgotten():
    tell(speed=speeds(1))
    ask("PATCH", f"/entities/{CAR}/attrs", {"speed": observed(8, at(8))})
    assert ask("DELETE", f"/temporal/entities/{CAR}").status == 204
    assert past().status == 404
    assert ask("GET", f"/entities/{CAR}").status == 200


def test_what_has_departed_can_still_be_told_of():
    ask("POST", "/entities", {"id": CAR, "type": "Car", "speed": observed(9, at(9))})
    ask("DELETE", f"/entities/{CAR}")
    tell(type=["Car", "Wreck"], status=204, speed=speeds(1))
    body = past().json
    assert body["type"] == ["Car", "Wreck"]
    assert values(body["speed"]) == [0, 9, "urn:ngsi-ld:null"]
    assert ask("GET", f"/entities/{CAR}").status == 404
    assert ask("DELETE", f"/temporal/entities/{CAR}").status == 204
    assert past().status == 404


def test_tenants_have_their_own_past():
    other = {"NGSILD-Tenant": "elsewhere"}
    body = {"id": CAR, "type": "Car", "speed": speeds(1)}
    assert ask("GET", f"/temporal/entities/{CAR}", headers=other).status == 404
    assert ask("POST", "/temporal/entities", body, headers=other).status == 201
    assert past().status == 404
    assert ask("GET", f"/temporal/entities/{CAR}", headers=other).status == 200
    assert ask("GET", "/temporal/entities", query={"type": "Car"}).json == []


def test_the_collection_cannot_be_deleted():
    assert ask("DELETE", "/temporal/entities/").status == 405


def test_a_thing_made_anew_by_an_inventory_may_depart_again():
    for _ in range(2):
        upsert_entities([EntityDraft(urn=CAR, type="Car")], now=datetime.now(UTC))
        assert ask("DELETE", f"/entities/{CAR}").status == 204
    assert Departed.objects.count() == 1


def test_a_thing_past_its_term_still_has_a_past():
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    ask("POST", "/entities", {"id": CAR, "type": "Car", "speed": observed(1, at(1)), "expiresAt": soon})
    Entity.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert ask("GET", f"/entities/{CAR}").status == 404
    assert values(past().json["speed"]) == [1]
    tell(speed=observed(2, at(2)))  # it is told of anew
    assert ask("GET", f"/entities/{CAR}").status == 200
    assert values(past().json["speed"]) == [1, 2]


def test_scopes_told_again_are_no_change():
    tell(scope="/A", speed=speeds(1))
    tell(scope="/A", status=204, speed=speeds(1))
    tell(scope="/B", status=204, speed=speeds(1))
    assert values(past().json["scope"]) == ["/A", "/B"]
