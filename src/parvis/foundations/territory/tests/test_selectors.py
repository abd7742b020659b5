"""Which areas hold a point; what is told of the territory."""

import threading

import pytest
from django.db import connection, transaction

from parvis.foundations.territory import index, selectors
from parvis.foundations.territory.models import Area, AreaKind, Revision
from parvis.foundations.territory.tests.factories import make_commune, make_district, make_epci
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db


def codes(longitude: float, latitude: float) -> list[str]:
    return [area.code for area in selectors.areas_at(longitude, latitude)]


def test_nothing_before_a_territory_is_loaded() -> None:
    assert selectors.territory() is None
    assert selectors.bounds() is None
    assert selectors.areas_at(5.05, 47.05) == ()
    assert selectors.commune_at(5.05, 47.05) is None
    assert selectors.outlines() == {"type": "FeatureCollection", "features": []}
    assert selectors.attribution() == ""


def test_smallest_area_first_and_the_epci_last() -> None:
    commune = make_commune(parent=make_epci(code="200000001"), code="99001", rank=0)
    make_district(parent=commune, code="99001-1")
    assert codes(5.01, 47.01) == ["99001-1", "99001", "200000001"]
    assert codes(5.09, 47.09) == ["99001", "200000001"]
    found = selectors.commune_at(5.01, 47.01)
    assert found is not None
    assert (found.id, found.kind, found.code, found.name) == (commune.pk, AreaKind.COMMUNE, "99001", commune.name)


@pytest.mark.parametrize(
    ("longitude", "latitude", "expected"),
    [
        pytest.param(5.1, 47.05, ["99001", "200000001"], id="a border belongs to the lower code"),
        pytest.param(5.2, 47.05, ["99002", "200000001"], id="and so the next"),
        pytest.param(5.0, 47.0, ["99001", "200000001"], id="the corner of the territory is inside"),
        pytest.param(4.9999, 47.05, [], id="just outside"),
        pytest.param(5.5, 47.5, [], id="inside the bounds of the EPCI, in no commune"),
        pytest.param(float("nan"), 47.05, [], id="no number"),
        pytest.param(500.0, 470.0, [], id="no degrees"),
    ],
)
def test_borders_and_outside(longitude: float, latitude: float, expected: list[str]) -> None:
    epci = make_epci(code="200000001")
    for rank, code in enumerate(["99001", "99002", "99003"]):
        make_commune(parent=epci, code=code, rank=rank)
    assert codes(longitude, latitude) == expected
    many = selectors.communes_at([longitude, 5.05], [latitude, 47.05])
    assert [found and found.code for found in many] == [expected[0] if expected else None, "99001"]


def test_a_district_that_overflows_into_the_neighbour_is_not_the_neighbour_s() -> None:
    epci = make_epci(code="200000001")
    make_commune(parent=epci, code="99001", rank=0)
    second = make_commune(parent=epci, code="99002", rank=1)
    make_district(parent=second, code="99002-1", geometry=make_commune(parent=epci, code="99003", rank=2).geometry)
    Area.objects.filter(code="99002-1").update(geometry=Area.objects.get(code="99001").geometry)
    assert codes(5.05, 47.05) == ["99001", "200000001"]


def test_every_write_is_seen_even_below_the_orm() -> None:
    commune = make_commune(code="99001", rank=0)
    assert codes(5.05, 47.05)[0] == "99001"
    Area.objects.filter(pk=commune.pk).update(code="99009")
    assert codes(5.05, 47.05)[0] == "99009"
    Area.objects.filter(pk=commune.pk).update(parent=None)
    assert codes(5.05, 47.05) == []


def test_a_rolled_back_area_is_forgotten() -> None:
    epci = make_epci()
    before = selectors.revision()
    try:
        with transaction.atomic():
            make_commune(parent=epci, rank=0)
            assert len(codes(5.05, 47.05)) == 2
            raise InterruptedError
    except InterruptedError:
        pass
    assert codes(5.05, 47.05) == []
    assert selectors.revision() == before


def test_the_database_is_asked_once_a_second_and_below_what_pages_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "CHECK_EVERY_S", 1.0)
    commune = make_commune(code="99001", rank=0)
    with assert_num_queries(0):
        assert codes(5.05, 47.05)[0] == "99001"
    Area.objects.filter(pk=commune.pk).update(code="99009")
    assert codes(5.05, 47.05)[0] == "99001"
    index.current.forget()
    assert codes(5.05, 47.05)[0] == "99009"


def test_one_row_holds_the_stamp() -> None:
    make_epci()
    assert Revision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_threads_wait_for_the_first_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "current", index.CurrentIndex())
    make_commune(code="99001", rank=0)
    seen: list[list[str]] = []

    def ask() -> None:
        seen.append(codes(5.05, 47.05)[:1])
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["99001"]] * 8


def test_outlines_leave_out_what_left_and_what_has_no_outline() -> None:
    epci = make_epci()
    make_commune(parent=epci, code="99001", name="Bray", rank=0)
    make_commune(parent=epci, code="99002", name="Ain", rank=1)
    make_commune(parent=epci, code="99003", geometry=None, west=None, south=None, east=None, north=None)
    left = make_commune(parent=epci, code="99004", rank=3)
    Area.objects.filter(pk=left.pk).update(parent=None)
    assert [feature["id"] for feature in selectors.outlines()["features"]] == ["99002", "99001"]
    assert [area.code for area in selectors.communes()] == ["99002", "99001", "99003"]
    assert selectors.bounds() == (5.0, 47.0, 6.0, 48.0)
