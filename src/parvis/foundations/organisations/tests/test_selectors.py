"""Who answers for what, where."""

import pytest
from django.test import override_settings

from parvis.foundations.organisations import selectors
from parvis.foundations.organisations.models import Kind, Organisation, OrganisationSetting
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.organisations.selectors import (
    UnknownSetting,
    competent_for_area,
    competent_organisation,
    portal_url,
    portals,
    with_services,
)
from parvis.foundations.organisations.tests.factories import (
    make_commune_organisation,
    make_competence,
    make_metropolis,
    make_service,
)
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.tests.factories import make_commune, make_district
from parvis.kernel.contributions import Setting
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db


def test_the_smallest_area_wins() -> None:
    metropolis = make_metropolis()
    area = make_commune(code="99001", rank=0)
    commune = make_commune_organisation(area=area)
    district = make_district(parent=area, code="99001-1")
    make_competence(metropolis, Subject.LIGHTING, metropolis.area)
    make_competence(commune, Subject.CLEANING, area)
    assert competent_organisation(subject="lighting", longitude=5.01, latitude=47.01) == metropolis
    assert competent_organisation(subject=Subject.CLEANING, longitude=5.01, latitude=47.01) == commune
    company = make_service(metropolis, kind=Kind.OPERATOR)
    make_competence(company, Subject.LIGHTING, district)
    assert competent_organisation(subject="lighting", longitude=5.01, latitude=47.01) == company
    assert competent_organisation(subject="lighting", longitude=5.09, latitude=47.09) == metropolis
    assert competent_for_area(subject="lighting", area_code="99001-1") == company
    assert competent_for_area(subject="lighting", area_code="99001") == metropolis
    assert competent_for_area(subject="cleaning", area_code="99001-1") == commune


@pytest.mark.parametrize(
    ("subject", "longitude"),
    [pytest.param("water", 5.01, id="nobody was named"), pytest.param("lighting", 2.0, id="outside")],
)
def test_nobody_answers(subject: str, longitude: float) -> None:
    metropolis = make_metropolis()
    make_commune(rank=0)
    make_competence(metropolis, Subject.LIGHTING, metropolis.area)
    assert competent_organisation(subject=subject, longitude=longitude, latitude=47.01) is None


def test_an_area_that_does_not_exist() -> None:
    assert competent_for_area(subject="lighting", area_code="none") is None


def test_finding_who_answers_is_one_query() -> None:
    metropolis = make_metropolis()
    make_commune(rank=0)
    make_competence(metropolis, Subject.LIGHTING, metropolis.area)
    with assert_num_queries(1):
        competent_organisation(subject="lighting", longitude=5.01, latitude=47.01)


def test_what_depends_on_an_organisation() -> None:
    metropolis = make_metropolis()
    direction = make_service(metropolis)
    unit = make_service(direction)
    other = make_commune_organisation()
    assert with_services(metropolis.pk) == {metropolis.pk, direction.pk, unit.pk}
    assert with_services(unit.pk) == {unit.pk}
    assert with_services(other.pk) == {other.pk}
    assert with_services(0) == frozenset()


def test_a_loop_in_what_depends_on_what_ends() -> None:
    first = make_service(make_metropolis())
    second = make_service(first)
    Organisation.objects.filter(pk=first.pk).update(parent=second)
    assert with_services(first.pk) == {first.pk, second.pk}


def test_portals_are_the_metropolis_and_the_communes_of_today() -> None:
    metropolis = make_metropolis()
    late = make_commune_organisation(name="Zuydcoote")
    early = make_commune_organisation(name="Ahuy")
    gone = make_commune_organisation(name="Partie")
    Area.objects.filter(pk=gone.area_id).update(parent=None)
    make_service(metropolis)
    assert list(portals()) == [metropolis, early, late]


@override_settings(PARVIS_SITE_URL="https://parvis.example")
def test_address_of_a_portal() -> None:
    metropolis = make_metropolis()
    commune = make_commune_organisation(slug="quetigny")
    named = make_commune_organisation(slug="talant", host="talant.example")
    assert portal_url(metropolis) == "https://parvis.example/"
    assert portal_url(make_service(metropolis), "/x") == "https://parvis.example/x"
    assert portal_url(commune, "/requests/new") == "https://parvis.example/c/quetigny/requests/new"
    assert portal_url(make_service(commune)) == "https://parvis.example/c/quetigny/"
    assert portal_url(named, "/x") == "https://talant.example/x"


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"tests.days": Setting(key="days", label="Jours", kind=int, default=30)}
    monkeypatch.setattr(selectors, "declared_settings", lambda: settings)


@pytest.mark.usefixtures("declared")
def test_a_setting_is_the_organisation_s_else_the_default() -> None:
    metropolis = make_metropolis()
    assert selectors.setting(metropolis, "tests.days") == 30
    OrganisationSetting.objects.create(organisation=metropolis, key="tests.days", value=7)
    assert selectors.setting(metropolis, "tests.days") == 7
    OrganisationSetting.objects.update(value="seven")
    assert selectors.setting(metropolis, "tests.days") == 30


@pytest.mark.usefixtures("declared")
def test_a_setting_nobody_declares() -> None:
    with pytest.raises(UnknownSetting):
        selectors.setting(make_metropolis(), "tests.weeks")


def test_the_main_organisation() -> None:
    assert Organisation.objects.main() is None
    make_commune_organisation()
    metropolis = make_metropolis()
    assert Organisation.objects.main() == metropolis
    assert Area.objects.filter(kind=AreaKind.EPCI).count() == 1
