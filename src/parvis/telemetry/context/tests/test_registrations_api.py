"""`/csourceRegistrations` (ETSI GS CIM 009 V1.8.1, 5.9, 5.10, 5.12)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.models import Registration
from parvis.telemetry.context.tests.federating import REGISTRATIONS, URN, registration

pytestmark = pytest.mark.django_db

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    index.forget()
    yield
    index.forget()


def in_an_hour() -> str:
    return instant_text(datetime.now(UTC) + timedelta(hours=1))


def given(**members: Any) -> dict[str, Any]:
    answer = ask("POST", REGISTRATIONS, registration(**members))
    assert answer.status == 201, answer.json
    return {"location": answer.headers["Location"]}


def read(path: str = f"{REGISTRATIONS}/{URN}", **options: Any) -> Told:
    return ask("GET", path, **options)


def found(**query: str) -> list[str]:
    answer = ask("GET", REGISTRATIONS, query=query)
    assert answer.status == 200, answer.json
    return [one["id"].rpartition(":")[2] for one in answer.json]


def test_what_is_registered_is_read_back() -> None:
    document = registration(
        registrationName="Voisins",
        description="Parkings",
        mode="redirect",
        operations=["redirectionOps", "createBatch"],
        tenant="parking",
        scope=["/Nord", "/Sud"],
        location={"type": "Point", "coordinates": [5.04, 47.32]},
        expiresAt=in_an_hour(),
        contextSourceInfo=[{"key": "Authorization", "value": "Bearer x"}],
        contextSourceAlias="voisins",
        datasetId="urn:d:1",
        refreshRate="PT10M",
        management={"timeout": 900, "cooldown": 5000, "cacheDuration": "PT1M", "localOnly": False},
        sourceKind={"type": "Property", "value": "city"},
    )
    document["information"] = [
        {
            "entities": [{"type": "OffStreetParking", "id": "urn:p:1"}, {"type": "Lamp", "idPattern": "^urn:"}],
            "propertyNames": ["name", "unheardOf"],
            "relationshipNames": ["operatedBy"],
        }
    ]

    answer = ask("POST", REGISTRATIONS, document)

    assert (answer.status, answer.json) == (201, None)
    assert answer.headers["Location"] == f"/ngsi-ld/v1{REGISTRATIONS}/{URN}"
    assert read().json == document
    assert "json-ld#context" in read().headers["Link"]


def test_names_are_those_of_the_reader() -> None:
    document = registration(sourceKind="city") | {
        "@context": {"Parking": "https://x.example/Parking", "places": "https://x.example/places"}
    }
    document["information"] = [{"entities": [{"type": "Parking"}], "propertyNames": ["places"]}]
    assert ask("POST", REGISTRATIONS, document, content="application/ld+json").status == 201

    (element,) = read().json["information"]

    assert element["entities"] == [{"type": "https://x.example/Parking"}]
    assert element["propertyNames"] == ["https://x.example/places"]
    body = read(accept="application/ld+json").json
    assert "@context" in body
    assert body["sourceKind"] == "city"


def test_without_an_id_one_is_made() -> None:
    document = registration()
    del document["id"]

    answer = ask("POST", REGISTRATIONS, document)

    assert answer.status == 201
    assert read(answer.headers["Location"].removeprefix("/ngsi-ld/v1")).status == 200


def test_an_id_is_used_once() -> None:
    given()

    answer = ask("POST", REGISTRATIONS, registration())

    assert answer.status == 409
    assert answer.json["type"] == ERRORS + "AlreadyExists"


@pytest.mark.parametrize(
    "members",
    [
        {"id": ""},
        {"id": "not a uri"},
        {"type": "Subscription"},
        {"information": []},
        {"information": None},
        {"information": {}},
        {"information": [{}]},
        {"information": [{"entities": []}]},
        {"information": [{"entities": [{"id": "urn:x:1"}]}]},  # no type
        {"information": [{"entities": [{"type": "T", "id": "x"}]}]},
        {"information": [{"entities": [{"type": "T", "idPattern": "["}]}]},
        {"information": [{"entities": [{"type": "7T"}]}]},
        {"information": [{"propertyNames": []}]},
        {"information": [{"propertyNames": "name"}]},
        {"information": [{"propertyNames": ["id"]}]},
        {"endpoint": None},
        {"endpoint": 3},
        {"endpoint": "nowhere"},
        {"mode": "shared"},
        {"operations": []},
        {"operations": ["doAnything"]},
        {"operations": "retrieveOps"},
        {"mode": "auxiliary", "operations": ["updateEntity"]},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"location": {"type": "Point", "coordinates": ["a", "b"]}},
        {"observationInterval": {"endAt": "2026-01-01T00:00:00Z"}},
        {"observationInterval": "2026"},
        {"contextSourceInfo": [{"key": "X"}]},
        {"contextSourceInfo": [{"key": "X", "value": 1}]},
        {"contextSourceInfo": {"X": "1"}},
        {"management": {"timeout": 0}},
        {"management": {"cooldown": -1}},
        {"management": {"localOnly": "yes"}},
        {"management": {"cacheDuration": "1 minute"}},
        {"management": {"other": 1}},
        {"refreshRate": 10},
        {"scope": "no scope"},
        {"tenant": 4},
        {"datasetId": "no uri"},
    ],
)
def test_refused(members: dict[str, Any]) -> None:
    answer = ask("POST", REGISTRATIONS, registration(**members))

    assert (answer.status, answer.json["type"]) == (400, ERRORS + "BadRequestData"), answer.json
    assert not Registration.objects.exists()


def test_a_body_that_is_no_object_is_no_request() -> None:
    assert ask("POST", REGISTRATIONS, []).json["type"] == ERRORS + "InvalidRequest"
    assert ask("POST", REGISTRATIONS, raw=b"").json["type"] == ERRORS + "InvalidRequest"
    assert ask("POST", REGISTRATIONS, {}).json["type"] == ERRORS + "BadRequestData"


def test_a_fragment_changes_members_and_nulls_take_them_away() -> None:
    given(expiresAt=in_an_hour(), description="Parkings", tenant="parking")

    answer = ask(
        "PATCH",
        f"{REGISTRATIONS}/{URN}",
        {
            "expiresAt": None,
            "tenant": "urn:ngsi-ld:null",
            "registrationName": "Voisins",
            "endpoint": "http://other.example",
        },
    )

    assert (answer.status, answer.json) == (204, None)
    body = read().json
    assert "expiresAt" not in body
    assert "tenant" not in body
    assert (body["registrationName"], body["description"]) == ("Voisins", "Parkings")
    assert Registration.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("fragment", "status"),
    [
        ({"type": "ContextSourceRegistration", "description": "x"}, 204),
        ({"id": URN, "description": "x"}, 204),
        ({"type": "Subscription"}, 400),
        ({"id": "urn:other:1"}, 400),
        ({"endpoint": None}, 400),
        ({"information": None}, 400),
        ({"information": "urn:ngsi-ld:null"}, 400),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, 400),
        ({"mode": "shared"}, 400),
        ({}, 400),
        ({"timesSent": 7, "description": "x"}, 204),  # ours to tell: ignored
    ],
)
def test_fragments(fragment: dict[str, Any], status: int) -> None:
    given()

    assert ask("PATCH", f"{REGISTRATIONS}/{URN}", fragment).status == status
    assert "timesSent" not in read().json


def test_an_expired_one_is_not_there() -> None:
    given(expiresAt=in_an_hour())
    Registration.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    index.forget()

    assert read().status == 404
    assert ask("PATCH", f"{REGISTRATIONS}/{URN}", {"description": "x"}).status == 404
    assert ask("DELETE", f"{REGISTRATIONS}/{URN}").status == 404
    assert found(type="OffStreetParking") == []
    assert ask("POST", REGISTRATIONS, registration()).status == 201


def test_removed() -> None:
    given()

    assert ask("DELETE", f"{REGISTRATIONS}/{URN}").status == 204
    assert read().status == 404
    assert found(type="OffStreetParking") == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{REGISTRATIONS}/urn:none:1", 404),
        ("PATCH", f"{REGISTRATIONS}/urn:none:1", 404),
        ("DELETE", f"{REGISTRATIONS}/urn:none:1", 404),
        ("GET", f"{REGISTRATIONS}/none", 400),
        ("PATCH", f"{REGISTRATIONS}/none", 400),
        ("DELETE", f"{REGISTRATIONS}/none", 400),
        ("DELETE", f"{REGISTRATIONS}/", 405),
        ("PATCH", f"{REGISTRATIONS}/", 405),
    ],
)
def test_unknown_ones(method: str, path: str, status: int) -> None:
    body = {"description": "x"} if method == "PATCH" else None

    assert ask(method, path, body).status == status


def test_system_attributes() -> None:
    given()

    assert "createdAt" not in read().json
    assert {"createdAt", "modifiedAt"} <= read(query={"options": "sysAttrs"}).json.keys()


def test_tenants_do_not_see_each_other() -> None:
    headers = {"NGSILD-Tenant": "voisins"}
    assert ask("POST", REGISTRATIONS, registration(), headers=headers).status == 201

    assert read().status == 404
    assert read(headers=headers).status == 200
    assert found(type="OffStreetParking") == []


EXCLUSIVE = {
    "mode": "exclusive",
    "operations": ["redirectionOps"],
    "information": [{"entities": [{"type": "Lamp", "id": "urn:l:1"}], "propertyNames": ["power"]}],
}


@pytest.mark.parametrize(
    ("members", "status"),
    [
        (EXCLUSIVE, 409),
        (EXCLUSIVE | {"mode": "redirect"}, 409),
        (EXCLUSIVE | {"mode": "inclusive"}, 201),
        (
            EXCLUSIVE
            | {"information": [{"entities": [{"type": "Lamp", "id": "urn:l:2"}], "propertyNames": ["power"]}]},
            201,
        ),
        (EXCLUSIVE | {"information": [{"entities": [{"type": "Lamp", "id": "urn:l:1"}], "propertyNames": ["x"]}]}, 201),
        ({"mode": "redirect", "information": [{"entities": [{"type": "Lamp"}]}]}, 409),
        ({"mode": "redirect", "information": [{"entities": [{"type": "Mast"}]}]}, 201),
    ],
)
def test_what_one_holds_alone_no_other_may_claim(members: dict[str, Any], status: int) -> None:
    given(**EXCLUSIVE)

    answer = ask("POST", REGISTRATIONS, registration(id="urn:ngsi-ld:ContextSourceRegistration:second", **members))

    assert answer.status == status
    if status == 409:
        assert answer.json["type"] == ERRORS + "Conflict"


def test_nor_by_a_change() -> None:
    given(**EXCLUSIVE)
    given(id="urn:ngsi-ld:ContextSourceRegistration:second")

    answer = ask("PATCH", f"{REGISTRATIONS}/urn:ngsi-ld:ContextSourceRegistration:second", EXCLUSIVE)

    assert answer.status == 409


@pytest.mark.parametrize(
    "information",
    [
        [{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}],
        [{"entities": [{"type": "Lamp", "idPattern": "."}], "propertyNames": ["power"]}],
        [{"entities": [{"type": "Lamp", "id": "urn:l:1"}]}],
    ],
)
def test_an_exclusive_source_names_what_it_holds(information: list[Any], settings: Settings) -> None:
    document = registration(**EXCLUSIVE | {"information": information})
    assert ask("POST", REGISTRATIONS, document).status == 201  # an open broker takes what older checks register
    ask("DELETE", f"{REGISTRATIONS}/{URN}")

    settings.PARVIS_OPEN_BROKER = False
    from parvis.telemetry.context.broker.problems import BadRequestData
    from parvis.telemetry.context.federation.documents import read_registration
    from parvis.telemetry.context.jsonld.context import CORE

    with pytest.raises(BadRequestData):
        read_registration(document, CORE, now=datetime.now(UTC))


@pytest.fixture
def three() -> None:
    given(
        id="urn:r:parking",
        sourceKind="city",
        location={"type": "Point", "coordinates": [5.04, 47.32]},
        scope="/Nord/Dijon",
    )
    given(
        id="urn:r:lamp",
        information=[{"entities": [{"type": "Lamp", "idPattern": "^urn:lamp:"}], "propertyNames": ["power"]}],
        sourceKind={"type": "Property", "value": "operator"},
    )
    given(
        id="urn:r:past",
        information=[{"entities": [{"type": "Lamp"}]}],
        observationInterval={"startAt": "2024-01-01T00:00:00Z", "endAt": "2025-01-01T00:00:00Z"},
        managementInterval={"startAt": "2025-06-01T00:00:00Z"},
    )


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "urns"),
    [
        ({"type": "OffStreetParking"}, ["parking"]),
        ({"type": "Lamp"}, ["lamp"]),
        ({"type": "Lamp,OffStreetParking"}, ["parking", "lamp"]),
        ({"type": "Mast"}, []),
        ({"type": "Lamp", "id": "urn:lamp:1"}, ["lamp"]),
        ({"type": "Lamp", "id": "urn:other:1"}, []),
        ({"id": "urn:lamp:1,urn:mast:1"}, ["parking", "lamp"]),
        ({"id": "urn:other:1"}, ["parking"]),
        ({"type": "Lamp", "idPattern": "x"}, ["lamp"]),
        ({"attrs": "power"}, ["parking", "lamp"]),
        ({"attrs": "colour"}, ["parking"]),
        ({"type": "Lamp", "attrs": "colour"}, []),
        ({"q": 'sourceKind=="city"'}, ["parking"]),
        ({"type": "Lamp", "csf": 'sourceKind=="operator"'}, ["lamp"]),
        ({"type": "Lamp", "csf": 'sourceKind=="city"'}, []),
        ({"type": "Lamp", "csf": 'endpoint=="http://neighbour.example"'}, ["lamp"]),
        ({"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[5.04,47.321]"}, ["parking"]),
        ({"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[5.04,47.321]"}, []),
        ({"type": "OffStreetParking", "scopeQ": "/Nord/#"}, ["parking"]),
        ({"type": "OffStreetParking", "scopeQ": "/Sud"}, []),
        ({"type": "Lamp", "timerel": "after", "timeAt": "2024-06-01T00:00:00Z"}, ["past"]),
        ({"type": "Lamp", "timerel": "after", "timeAt": "2025-06-01T00:00:00Z"}, []),
        ({"type": "Lamp", "timerel": "before", "timeAt": "2024-01-01T00:00:00Z"}, []),
        ({"type": "Lamp", "timerel": "before", "timeAt": "2024-01-02T00:00:00Z"}, ["past"]),
        (
            {
                "type": "Lamp",
                "timerel": "between",
                "timeAt": "2020-01-01T00:00:00Z",
                "endTimeAt": "2024-02-01T00:00:00Z",
            },
            ["past"],
        ),
        (
            {"type": "Lamp", "timerel": "after", "timeAt": "2030-01-01T00:00:00Z", "timeproperty": "modifiedAt"},
            ["past"],
        ),
    ],
)
def test_found(query: dict[str, str], urns: list[str]) -> None:
    assert found(**query) == urns


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"idPattern": "urn:x:.*"},
        {"id": "not a uri"},
        {"type": "Lamp", "id": "not a uri"},
        {"type": "Lamp", "idPattern": "["},
        {"type": "Lamp", "q": "=="},
        {"type": "Lamp", "georel": "near"},
        {"type": "Lamp", "georel": "within", "geometry": "Point"},
        {"type": "Lamp", "timerel": "after"},
        {"type": "Lamp", "timerel": "during", "timeAt": "2024-01-01T00:00:00Z"},
        {"type": "Lamp", "limit": "-1"},
        {"type": "Lamp", "limit": "0"},
        {"type": "Lamp", "offset": "-1"},
    ],
)
def test_bad_questions(query: dict[str, str]) -> None:
    answer = ask("GET", REGISTRATIONS, query=query)

    assert (answer.status, answer.json["type"]) == (400, ERRORS + "BadRequestData")


def test_an_unknown_parameter_makes_no_request() -> None:
    assert ask("GET", REGISTRATIONS, query={"type": "T", "page": "2"}).json["type"] == ERRORS + "InvalidRequest"


def test_pages() -> None:
    for number in range(3):
        given(id=f"urn:r:{number}")

    first = ask("GET", REGISTRATIONS, query={"type": "OffStreetParking", "limit": "2", "count": "true"})

    assert [one["id"] for one in first.json] == ["urn:r:0", "urn:r:1"]
    assert first.headers["NGSILD-Results-Count"] == "3"
    assert 'rel="next"' in first.headers["Link"]
    assert found(type="OffStreetParking", limit="2", offset="2") == ["2"]
    assert found(type="OffStreetParking", offset="9") == []


@pytest.mark.usefixtures("three")
def test_only_what_matches_of_its_information(settings: Settings) -> None:
    from parvis.telemetry.context.federation.discovery import narrowed
    from parvis.telemetry.context.federation.matching import Selector, Wanted, reach
    from parvis.telemetry.context.federation.sources import source_of

    row = Registration.objects.get(urn="urn:r:lamp")
    row.document["information"].append({"entities": [{"type": "Mast"}]})
    how = reach(source_of(row), Wanted(selectors=(Selector(types=frozenset(("Mast",))),)))

    assert how is not None
    assert narrowed(row.document, how)["information"] == [{"entities": [{"type": "Mast"}]}]
