"""Loading the districts of a commune and their sub-districts."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from parvis.foundations.territory import selectors
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.services import LoadReport, load_districts, load_territory
from parvis.foundations.territory.services.districts import UnknownParent, UnusableDistricts
from parvis.foundations.territory.tests.factories import make_commune, square

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def load(path: Path, parent: str = "99001", **options: Any) -> LoadReport:
    return load_districts(path=path, parent_code=parent, now=NOW, **options)


def collection(path: Path, rows: list[dict[str, Any]], *, zipped: bool = False) -> Path:
    features = [
        {"type": "Feature", "properties": row, "geometry": square(5.0 + rank / 50, 47.0, 0.02)}
        for rank, row in enumerate(rows)
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    path.write_bytes(gzip.compress(content) if zipped else content)
    return path


def test_the_real_districts_of_montpellier(shared_data: Callable[[str], Path]) -> None:
    with override_settings(PARVIS_GEOMETRY_URL=""):
        load_territory(epci="243400017", boundaries=shared_data("boundaries/communes-montpellier.geojson"), now=NOW)
    districts = load(shared_data("montpellier/districts.geojson.gz"), "34172")
    parts = load(shared_data("montpellier/sub_districts.geojson.gz"), "34172", kind=AreaKind.SUB_DISTRICT)
    assert (districts.created, parts.created) == (7, 31)
    kinds = [area.kind for area in selectors.areas_at(3.8767, 43.6112)]
    assert kinds == [AreaKind.SUB_DISTRICT, AreaKind.DISTRICT, AreaKind.COMMUNE, AreaKind.EPCI]
    assert [area.name for area in selectors.areas_at(3.8767, 43.6112)][2:] == [
        "Montpellier",
        "Montpellier Méditerranée Métropole",
    ]
    again = load(shared_data("montpellier/sub_districts.geojson.gz"), "34172", kind=AreaKind.SUB_DISTRICT)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 31)


def test_a_gzipped_file_and_its_codes(tmp_path: Path) -> None:
    make_commune(code="99001", rank=0)
    rows = [{"id": 1, "nom": "Port"}, {"id": 2, "nom": "Gare"}]
    load(collection(tmp_path / "d.geojson.gz", rows, zipped=True))
    assert list(Area.objects.filter(kind=AreaKind.DISTRICT).values_list("code", "name")) == [
        ("99001-2", "Gare"),
        ("99001-1", "Port"),
    ]


def test_what_the_file_no_longer_holds_is_detached(tmp_path: Path) -> None:
    make_commune(code="99001", rank=0)
    load(collection(tmp_path / "d.geojson", [{"id": 1, "nom": "Port"}, {"id": 2, "nom": "Gare"}]))
    report = load(collection(tmp_path / "d.geojson", [{"id": 1, "nom": "Le port"}]))
    assert (report.updated, report.detached) == (1, ("Gare (99001-2)",))
    assert Area.objects.get(code="99001-2").parent is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param([{"id": 1}], "un nom", id="no name"),
        pytest.param([{"nom": "Port"}], "identifiant", id="no identifier"),
        pytest.param(
            [{"id": 1, "nom": "Port"}, {"id": 1, "nom": "Gare"}], "Port et par Gare", id="twice the same identifier"
        ),
    ],
)
def test_rows_that_cannot_be_used(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    make_commune(code="99001", rank=0)
    with pytest.raises(UnusableDistricts, match=said):
        load(collection(tmp_path / "d.geojson", rows))
    assert not Area.objects.filter(kind=AreaKind.DISTRICT).exists()


def test_a_commune_that_is_not_of_the_territory(tmp_path: Path) -> None:
    with pytest.raises(UnknownParent, match="99001"):
        load(collection(tmp_path / "d.geojson", [{"id": 1, "nom": "Port"}]))


def test_sub_districts_want_districts_first(tmp_path: Path) -> None:
    make_commune(code="99001", rank=0)
    with pytest.raises(UnknownParent, match="quartiers"):
        load(collection(tmp_path / "d.geojson", [{"id": 1, "nom": "Port"}]), kind=AreaKind.SUB_DISTRICT)


def test_a_sub_district_outside_every_district(tmp_path: Path) -> None:
    make_commune(code="99001", rank=0)
    load(collection(tmp_path / "d.geojson", [{"id": 1, "nom": "Port"}, {"id": 2, "nom": "Gare"}]))
    rows = [{"id": number, "nom": f"Îlot {number}"} for number in range(1, 4)]
    with pytest.raises(UnusableDistricts, match="Îlot 3"):
        load(collection(tmp_path / "s.geojson", rows), kind=AreaKind.SUB_DISTRICT)
    assert not Area.objects.filter(kind=AreaKind.SUB_DISTRICT).exists()
