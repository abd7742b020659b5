"""Inventories as cities have them: French spreadsheets, portals' exports, GIS files, and all that is wrong in them."""

import csv
import gzip
import json
import time

import pytest

from parvis.foundations.territory.services import load_territory
from parvis.telemetry.context.loading import ColumnsRefused, FileRefused, LoadReport, load_things, write_rejected
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.tests.factories import NOW, reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path):
    """Loads a text or bytes as a file of this name."""

    def run(content: str | bytes, name: str = "things.csv", **options) -> LoadReport:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_things(path, **{"type": "Streetlight", "now": NOW, **options})

    return run


def values(urn: str = "urn:ngsi-ld:Streetlight:A1") -> dict[str, object]:
    attributes = Entity.objects.get(urn=urn).attributes
    return {name: attribute["value"] for name, attribute in attributes.items() if name != "location"}


def reasons(report: LoadReport) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in report.rejected]


def test_a_plain_file_becomes_things_of_the_type(load):
    report = load("id,lon,lat,lantern_type,power\nA1,5.04,47.32,LANTERNE,48\nA2,5.05,47.33,,\n")
    assert (report.created, report.updated, report.unchanged, report.rejected) == (2, 0, 0, ())
    thing = Entity.objects.get(urn="urn:ngsi-ld:Streetlight:A1")
    assert (thing.type, thing.longitude, thing.latitude, thing.source) == ("Streetlight", 5.04, 47.32, "things.csv")
    assert thing.attributes == {
        "lanternType": {"type": "Property", "value": "LANTERNE"},
        "power": {"type": "Property", "value": 48},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [5.04, 47.32]}},
    }
    assert list(Entity.objects.get(urn="urn:ngsi-ld:Streetlight:A2").attributes) == [
        "location"
    ]  # empty cells are nothing


def test_twice_changes_nothing_and_a_difference_changes_one(load):
    load("id,lon,lat,power\nA1,5.04,47.32,48\nA2,5.05,47.33,48\n")
    again = load("id,lon,lat,power\nA1,5.04,47.32,48\nA2,5.05,47.33,48\n")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    changed = load("id,lon,lat,power\nA1,5.04,47.32,36\nA2,5.05,47.33,48\n")
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    assert values()["power"] == 36


def test_an_inventory_does_not_undo_what_was_observed(load):
    load("id,lon,lat,status,power\nA1,5.04,47.32,ok,48\n")
    thing = Entity.objects.get()
    apply_readings([reading(thing, "defectiveLamp", attribute="status")], now=NOW)
    report = load("id,lon,lat,status,power\nA1,5.04,47.32,ok,48\n")
    assert report.unchanged == 1
    assert values()["status"] == "defectiveLamp"


def test_a_french_spreadsheet(load):
    text = "\ufeffIdentifiant;Libellé;X;Y;Puissance (W);Code postal;En service;Hauteur\r\n"
    text += "A1;Rue de l’Église;5,0412;47,3215;1 234,5;01000;Oui;8\r\n"
    text += "A2;Place d’Armes;5,05;47,33;36;21000;non;6,5\r\n"
    assert reasons(load(text)) == []
    assert values() == {
        "name": "Rue de l’Église",
        "puissanceW": 1234.5,
        "codePostal": "01000",  # digits that are no quantity
        "enService": True,
        "hauteur": 8.0,
    }


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16"])
def test_another_encoding_is_refused_with_the_line_and_accepted_when_told(load, encoding):
    content = "id;lon;lat;nom\nA1;5,0;47,0;Gare\nA2;5,0;47,0;Éclairage\n".encode(encoding)
    with pytest.raises(FileRefused) as refused:
        load(content)
    hint = "utf-16" if encoding == "utf-16" else "cp1252"
    assert f"--encoding {hint}" in str(refused.value)
    assert str(refused.value).startswith("Ligne 1" if encoding == "utf-16" else "Ligne 3")
    assert not Entity.objects.exists()
    assert load(content, encoding=encoding).created == 2


