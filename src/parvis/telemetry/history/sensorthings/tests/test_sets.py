"""Sets, entities, the ways between them, properties and references (OGC 18-088, 8 and 9.2)."""

import pytest

from parvis.telemetry.history.sensorthings.tests.factories import BASE, ask, get, ids, make_thing, observe, values

pytestmark = pytest.mark.django_db


def test_the_root_tells_the_sets_and_what_is_conformed_to():
    root = get("")
    assert [line["name"] for line in root["value"]] == [
        "Things",
        "Locations",
        "HistoricalLocations",
        "Datastreams",
        "Sensors",
        "ObservedProperties",
        "Observations",
        "FeaturesOfInterest",
    ]
    assert root["value"][0]["url"] == f"{BASE}/Things"
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data" in root["serverSettings"]["conformance"]


def test_a_thing_tells_its_name_and_leads_to_what_belongs_to_it():
    thing = make_thing("urn:ngsi-ld:Streetlight:A-1", name="Place Darcy 1", powerRating=48)
    observe(thing, "powerConsumption", 40)
    assert get(f"Things({thing.pk})") == {
        "@iot.selfLink": f"{BASE}/Things({thing.pk})",
        "@iot.id": thing.pk,
        "name": "Place Darcy 1",
        "description": "Point lumineux",
        "properties": {
            "urn": thing.urn,
            "type": "Streetlight",
            "synthetic": False,
            "powerRating": 48,
        },
        "Locations@iot.navigationLink": f"{BASE}/Things({thing.pk})/Locations",
        "HistoricalLocations@iot.navigationLink": f"{BASE}/Things({thing.pk})/HistoricalLocations",
        "Datastreams@iot.navigationLink": f"{BASE}/Things({thing.pk})/Datastreams",
    }


def test_a_datastream_is_an_observed_attribute():
    thing = make_thing(name="Darcy", longitude=5.03, latitude=47.32)
    number = observe(thing, "powerConsumption", 40, 41.5)
    stream = get(f"Datastreams({number})")
    assert stream["name"] == "Darcy – powerConsumption"
    assert stream["description"] == "Puissance appelée"
    assert stream["observationType"].endswith("OM_Measurement")
    assert stream["unitOfMeasurement"]["symbol"] == "W"
    assert stream["unitOfMeasurement"]["definition"].endswith(":WTT")
    assert stream["observedArea"] == {"type": "Point", "coordinates": [5.03, 47.32]}
    assert stream["phenomenonTime"] == "2026-11-22T12:00:00Z/2026-11-22T12:01:00Z"
    assert ids(f"Things({thing.pk})/Datastreams") == [number]


def test_texts_and_booleans_are_observed_too():
    thing = make_thing()
    observe(thing, "powerState", "on", "off", unit_code="")
    stream = observe(thing, "doorOpen", True, False, unit_code="")
    assert [line["result"] for line in values(f"Datastreams({stream})/Observations")] == [True, False]
    [state] = [one for one in values(f"Things({thing.pk})/Datastreams") if one["@iot.id"] != stream]
    assert state["unitOfMeasurement"] == {"name": None, "symbol": None, "definition": None}
    assert [line["result"] for line in values(f"Datastreams({state['@iot.id']})/Observations")] == ["on", "off"]


def test_an_observation_leads_back():
    thing = make_thing(longitude=5.03, latitude=47.32)
    stream = observe(thing, "powerConsumption", 40.5)
    [observation] = values(f"Datastreams({stream})/Observations")
    number = observation["@iot.id"]
    assert number == f"{stream}_1795348800000000"
    assert observation["@iot.selfLink"] == f"{BASE}/Observations('{number}')"
    assert observation["phenomenonTime"] == observation["resultTime"] == "2026-11-22T12:00:00Z"
    assert observation["result"] == 40.5
    assert get(f"Observations('{number}')") == observation
    assert get(f"Observations('{number}')/Datastream")["@iot.id"] == stream
    assert get(f"Observations('{number}')/Datastream/Thing/name") == {"name": thing.name}
    assert get(f"Observations('{number}')/FeatureOfInterest")["feature"]["coordinates"] == [5.03, 47.32]
    assert ids(f"FeaturesOfInterest({thing.pk})/Observations") == [number]


