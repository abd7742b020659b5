"""GET /entities/{id}, GET /entities and POST /entityOperations/query (ETSI GS CIM 009 V1.8.1, 5.7.1, 5.7.2, 6.4, 6.5, 6.23)."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import Told, ask

pytestmark = pytest.mark.django_db

CAR, ANN, BOB = "urn:ngsi-ld:Car:1", "urn:ngsi-ld:Person:ann", "urn:ngsi-ld:Person:bob"
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"


def create(urn: str, kind: str | list[str] = "Car", **members: Any) -> None:
    told = ask("POST", "/entities", {"id": urn, "type": kind, **members})
    assert told.status == 201, told.json


def read(urn: str = CAR, accept: str = "", **query: str) -> Told:
    return ask("GET", f"/entities/{urn}", query=query, accept=accept)


def query(accept: str = "", **parameters: str) -> Told:
    return ask("GET", "/entities", query=parameters, accept=accept)


def ids(told: Told) -> list[str]:
    assert told.status == 200, told.json
    return [one["id"] for one in told.json]


def post(document: dict[str, Any], **parameters: str) -> Told:
    return ask("POST", "/entityOperations/query", {"type": "Query"} | document, query=parameters)


@pytest.fixture
def car() -> None:
    create(
        CAR,
        speed={"type": "Property", "value": 50, "unitCode": "KMH", "accuracy": 0.9},
        owner={"type": "Relationship", "object": ANN},
        label={"type": "LanguageProperty", "languageMap": {"fr": "Auto", "en": "Car"}},
        place={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.0, 50.0]}},
        gear=[{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}],
    )
    create(ANN, "Person", name="Ann", boss={"type": "Relationship", "object": BOB})
    create(
        BOB,
        "Person",
        name="Bob",
        boss={"type": "Relationship", "object": ANN},
        friend={"type": "Relationship", "object": "urn:gone:1"},
    )


@pytest.mark.usefixtures("car")
class TestRetrieving:
    def test_an_unknown_entity(self) -> None:
        told = read("urn:ngsi-ld:Car:none")
        assert told.status == 404 and told.json["type"] == ERRORS + "ResourceNotFound"
        assert read("no-uri").json["type"] == ERRORS + "BadRequestData"

    def test_of_a_type(self) -> None:
        assert read(type="Car").status == 200
        assert read(type="Truck|Car").status == 200
        assert read(type="Truck").status == 404
        assert read(type="(Truck").status == 400

    @pytest.mark.parametrize(
        ("parameters", "members"),
        [
            ({"attrs": "speed"}, {"id", "type", "speed"}),
            ({"attrs": "speed,missing"}, {"id", "type", "speed"}),
            ({"pick": "speed,owner"}, {"speed", "owner"}),
            ({"pick": "id|speed"}, {"id", "speed"}),
            ({"omit": "speed,owner,type"}, {"id", "label", "place", "gear"}),
            ({"pick": "id,speed,owner", "omit": "label"}, {"id", "speed", "owner"}),
        ],
    )
    def test_some_members(self, parameters: dict[str, str], members: set[str]) -> None:
        assert read(**parameters).json.keys() == members

    @pytest.mark.parametrize(
        "parameters",
        [
            {"attrs": "missing"},
            {"pick": "missing"},
            {"pick": "scope"},
            {"omit": "id,type,speed,owner,label,place,gear"},
        ],
    )
    def test_nothing_left(self, parameters: dict[str, str]) -> None:
        assert read(**parameters).status == 404

    @pytest.mark.parametrize(
        "parameters",
        [
            {"attrs": "id,speed"}, {"attrs": "speed", "pick": "speed"}, {"pick": "speed", "omit": "speed"}, {"pick": "a,,b"}, {"pick": "a;b"},
            {"pick": "owner{name}"}, {"pick": "owner{{name}}", "join": "inline"}, {"pick": "owner{}", "join": "inline"}, {"pick": "owner{name", "join": "inline"},
            {"pick": ""}, {"omit": "owner{name}"}, {"attrs": "owner{name}"}, {"pick": "owner{boss{name}}", "join": "inline"}, {"join": "outer"}, {"joinLevel": "0"},
            {"joinLevel": "x"}, {"containedBy": "no uri"}, {"datasetId": "no uri"}, {"geometryProperty": "place"}, {"attrs": "observedAt"},
        ],
    )  # fmt: skip
    def test_bad_parameters(self, parameters: dict[str, str]) -> None:
        told = read(**parameters)
        assert (told.status, told.json["type"]) == (400, ERRORS + "BadRequestData")

    def test_unknown_parameters_and_words(self) -> None:
        for parameters in (
            {"page": "1"},
            {"options": "keyValues,foo"},
            {"format": "xml"},
            {"q": "speed"},
            {"limit": "1"},
        ):
            assert read(**parameters).json["type"] == ERRORS + "InvalidRequest"

    def test_representations(self) -> None:
        simplified = {"speed": 50, "owner": ANN, "gear": {"dataset": {"@none": 1, "urn:d:1": 2}}}
        for parameters in (
            {"options": "keyValues"},
            {"format": "simplified"},
            {"options": "normalized", "format": "keyValues"},
        ):
            told = read(**parameters).json
            assert {name: told[name] for name in simplified} == simplified
        assert read(options="concise").json["speed"] == {"value": 50, "unitCode": "KMH", "accuracy": 0.9}
        assert "createdAt" in read(options="sysAttrs,keyValues").json
        assert read(lang="en", options="keyValues").json["label"] == "Car"

    def test_instances(self) -> None:
        assert read(datasetId="urn:d:1").json["gear"] == {"type": "Property", "value": 2, "datasetId": "urn:d:1"}
        assert read(datasetId="@none,urn:d:1").json["gear"] == read().json["gear"]
        assert read(datasetId="urn:d:9").json == {"id": CAR, "type": "Car"}

    def test_geojson(self) -> None:
        geo = "application/geo+json"
        told = read(accept=geo, geometryProperty="place", options="keyValues")
        assert told.headers["Content-Type"] == geo
        assert (told.json["id"], told.json["type"], told.json["geometry"]["coordinates"]) == (
            CAR,
            "Feature",
            [3.0, 50.0],
        )
        assert told.json["properties"]["type"] == "Car" and told.json["properties"]["speed"] == 50
        assert "id" not in told.json["properties"] and "@context" in told.json
        assert read(accept=geo).json["geometry"] is None

    def test_inline_joins(self) -> None:
        told = read(join="inline").json
        assert told["owner"]["entity"]["name"]["value"] == "Ann" and "entity" not in told["owner"]["entity"]["boss"]
        deep = read(join="inline", joinLevel="3").json
        assert deep["owner"]["entity"]["boss"]["entity"]["id"] == BOB
        assert "entity" not in deep["owner"]["entity"]["boss"]["entity"]["boss"], "Ann contains it"
        assert "entity" not in read(join="inline", containedBy=f"{ANN},urn:a:b").json["owner"]
        simplified = read(join="inline", options="keyValues", joinLevel="2").json
        assert simplified["owner"]["boss"]["name"] == "Bob"
        picked = read(join="inline", pick="owner{name}").json
        assert picked == {
            "owner": {"type": "Relationship", "object": ANN, "entity": {"name": {"type": "Property", "value": "Ann"}}}
        }
        assert "speed" in read(join="inline", omit="owner{name,boss}").json
        assert read(join="inline", omit="owner{name,boss}").json["owner"]["entity"] == {"id": ANN, "type": "Person"}

    def test_flat_joins(self) -> None:
        assert [one["id"] for one in read(join="flat", joinLevel="2").json] == [CAR, ANN, BOB]
        assert read(BOB, join="flat", containedBy=ANN).json["id"] == BOB, "nothing could be linked"
        assert read(join="flat", pick="id,owner{name}").json[1] == {"name": {"type": "Property", "value": "Ann"}}
        assert "entity" not in read(join="@none").json["owner"]

    def test_an_earlier_version(self) -> None:
        told = ask("GET", f"/entities/{CAR}", headers={"Prefer": 'NGSI-LD="1.3"; x=y, body=json'})
        assert (told.status, told.headers["Preference-Applied"]) == (203, "ngsi-ld=1.3")
        assert told.json["label"]["type"] == "Property"
        assert ask("GET", f"/entities/{CAR}", headers={"Prefer": "ngsi-ld=1.8"}).status == 200


@pytest.fixture
def fleet() -> None:
    for number in range(5):
        create(
            f"urn:c:{number}",
            "Car" if number else ["Car", "Taxi"],
            scope=f"/A/{'even' if number % 2 == 0 else 'odd'}",
            speed={"type": "Property", "value": number * 10, "observedAt": "2026-01-05T08:00:00Z"},
            name="abcde"[number],
            location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.0 + number / 100, 50.0]}},
        )
    create("urn:t:1", "Truck", speed=99)


@pytest.mark.usefixtures("fleet")
class TestQuerying:
    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({"type": "Car"}, "01234"), ({"type": "Taxi"}, "0"), ({"type": "Car;Taxi"}, "0"), ({"type": "Taxi|Truck"}, "0t"), ({"type": "*"}, "01234t"),
            ({"type": VOCABULARY + "Car"}, "01234"), ({"type": "Bike"}, ""), ({"local": "true"}, "01234t"), ({"attrs": "name"}, "01234"), ({"attrs": "none"}, ""),
            ({"type": "Car", "id": "urn:c:1,urn:c:9,urn:t:1"}, "1"), ({"type": "Car", "idPattern": "c:[12]$"}, "12"), ({"type": "Car", "idPattern": "C"}, ""),
            ({"type": "Car", "id": "urn:c:1", "idPattern": "c:2"}, "1"), ({"q": "speed>=30"}, "34t"), ({"type": "Car", "q": "speed==10..20"}, "12"),
            ({"type": "Car", "q": 'name=="a"|name=="b"'}, "01"), ({"type": "Car", "q": "speed.observedAt<2026-01-06T00:00:00Z;!none"}, "01234"),
            ({"type": "Car", "q": "modifiedAt>2020-01-01T00:00:00Z"}, "01234"), ({"type": "Car", "q": "createdAt<2020-01-01T00:00:00Z"}, ""),
            ({"type": "Car", "q": 'name~="^[ab]$"'}, "01"), ({"type": "Car", "scopeQ": "/A/odd"}, "13"), ({"type": "Car", "scopeQ": "/A/#", "q": "speed<15"}, "01"),
            ({"type": "Car", "scopeQ": "/+/even"}, "024"), ({"type": "Car", "pick": "missing"}, ""), ({"type": "Car", "pick": "id,missing"}, "01234"),
            ({"georel": "near;maxDistance==1500", "geometry": "Point", "coordinates": "[3.0,50.0]"}, "012"),
            ({"georel": "near;minDistance==1500", "geometry": "Point", "coordinates": "[3.0,50.0]"}, "34"),
            ({"georel": "within", "geometry": "Polygon", "coordinates": "[[[2.9,49.9],[3.015,49.9],[3.015,50.1],[2.9,50.1],[2.9,49.9]]]"}, "01"),
            ({"georel": "disjoint", "geometry": "Point", "coordinates": "[3.0,50.0]"}, "1234"), ({"georel": "equals", "geometry": "Point", "coordinates": "[3.01,50]"}, "1"),
            ({"type": "Car", "orderBy": "name;desc"}, "43210"), ({"local": "true", "orderBy": "type,speed;desc"}, "43210t"),
            ({"type": "Car", "orderBy": "location;dist-desc", "orderFrom": "[3.0,50.0]"}, "43210"),
        ],
    )  # fmt: skip
    def test_what_is_found(self, parameters: dict[str, str], expected: str) -> None:
        found = ids(query(**parameters, options="keyValues") if "pick" not in parameters else query(**parameters))
        assert [urn.removeprefix("urn:c:").replace("urn:t:1", "t") for urn in found] == list(expected)

    @pytest.mark.parametrize(
        "parameters",
        [
            {}, {"id": "urn:c:1"}, {"idPattern": "c"}, {"scopeQ": "/A"}, {"attrs": "createdAt"}, {"q": "modifiedAt>2020-01-01T00:00:00Z"}, {"pick": "name"}, {"csf": "a==1"},
            {"type": "*", "local": "false"}, {"type": "A,"}, {"type": "Car", "q": "speed>"}, {"type": "Car", "q": ""}, {"type": "Car", "id": "x"}, {"type": "Car", "idPattern": "("},
            {"type": "Car", "idPattern": "(a)\\1"}, {"type": "Car", "limit": "0"}, {"type": "Car", "limit": "-1"}, {"type": "Car", "offset": "-1"}, {"type": "Car", "limit": "1.5"},
            {"type": "Car", "count": "yes"}, {"type": "Car", "limit": "100000"}, {"type": "Car", "local": "1"}, {"type": "Car", "scopeQ": "//"},
            {"type": "Car", "georel": "within"}, {"type": "Car", "georel": "near", "geometry": "Point", "coordinates": "[1,2]"},
            {"type": "Car", "georel": "near;maxDistance==0", "geometry": "Point", "coordinates": "[1,2]"},
            {"type": "Car", "georel": "near;maxDistance==-1", "geometry": "Point", "coordinates": "[1,2]"},
            {"type": "Car", "georel": "near;maxDistance==1e400", "geometry": "Point", "coordinates": "[1,2]"},
            {"type": "Car", "georel": "near;maxDistance==5;minDistance==1", "geometry": "Point", "coordinates": "[1,2]"},
            {"type": "Car", "georel": "touches", "geometry": "Point", "coordinates": "[1,2]"}, {"type": "Car", "georel": "within", "geometry": "Point", "coordinates": "1,2"},
            {"type": "Car", "georel": "within", "geometry": "Polygon", "coordinates": "[[1,2],[3,4]]"}, {"type": "Car", "georel": "within", "geometry": "Cube", "coordinates": "[1,2]"},
            {"type": "Car", "georel": "within", "geometry": "Polygon", "coordinates": "[[[0,0],[1,0],[1,1],[0,1]]]"},
            {"type": "Car", "orderBy": "name;up"}, {"type": "Car", "orderBy": "location;dist-asc"}, {"type": "Car", "orderBy": "name", "collation": "!!"},
            {"type": "Car", "orderBy": "name", "collation": "de-u-co-phonebk"}, {"type": "Car", "orderBy": "a{b}"}, {"type": "Car", "q": 'owner{name}=="x"'},
            {"type": "Car", "q": 'owner{boss{name}}=="x"', "join": "inline"}, {"type": "Car", "csf": "))bad(("}, {"type": "Car", "q": "a\0b"}, {"type": "Car", "lang": "", "attrs": ""},
        ],
    )  # fmt: skip
    def test_what_is_refused(self, parameters: dict[str, str]) -> None:
        told = query(**parameters)
        assert (told.status, told.json["type"]) == (400, ERRORS + "BadRequestData"), told.json

    def test_those_of_which_nothing_is_left_are_not_answered(self) -> None:
        assert query(type="Car", pick="scope", scopeQ="/A/odd", accept="application/ld+json").json[0].keys() == {
            "scope",
            "@context",
        }
        assert query(type="Truck", omit="id,type,name,speed,scope,location").json == []

    def test_unknown_parameters(self) -> None:
        assert query(type="Car", page="1").json["type"] == ERRORS + "InvalidRequest"

    def test_pages(self) -> None:
        first = query(type="Car", limit="2", count="true", accept="application/ld+json")
        slashed = ask("GET", "/entities/", query={"type": "Car", "limit": "2"})
        assert "</ngsi-ld/v1/entities?limit=2&offset=2&type=Car>" in slashed.headers["Link"]
        assert ids(first) == ["urn:c:0", "urn:c:1"] and first.headers["NGSILD-Results-Count"] == "5"
        link = '</ngsi-ld/v1/entities?count=true&limit=2&offset=2&type=Car>;rel="next";type="application/ld+json"'
        assert first.headers["Link"] == link
        last = query(type="Car", limit="2", offset="4")
        assert (
            ids(last) == ["urn:c:4"]
            and 'rel="prev"' in last.headers["Link"]
            and 'rel="next"' not in last.headers["Link"]
        )
        assert "json-ld#context" in last.headers["Link"] and "NGSILD-Results-Count" not in last.headers
        beyond = query(type="Car", offset="9", q="speed>=0")
        assert beyond.json == [] and 'rel="prev"' in beyond.headers["Link"]
        nothing = query(type="Car", limit="0", count="true", q="speed>5")
        assert (
            nothing.json == []
            and nothing.headers["NGSILD-Results-Count"] == "4"
            and 'rel="next"' not in nothing.headers["Link"]
        )

    def test_geojson(self) -> None:
        geo = "application/geo+json"
        told = query(type="Car", accept=geo, limit="1", options="keyValues")
        assert told.json["type"] == "FeatureCollection" and "@context" in told.json
        (feature,) = told.json["features"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [3.0, 50.0]} and "@context" not in feature
        assert query(type="Bike", accept=geo).json["features"] == []

    def test_linked_conditions(self) -> None:
        create("urn:o:1", "Order", of={"type": "Relationship", "object": "urn:c:2"})
        create("urn:o:2", "Order", of={"type": "Relationship", "object": "urn:c:3"})
        create("urn:o:3", "Order", of={"type": "Relationship", "object": "urn:c:none"})
        assert ids(query(type="Order", q='of{name}=="c"', join="inline")) == ["urn:o:1"]
        assert ids(query(type="Order", q="of{Car:speed}>20", join="inline")) == ["urn:o:2"]
        assert ids(query(type="Order", q="of{Truck:speed}>20", join="inline")) == []
        flat = query(type="Order", join="flat", count="true")
        assert (
            ids(flat) == ["urn:o:1", "urn:o:2", "urn:o:3", "urn:c:2", "urn:c:3"]
            and flat.headers["NGSILD-Results-Count"] == "3"
        )

    def test_ordering_mixes_kinds_and_places_the_absent_last(self) -> None:
        for urn, members in (
            ("urn:m:1", {"rank": "b"}),
            ("urn:m:2", {}),
            ("urn:m:3", {"rank": 5}),
            ("urn:m:4", {"rank": "á"}),
            ("urn:m:5", {"rank": "A"}),
        ):
            create(urn, "Mix", **members)
        assert ids(query(type="Mix", orderBy="rank")) == ["urn:m:3", "urn:m:5", "urn:m:1", "urn:m:4", "urn:m:2"]
        assert ids(query(type="Mix", orderBy="rank", collation="und")) == [
            "urn:m:3",
            "urn:m:5",
            "urn:m:4",
            "urn:m:1",
            "urn:m:2",
        ]
        assert ids(query(type="Mix", orderBy="rank;desc", limit="2")) == ["urn:m:4", "urn:m:1"]

    def test_an_expired_entity_or_attribute_is_no_more(self) -> None:
        create("urn:x:1", "Brief", name="x", a={"type": "Property", "value": 1, "expiresAt": "2020-01-01T00:00:00Z"})
        assert ids(query(type="Brief", attrs="a")) == [] and "a" not in read("urn:x:1").json


@pytest.mark.usefixtures("fleet")
class TestQueryDocuments:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            ({"entities": [{"type": "Car", "id": "urn:c:1"}, {"type": "Truck"}]}, "1t"),
            ({"entities": [{"type": "Car", "id": ["urn:c:1", "urn:c:2"], "idPattern": "zzz"}]}, "12"),
            ({"entities": [{"type": "Taxi,Truck"}]}, "0t"),
            ({"q": "speed>30", "pick": ["id"]}, "4t"),
            ({"attrs": ["name"], "scopeQ": "/A/odd"}, "13"),
            ({"geoQ": {"georel": "near;maxDistance==900", "geometry": "Point", "coordinates": [3.0, 50.0], "geoproperty": "location"}}, "01"),
            ({"geoQ": {"georel": "equals", "geometry": "Point", "coordinates": "[3.0,50.0]"}}, "0"),
            ({"entities": [{"type": "Car"}], "ordering": {"orderBy": ["speed;desc"]}}, "43210"),
            ({"entities": [{"type": "Car"}], "ordering": {"orderBy": ["location;dist-asc"], "coordinates": [3.04, 50], "geometry": "Point"}}, "43210"),
        ],
    )  # fmt: skip
    def test_what_is_found(self, document: dict[str, Any], expected: str) -> None:
        found = [urn.removeprefix("urn:c:").replace("urn:t:1", "t") for urn in ids(post(document, count="true"))]
        assert found == list(expected)

    @pytest.mark.parametrize(
        "document",
        [
            {}, {"type": "Subscription", "attrs": ["name"]}, {"entities": []}, {"attrs": []}, {"entities": [{"type": "Car"}], "pick": []}, {"entities": [{"id": "urn:c:1"}]},
            {"entities": [{"type": "Car", "id": "not a uri"}]}, {"entities": [{"type": "Car", "id": ["urn:c:1", 5]}]}, {"entities": ["Car"]}, {"entities": {"type": "Car"}},
            {"attrs": ["name"], "q": 5}, {"attrs": ["name"], "join": "inline", "joinLevel": 0}, {"attrs": ["name"], "joinLevel": "1"}, {"attrs": ["name"], "temporalQ": {}},
            {"attrs": [5]}, {"attrs": ["name"], "geoQ": []}, {"attrs": ["name"], "geoQ": {"georel": "within"}}, {"attrs": ["name"], "ordering": {"orderBy": ["a;dist-asc"]}},
            {"attrs": ["name"], "ordering": {"orderBy": ["location;dist-asc"], "coordinates": "8,40"}}, {"attrs": ["name"], "ordering": {"orderBy": ["id"], "geometry": 5}},
            {"attrs": ["name"], "scopeQ": ["/A"]}, {"attrs": ["name"], "lang": 5}, {"attrs": ["name"], "datasetId": ["x y"]},
        ],
    )  # fmt: skip
    def test_what_is_refused(self, document: dict[str, Any]) -> None:
        told = post(document)
        assert (told.status, told.json["type"]) == (400, ERRORS + "BadRequestData"), told.json

    def test_not_an_object(self) -> None:
        assert ask("POST", "/entityOperations/query", []).json["type"] == ERRORS + "InvalidRequest"

    def test_pages_and_join(self) -> None:
        told = post({"entities": [{"type": "Car"}]}, limit="2", offset="2", options="keyValues")
        assert [one["name"] for one in told.json] == ["c", "d"]