def test_rows_that_cannot_be_loaded_are_told_with_line_and_reason(load):
    report = load(
        "id,lon,lat,name\n"
        "A1,5.04,47.32,fine\n"
        "A1,5.05,47.32,again\n"
        ",5.04,47.32,nobody\n"
        "A3,,47.32,nowhere\n"
        "A4,abc,47.32,\n"
        "A5,5.04,470.32,\n"
        "A6,5.04,47.32\n"
        "A7,5.04,47.32,x,y\n"
        "\n"
        'A8,5.04,47.32,"two\nlines"\n'
        "A9,842000,6690000,\n"
    )
    assert reasons(report) == [
        (3, "identifiant « A1 » déjà présent ligne 2"),
        (4, "identifiant absent"),
        (5, "coordonnées absentes"),
        (6, "coordonnées illisibles : « abc », « 47.32 »"),
        (7, "ce ne sont pas des degrés : 5.04, 470.32"),
        (8, "3 cellules pour 4 colonnes"),
        (9, "plus de cellules que de colonnes nommées"),
        (13, "coordonnées projetées (Lambert-93, EPSG:2154) : convertissez-les en degrés WGS 84 (EPSG:4326)"),
    ]
    assert sorted(Entity.objects.values_list("urn", flat=True)) == [
        "urn:ngsi-ld:Streetlight:A1",
        "urn:ngsi-ld:Streetlight:A8",
    ]


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        ("", {}, "vide"),
        (
            "a,b\n1,2\n",
            {},
            "Aucune colonne d’identifiant n’est reconnue ; nommez-la avec --id. Colonnes du fichier : a, b.",
        ),
        ("id,b\n1,2\n", {}, "Aucune colonne de coordonnées"),
        ("id,lon,lat\n", {"id_column": "NUM"}, "La colonne « NUM » n’existe pas. Colonnes du fichier : id, lon, lat."),
        ("id,lon,lat\n", {"mapping": {"power": "W"}}, "La colonne « W » n’existe pas"),
        ("id,lon,lat,w\n", {"mapping": {"1power": "w"}}, "« 1power » n’est pas un nom d’attribut NGSI-LD"),
        ("id,lon,lat,w\n", {"mapping": {"unitCode": "w"}}, "« unitCode » n’est pas un nom d’attribut NGSI-LD"),
        ("id,lon,lat,type\n", {}, "ajoutez --map NOM=type"),
        ("id,lon,lat,2e\n", {}, "ajoutez --map NOM=2e"),
        ("id,lon,lat,Puissance,puissance\n", {}, "donneraient le même attribut « puissance »"),
        ("id,lon,lat,w,w\n", {}, "nomme deux fois : w"),
        ('id,lon,lat,w\nA1,5,47,"never closed\n', {}, "Ligne 2"),
        ("id,lon,lat\n", {"type": "Street light"}, "n’est pas un nom de type"),
        ("id,lon,lat\n", {"encoding": "klingon"}, "klingon"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_in_words(load, content, options, told):
    with pytest.raises((FileRefused, ColumnsRefused)) as refused:
        load(content, **options)
    assert told in str(refused.value)


def test_columns_may_be_named(load):
    load(
        "NUM,E,N,type,note\nA1,5.04,47.32,LED,x\n",
        id_column="NUM",
        mapping={"longitude": "E", "latitude": "N", "lampTechnology": "type"},
        only_mapped=True,
    )
    assert values() == {"lampTechnology": "LED"}


@pytest.mark.parametrize(
    ("x", "y", "system"),
    [
        (770_000, 6_280_000, "Lambert-93"),
        (1_770_000, 2_280_000, "9 zones"),
        (430_000, 5_400_000, "Web Mercator"),
        (724_000, 1_846_000, "Lambert II"),
        (570_000, 4_830_000, "UTM"),
    ],
)
def test_a_file_in_metres_is_refused_once_with_its_system(load, x, y, system):
    with pytest.raises(FileRefused, match=system):
        load(f"id,x,y\nA1,{x},{y}\nA2,{x + 1},{y}\n")


def test_identifiers_become_urns_whatever_they_hold(load):
    load("id,lon,lat\nn° 12 é,5,47\nurn:ngsi-ld:Streetlight:own,5,47\nurn:ngsi-ld:Other:x,5,47\n")
    assert sorted(Entity.objects.values_list("urn", flat=True)) == [
        "urn:ngsi-ld:Streetlight:n%C2%B0%2012%20%C3%A9",
        "urn:ngsi-ld:Streetlight:own",
        "urn:ngsi-ld:Streetlight:urn:ngsi-ld:Other:x",
    ]


def test_an_export_of_an_open_data_portal(load):
    shape = json.dumps({"type": "Polygon", "coordinates": [[[5, 47], [5.1, 47], [5.1, 47.1], [5, 47]]]}).replace(
        '"', '""'
    )
    load(f'id;geo_point_2d;geo_shape\nA1;47.05, 5.08;"{shape}"\nA2;47.01, 5.02;\n')
    area, point = Entity.objects.order_by("urn")
    assert area.attributes["location"]["value"]["type"] == "Polygon"
    assert (point.longitude, point.latitude) == (5.02, 47.01)


def geojson(*features: object, **more: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


def feature(id_: object, geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": properties}


def test_geojson_keeps_its_shapes_and_types(load):
    polygon = {"type": "Polygon", "coordinates": [[[5.0, 47.0], [5.1, 47.0], [5.1, 47.1], [5.0, 47.1], [5.0, 47.0]]]}
    report = load(
        geojson(
            feature(12, polygon, nom="Halle", area_m2=10.5, open=True, code=None, tags=["a"]),
            feature(13, None, nom="nulle part"),
            feature(14, {"type": "GeometryCollection", "geometries": []}),
            feature(15, {"type": "Polygon", "coordinates": [[["x"]]]}),
            feature(None, {"type": "Point", "coordinates": [5, 47]}),
            "no feature",
            feature(12, {"type": "Point", "coordinates": [5, 47]}),
        ),
        "batiments.geojson",
        type="Building",
    )
    assert reasons(report) == [
        (2, "coordonnées absentes"),
        (3, "géométrie d’un type non admis"),
        (4, "géométrie invalide"),
        (5, "identifiant absent"),
        (6, "ce n’est pas un objet « Feature »"),
        (7, "identifiant « 12 » déjà présent ligne 1"),
    ]
    building = Entity.objects.get()
    assert building.urn == "urn:ngsi-ld:Building:12"
    assert values(building.urn) == {"name": "Halle", "areaM2": 10.5, "open": True, "tags": ["a"]}
    assert building.attributes["location"] == {"type": "GeoProperty", "value": polygon}
    assert 5.0 < building.longitude < 5.1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"type": "FeatureCollection", "features": [', "JSON"),
        ('{"type": "Feature"}', "FeatureCollection"),
        ("[1]", "FeatureCollection"),
        (geojson(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}), "EPSG::2154"),
    ],
)
def test_geojson_that_is_none_is_refused(load, content, told):
    with pytest.raises(FileRefused) as refused:
        load(content, "x.geojson")
    assert told in str(refused.value)


def test_gzip_is_recognised_by_its_content_and_a_broken_one_refused(load, tmp_path):
    whole = gzip.compress(b"id,lon,lat\nA1,5,47\n")
    assert load(whole, "things.csv.gz").created == 1
    with pytest.raises(FileRefused, match="illisible"):
        load(whole[:-6], "things.csv.gz")
    with pytest.raises(FileRefused, match="n’existe pas"):
        load_things(tmp_path / "absent.csv", type="Streetlight", now=NOW)


def test_a_dry_run_tells_and_writes_nothing(load):
    load("id,lon,lat,power\nA1,5,47,48\n")
    report = load("id,lon,lat,power\nA1,5,47,36\nA2,5,47,36\n", dry_run=True)
    assert (report.created, report.updated, report.dry_run) == (1, 1, True)
    assert values()["power"] == 48
    assert Entity.objects.count() == 1


def test_rejected_rows_are_written_for_a_spreadsheet(load, tmp_path):
    report = load("id,lon,lat\nA1,,\n")
    write_rejected(report, tmp_path / "rejets.csv")
    with (tmp_path / "rejets.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";")) == [["line", "reason"], ["2", "coordonnées absentes"]]


def test_progress_is_told(load):
    told: list[str] = []
    load("id,lon,lat\nA1,5,47\n", progress=told.append)
    assert told[0] == "Lecture de things.csv"
    assert told[-1] == "1 objets à enregistrer, 0 rejetés"


@pytest.fixture
def montpellier(shared_data):
    boundaries = shared_data("boundaries/communes-montpellier.geojson")
    load_territory(epci="243400017", boundaries=boundaries, now=NOW, progress=lambda text: None)


def test_places_out_of_the_territory_are_rejected(load, montpellier):
    report = load("id,lon,lat\nA1,3.8767,43.6108\nA2,2.3522,48.8566\nA3,43.6108,3.8767\n")
    assert reasons(report) == [
        (3, "hors du territoire : 2.35220, 48.85660"),
        (4, "longitude et latitude semblent inversées : 43.61080, 3.87670"),
    ]
    assert Entity.objects.get().area_code == "34172"


@pytest.mark.slow
def test_the_lights_of_montpellier(shared_data, montpellier):
    path = shared_data("montpellier/lights.csv.gz")
    started = time.process_time()
    report = load_things(path, type="Streetlight", now=NOW)
    spent = time.process_time() - started
    assert (report.created, report.rejected) == (29_969, ())
    assert spent < 15
    assert Entity.objects.filter(area_code="34172").count() > 29_700  # 156 stand outside the city’s polygons
    again = load_things(path, type="Streetlight", now=NOW)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 29_969)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "created", "rejected"),
    [
        ("car_parks.geojson.gz", "OffStreetParking", 22, 0),
        ("signal_junctions.geojson.gz", "TrafficLight", 373, 0),
        ("cctv.geojson.gz", "Camera", 141, 0),
        ("buildings.geojson.gz", "Building", 3356, 0),
        ("public_establishments.geojson.gz", "PointOfInterest", 1024, 0),
        ("pay_machines.geojson.gz", "ParkingMeter", 823, 0),
        ("street_arcs.geojson.gz", "Road", 8011, 0),
        ("watercourses.geojson.gz", "WaterBody", 717, 0),
        ("air_stations.geojson.gz", "AirQualityObserved", 5, 15),  # the file covers the region
        ("traffic_counts.csv.gz", "TrafficFlowObserved", 3159, 155),  # counts without a known arc have no place
    ],
)
def test_the_other_inventories_of_montpellier(shared_data, montpellier, name, kind, created, rejected):
    report = load_things(shared_data(f"montpellier/{name}"), type=kind, now=NOW)
    assert (report.created, len(report.rejected)) == (created, rejected)
