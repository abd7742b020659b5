"""Loading an EPCI: from the list, from a file, from the State's service, or approximately."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import override_settings
from shapely import union_all
from shapely.geometry import shape

from parvis.foundations.audit.models import Entry
from parvis.foundations.territory import selectors
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.outlines.geojson import NoMatchingCommune, NotGeoJson
from parvis.foundations.territory.outlines.shapes import UnusableOutline
from parvis.foundations.territory.reference import UnknownIntercommunality, intercommunality
from parvis.foundations.territory.services import LoadReport, Provenance, TerritoryAlreadyLoaded, load_territory
from parvis.foundations.territory.tests.factories import square

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DIJON = "242100410"
SMALL = "200000172"  # CC Faucigny - Glières, 7 communes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def offline() -> Iterator[None]:
    with override_settings(PARVIS_GEOMETRY_URL=""):
        yield


def load(epci: str = SMALL, boundaries: Path | None = None, **options: Any) -> LoadReport:
    return load_territory(epci=epci, boundaries=boundaries, now=NOW, **options)


def collection(path: Path, outlines: dict[str, dict[str, Any]], name: str = "code") -> Path:
    """A GeoJSON file of these geometries, each bearing its code in the property `name`."""
    features = [
        {"type": "Feature", "properties": {name: code, "autre": 1}, "geometry": geometry}
        for code, geometry in outlines.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def squares(*, but: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    members = intercommunality(SMALL).members
    return {m.code: square(6.4 + rank / 10, 46.0) for rank, m in enumerate(members) if m.code not in but}


def test_dijon_with_its_real_outlines(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("boundaries/communes-dijon.geojson")
    attribution = Provenance(source="IGN, Admin Express COG 2018", licence="Licence Ouverte")
    report = load(DIJON, path, provenance=attribution)
    assert (report.created, report.updated, report.unchanged, report.detached) == (24, 0, 0, ())
    epci = selectors.territory()
    assert epci is not None
    assert (epci.name, epci.legal_form, epci.population, epci.approximate) == (
        "Dijon Métropole",
        "METRO",
        258630,
        False,
    )
    assert sum(commune.population or 0 for commune in selectors.communes()) == 258630
    dijon = Area.objects.get(code="21231")
    assert (dijon.siren, dijon.population, dijon.postal_codes, dijon.parent) == ("212102313", 159941, ["21000"], epci)
    found = selectors.commune_at(5.0415, 47.3220)
    assert found is not None
    assert found.name == "Dijon"
    assert selectors.attribution() == "IGN, Admin Express COG 2018, Licence Ouverte"
    assert shape(epci.geometry).area == pytest.approx(
        sum(shape(c["geometry"]).area for c in selectors.outlines()["features"])
    )


@pytest.mark.parametrize(
    ("siren", "name", "count"),
    [("243400017", "montpellier", 31), ("200066009", "mulhouse", 39), ("245900428", "dunkerque", 17)],
)
def test_the_other_real_territories(siren: str, name: str, count: int, shared_data: Callable[[str], Path]) -> None:
    report = load(siren, shared_data(f"boundaries/communes-{name}.geojson"))
    assert (report.created, report.without_outline, report.repaired) == (count + 1, (), ())


def test_a_second_load_changes_nothing(tmp_path: Path) -> None:
    path = collection(tmp_path / "communes.geojson", squares())
    load(boundaries=path)
    revision, journal = selectors.revision(), Entry.objects.count()
    for again in (load(boundaries=path), load()):
        assert (again.created, again.updated, again.unchanged, again.detached) == (0, 0, 8, ())
    assert selectors.revision() == revision
    assert Entry.objects.count() == journal


def test_the_load_is_journaled() -> None:
    load()
    entry = Entry.objects.get(action="territory.loaded")
    assert entry.urn == f"urn:ngsi-ld:AdministrativeArea:{SMALL}"


def test_without_any_outline_the_map_is_approximate_and_says_so() -> None:
    report = load(DIJON)
    assert report.provenance is not None
    assert report.provenance.approximate
    assert any("approximatifs" in note for note in report.notes)
    areas = Area.objects.all()
    assert {area.approximate for area in areas} == {True}
    cells = [shape(area.geometry) for area in areas if area.kind == AreaKind.COMMUNE]
    assert union_all(cells).geom_type == "Polygon"
    assert union_all(cells).area == pytest.approx(sum(cell.area for cell in cells))
    found = selectors.commune_at(5.04, 47.32)
    assert found is not None
    assert found.name == "Dijon"
    assert "approximatifs" in selectors.attribution()
    assert load(DIJON).unchanged == 24


def test_true_outlines_replace_approximate_ones_and_are_not_lost_again(tmp_path: Path) -> None:
    load()
    real = load(boundaries=collection(tmp_path / "communes.geojson", squares()))
    assert real.updated == 8
    assert not Area.objects.filter(approximate=True).exists()
    assert load().unchanged == 8
    assert not Area.objects.filter(approximate=True).exists()


def test_a_commune_the_file_lacks_is_named_and_left_without_outline(tmp_path: Path) -> None:
    load()
    report = load(boundaries=collection(tmp_path / "communes.geojson", squares(but=("74042",))))
    assert report.without_outline == ("Bonneville (74042)",)
    assert Area.objects.get(code="74042").geometry is None
    assert "Bonneville" in str(report)


def test_a_commune_that_left_is_detached_not_deleted() -> None:
    load()
    epci = Area.objects.get(kind=AreaKind.EPCI)
    Area.objects.create(kind=AreaKind.COMMUNE, code="74999", name="Partie", parent=epci)
    report = load()
    assert report.detached == ("Partie (74999)",)
    assert Area.objects.get(code="74999").parent is None
    assert "74999" not in selectors.communes().values_list("code", flat=True)
    assert load().detached == ()


def test_parts_of_a_merged_commune_are_joined(tmp_path: Path) -> None:
    outlines = {"21452": square(5.0, 47.0), "21213": square(5.1, 47.0)}
    load(DIJON, collection(tmp_path / "old.geojson", outlines))
    merged = Area.objects.get(code="21452")
    assert merged.name == "Neuilly-Crimolois"
    assert (merged.west, merged.east) == (5.0, 5.2)
    assert merged.geometry is not None
    assert merged.geometry["type"] == "Polygon"


@pytest.mark.parametrize("name", ["code_insee", "insee", "INSEE_COM"])
def test_the_usual_names_of_the_insee_code(tmp_path: Path, name: str) -> None:
    assert load(boundaries=collection(tmp_path / "c.geojson", squares(), name)).without_outline == ()


def test_a_code_whose_leading_zero_was_eaten(tmp_path: Path) -> None:
    members = intercommunality("200040350").members  # in Ain, département 01
    outlines = {str(int(m.code)): square(5.0 + rank / 10, 46.0) for rank, m in enumerate(members)}
    assert all(len(code) == 4 for code in outlines)
    assert load("200040350", collection(tmp_path / "c.geojson", outlines)).without_outline == ()


def test_an_invalid_outline_is_repaired_and_told(tmp_path: Path) -> None:
    outlines = squares()
    ring = outlines["74042"]["coordinates"][0]
    ring.insert(2, [ring[1][0], ring[1][1] - 0.001])  # a spike: out and back over the same line
    ring.insert(3, ring[1])
    report = load(boundaries=collection(tmp_path / "c.geojson", outlines))
    assert report.repaired == ("Bonneville",)
    assert shape(Area.objects.get(code="74042").geometry).is_valid


BOW_TIE = {"type": "Polygon", "coordinates": [[[6.4, 46.0], [6.5, 46.1], [6.5, 46.0], [6.4, 46.1], [6.4, 46.0]]]}
LAMBERT_93 = {
    "type": "Polygon",
    "coordinates": [[[850000, 6690000], [851000, 6690000], [851000, 6691000], [850000, 6691000], [850000, 6690000]]],
}
EXCHANGED = {"type": "Polygon", "coordinates": [[[46.0, 6.4], [46.1, 6.4], [46.1, 6.5], [46.0, 6.5], [46.0, 6.4]]]}


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        pytest.param(LAMBERT_93, "EPSG:4326", id="projected"),
        pytest.param(EXCHANGED, "inversées", id="latitude first"),
        pytest.param(BOW_TIE, "invalide", id="a bow tie has no true surface"),
        pytest.param({"type": "Point", "coordinates": [6.4, 46.0]}, "polygone", id="a point"),
        pytest.param(None, "aucune géométrie", id="nothing"),
        pytest.param({"type": "Polygon", "coordinates": []}, "vide", id="empty"),
        pytest.param({"type": "Polygon", "coordinates": [[[6.4], [6.5]]]}, "illisible", id="not positions"),
        pytest.param(
            {"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]]},
            "illisible",
            id="text",
        ),
        pytest.param({"type": "Polygon"}, "illisible", id="no coordinates"),
    ],
)
def test_an_outline_that_cannot_be_used_refuses_the_whole_file(tmp_path: Path, geometry: Any, said: str) -> None:
    with pytest.raises(UnusableOutline, match=said):
        load(boundaries=collection(tmp_path / "c.geojson", squares() | {"74042": geometry}))
    assert not Area.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"code;nom\n21231;Dijon", "lisible", id="a CSV"),
        pytest.param(b"\xff\xfe\x00", "UTF-8", id="not text"),
        pytest.param(b"\x1f\x8b\x08broken", "gzip", id="a broken archive"),
        pytest.param(b"[]", "FeatureCollection", id="another JSON"),
        pytest.param(b'{"type": "Topology"}', "Topology", id="TopoJSON"),
        pytest.param(b'{"type": "FeatureCollection", "features": []}', "aucun objet", id="empty"),
        pytest.param(b'{"type": "FeatureCollection", "features": [1]}', "aucun objet", id="numbers"),
    ],
)
def test_a_file_that_is_no_geojson(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "communes.geojson"
    path.write_bytes(content)
    with pytest.raises(NotGeoJson, match=said):
        load(boundaries=path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotGeoJson, match=r"absent\.geojson"):
        load(boundaries=tmp_path / "absent.geojson")


def test_a_file_of_another_territory(tmp_path: Path) -> None:
    with pytest.raises(NoMatchingCommune, match="21231"):
        load(boundaries=collection(tmp_path / "c.geojson", {"21231": square(5.0, 47.0)}))


def test_a_file_without_codes(tmp_path: Path) -> None:
    with pytest.raises(NoMatchingCommune, match="code_insee"):
        load(boundaries=collection(tmp_path / "c.geojson", squares(), "libelle"))


@pytest.mark.parametrize("wrong", ["Dijon", "242100411", "dijon metropole"])
def test_a_wrong_siren_suggests_near_names(wrong: str) -> None:
    with pytest.raises(UnknownIntercommunality, match=r"Dijon Métropole \(242100410\)"):
        load(wrong)


def test_a_siren_like_no_other() -> None:
    with pytest.raises(UnknownIntercommunality, match="zzzz"):
        load("zzzz")


def test_a_deployment_serves_one_territory_unless_told_otherwise() -> None:
    load()
    with pytest.raises(TerritoryAlreadyLoaded, match="Faucigny"):
        load(DIJON)
    report = load(DIJON, replace=True)
    assert len(report.detached) == 7
    assert [area.code for area in Area.objects.filter(kind=AreaKind.EPCI)] == [DIJON]


class Service(BaseHTTPRequestHandler):
    """Stands for geo.api.gouv.fr, as its documentation describes it."""

    slow_s = 0.0

    def do_GET(self) -> None:
        time.sleep(self.slow_s)
        known = squares(but=("74312",))
        features = [
            {"type": "Feature", "properties": {"code": code, "nom": code}, "geometry": shaped}
            for code, shaped in known.items()
        ]
        body: dict[str, Any] = (
            {"type": "FeatureCollection", "features": features} if "/communes" in self.path else {"code": SMALL}
        )
        with suppress(BrokenPipeError):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_outlines_of_the_state_s_service(service: str) -> None:
    with override_settings(PARVIS_GEOMETRY_URL=service):
        report = load()
    assert report.provenance is not None
    assert report.provenance.licence == "Licence Ouverte 2.0"
    assert report.without_outline == ("Vougy (74312)",)
    assert Area.objects.get(code="74042").approximate is False


@pytest.mark.slow
def test_a_mute_service_is_not_waited_for(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "slow_s", 8.0)
    started = time.monotonic()
    with override_settings(PARVIS_GEOMETRY_URL=service):
        report = load()
    assert time.monotonic() - started < Service.slow_s, "gave up before it answered"
    assert report.provenance is not None
    assert report.provenance.approximate


def test_a_closed_service_is_told() -> None:
    with override_settings(PARVIS_GEOMETRY_URL="http://127.0.0.1:9"):
        report = load()
    assert any("ne répond pas" in note for note in report.notes)