def test_what_is_observed_and_by_what():
    first, second = make_thing(source="inventaire"), make_thing(source="atelier")
    streams = [observe(first, "powerConsumption", 1), observe(second, "powerConsumption", 1)]
    [observed] = values("ObservedProperties")
    assert observed["name"] == "powerConsumption"
    assert observed["definition"] == "https://smartdatamodels.org/dataModel.Streetlighting/powerConsumption"
    assert ids(f"ObservedProperties({observed['@iot.id']})/Datastreams") == streams
    sensors = {one["name"]: one["@iot.id"] for one in values("Sensors")}
    assert sensors.keys() == {"inventaire – powerConsumption", "atelier – powerConsumption"}
    assert ids(f"Sensors({sensors['atelier – powerConsumption']})/Datastreams") == streams[1:]
    assert get(f"Datastreams({streams[1]})/Sensor")["@iot.id"] == sensors["atelier – powerConsumption"]
    assert get(f"Datastreams({streams[1]})/ObservedProperty") == observed


def test_a_thing_without_a_place_has_no_location_but_a_feature():
    thing = make_thing()
    assert values(f"Things({thing.pk})/Locations") == []
    assert values(f"Things({thing.pk})/HistoricalLocations") == []
    assert get(f"FeaturesOfInterest({thing.pk})")["feature"]["geometry"] is None
    assert ask(f"Locations({thing.pk})").status == 404


def test_a_place_and_since_when():
    thing = make_thing(longitude=5.03, latitude=47.32)
    [place] = values(f"Things({thing.pk})/Locations")
    assert (place["encodingType"], place["location"]["type"]) == ("application/geo+json", "Point")
    [since] = values(f"Locations({place['@iot.id']})/HistoricalLocations")
    assert since["time"] == "2026-11-22T12:00:00Z"
    assert get(f"HistoricalLocations({since['@iot.id']})/Thing/@iot.id") == {"@iot.id": thing.pk}
    assert ids(f"HistoricalLocations({thing.pk})/Locations") == [thing.pk]


def test_properties_and_their_values():
    thing = make_thing(name="Darcy", powerRating=48)
    here = f"Things({thing.pk})"
    assert get(f"{here}/name") == {"name": "Darcy"}
    text = ask(f"{here}/name/$value")
    assert (text.body, text.media) == (b"Darcy", "text/plain; charset=utf-8")
    assert get(f"{here}/properties/powerRating") == {"powerRating": 48}
    assert ask(f"{here}/properties/powerRating/$value").body == b"48"
    assert ask(f"{here}/properties/$value").media == "application/json"
    assert get(f"{here}/id") == {"id": thing.pk}


def test_null_is_no_content():
    thing = make_thing()
    stream = observe(thing, "powerState", "on", unit_code="")
    assert ask(f"Datastreams({stream})/observedArea").status == 204
    assert ask(f"Datastreams({stream})/unitOfMeasurement/symbol").status == 204


def test_references_are_links_alone():
    thing = make_thing()
    stream = observe(thing, "powerConsumption", 1)
    assert get(f"Things({thing.pk})/Datastreams/$ref") == {
        "value": [{"@iot.selfLink": f"{BASE}/Datastreams({stream})"}]
    }
    assert get(f"Datastreams({stream})/Thing/$ref") == {"@iot.selfLink": f"{BASE}/Things({thing.pk})"}


@pytest.mark.parametrize(
    "path",
    [
        "Nothing",
        "Things(0)",
        "Things(99999999999999)",
        "Things('x')",
        "Things()",
        "Things(1)(2)",
        "Things(-1)",
        "Datastreams(7)",
        "Sensors(5)",
        "ObservedProperties(5)",
        "Observations('1_2')",
        "Observations('1_99999999999999999')",
        "Observations(1)",
        "HistoricalLocations(5)",
        "FeaturesOfInterest(5)",
        "Things(1)/Nothing",
        "Things/name",
        "Things(1)/Thing",
        "Things/Datastreams",
        "\u00b2",
        "Things(\u00b2)",
        "$ref",
        "$value",
        "/Things",
        "Things(1)//name",
    ],
)
def test_what_is_not_there(path):
    given = ask(path)
    assert given.status == 404
    assert b'"code":404' in given.body


def test_a_way_that_does_not_lead_there():
    first, second = make_thing(), make_thing()
    stream = observe(second, "powerConsumption", 1)
    assert ask(f"Things({first.pk})/Datastreams({stream})").status == 404
    assert get(f"Things({second.pk})/Datastreams({stream})")["@iot.id"] == stream
    assert ask(f"Things({first.pk})/nothing").status == 404
    assert ask(f"Things({first.pk})/properties/nothing").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_is_written(method):
    given = ask("Things", method=method)
    assert (given.status, given.headers["Allow"]) == (405, "GET, HEAD")
