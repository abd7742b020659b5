"""Organisations made from a territory and changed by their agents; every change is journaled."""

from datetime import UTC, datetime

import pytest

from parvis.foundations.audit.models import Entry
from parvis.foundations.organisations import services
from parvis.foundations.organisations.models import Competence, Kind, Organisation, OrganisationSetting
from parvis.foundations.organisations.rules import Subject, default_competences
from parvis.foundations.organisations.selectors import UnknownSetting, competent_for_area
from parvis.foundations.organisations.services import (
    HostTaken,
    WrongValue,
    change_domains,
    change_identity,
    change_settings,
    create_from_territory,
    create_organisation,
    create_team,
    delete_team,
    rename_team,
    set_competences,
)
from parvis.foundations.organisations.services.creation import NoTerritory
from parvis.foundations.organisations.services.identity import Identity
from parvis.foundations.organisations.services.settings import UnknownDomain
from parvis.foundations.organisations.services.teams import TeamNameTaken
from parvis.foundations.organisations.tests.factories import make_commune_organisation, make_metropolis, make_team
from parvis.foundations.territory.tests.factories import make_commune, make_epci
from parvis.kernel.contributions import Setting

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACTOR = "urn:ngsi-ld:Person:1"
pytestmark = pytest.mark.django_db


def journaled() -> list[tuple[str, str]]:
    return list(Entry.objects.order_by("id").values_list("action", "organisation"))


def test_nothing_without_a_territory() -> None:
    with pytest.raises(NoTerritory, match="parvis load territory"):
        create_from_territory(now=NOW)


def test_a_metropolis_and_its_communes() -> None:
    epci = make_epci(code="200000001", name="Dijon Métropole", legal_form="METRO")
    make_commune(parent=epci, code="99001", name="Saint-Apollinaire", siren="219900001")
    make_commune(parent=epci, code="99002", name="New")
    report = create_from_territory(now=NOW)
    assert (report.created, report.unchanged, report.competences) == (3, 0, 7 + 2 * 5)
    metropolis = Organisation.objects.main()
    assert metropolis is not None
    assert (metropolis.name, metropolis.slug, metropolis.area) == ("Dijon Métropole", "dijon-metropole", epci)
    commune = Organisation.objects.get(area__code="99001")
    assert (commune.kind, commune.slug, commune.siren, commune.parent) == (
        Kind.COMMUNE,
        "saint-apollinaire",
        "219900001",
        None,
    )
    assert Organisation.objects.get(area__code="99002").slug == "new-2"
    assert len({one.primary_colour for one in Organisation.objects.all()}) == 3
    assert competent_for_area(subject="roads", area_code="99001") == metropolis
    assert competent_for_area(subject="cleaning", area_code="99001") == commune
    assert competent_for_area(subject="cleaning", area_code="200000001") is None
    assert [action for action, _slug in journaled()] == ["organisation.created"] * 3


def test_a_second_time_keeps_the_city_s_choices() -> None:
    epci = make_epci()
    area = make_commune(parent=epci, code="99001", name="Ahuy")
    create_from_territory(now=NOW)
    commune = Organisation.objects.get(area=area)
    Organisation.objects.filter(pk=commune.pk).update(name="Ville d’Ahuy", primary_colour="#123456", slug="ville-ahuy")
    set_competences(area=area, choices={"roads": commune}, now=NOW, actor=ACTOR)
    report = create_from_territory(now=NOW)
    assert (report.created, report.unchanged, report.competences) == (0, 2, 0)
    commune.refresh_from_db()
    assert (commune.name, commune.primary_colour, commune.slug) == ("Ville d’Ahuy", "#123456", "ville-ahuy")
    assert competent_for_area(subject="roads", area_code="99001") == commune


@pytest.mark.parametrize("legal_form", ["METRO", "MET69", "CU", "CA", "CC", "EPT", "?"])
def test_the_law_names_someone_for_every_subject(legal_form: str) -> None:
    assert Subject.WASTE in default_competences(legal_form)
    make_epci(legal_form=legal_form)
    make_commune(code="99001")
    create_from_territory(now=NOW)
    assert all(competent_for_area(subject=subject, area_code="99001") for subject in Subject)


def test_a_service_takes_the_colour_of_what_it_depends_on() -> None:
    metropolis = make_metropolis()
    first = create_organisation(kind=Kind.SERVICE, name="Voirie", parent=metropolis, now=NOW, actor=ACTOR)
    second = create_organisation(kind=Kind.OPERATOR, name="Voirie", now=NOW, actor=ACTOR)
    assert (first.slug, second.slug) == ("voirie", "voirie-2")
    assert first.primary_colour == metropolis.primary_colour
    assert not first.has_portal


def test_competences_are_given_changed_and_left_to_the_area_around() -> None:
    metropolis = make_metropolis()
    commune = make_commune_organisation()
    area = commune.area
    assert area is not None
    assert set_competences(area=area, choices={"roads": commune, "water": None}, now=NOW, actor=ACTOR) == 1
    assert set_competences(area=area, choices={"roads": commune}, now=NOW, actor=ACTOR) == 0
    assert set_competences(area=area, choices={"roads": metropolis}, now=NOW, actor=ACTOR) == 1
    assert set_competences(area=area, choices={"roads": None}, now=NOW, actor=ACTOR) == 1
    assert not Competence.objects.exists()
    assert journaled() == [
        ("competence.changed", commune.slug),
        ("competence.changed", metropolis.slug),
        ("competence.changed", metropolis.slug),
    ]


def identity(organisation: Organisation, **changed: object) -> Identity:
    values = {name: getattr(organisation, name) for name in Identity.__dataclass_fields__}
    return Identity(**{**values, **changed})


def test_an_identity_is_changed_and_journaled_once() -> None:
    commune = make_commune_organisation()
    wanted = identity(commune, primary_colour="#e2001a", host="ahuy.example")
    assert change_identity(organisation=commune, identity=wanted, now=NOW, actor=ACTOR)
    assert not change_identity(organisation=commune, identity=wanted, now=NOW, actor=ACTOR)
    commune.refresh_from_db()
    assert (commune.primary_colour, commune.host) == ("#e2001a", "ahuy.example")
    assert journaled() == [("organisation.identity_changed", commune.slug)]


def test_two_portals_cannot_have_one_host() -> None:
    make_commune_organisation(host="ahuy.example")
    other = make_commune_organisation()
    with pytest.raises(HostTaken, match="autre portail"):
        change_identity(organisation=other, identity=identity(other, host="ahuy.example"), now=NOW, actor=ACTOR)
    assert journaled() == []


def test_domains_are_those_installed() -> None:
    commune = make_commune_organisation()
    assert change_domains(organisation=commune, domains=["requests"], now=NOW, actor=ACTOR)
    assert not change_domains(organisation=commune, domains=["requests"], now=NOW, actor=ACTOR)
    with pytest.raises(UnknownDomain):
        change_domains(organisation=commune, domains=["astrology"], now=NOW, actor=ACTOR)
    commune.refresh_from_db()
    assert commune.domains == ["requests"]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "tests.days": Setting(key="days", label="Jours", kind=int, default=30),
        "tests.open": Setting(key="open", label="Ouvert", kind=bool, default=True),
    }
    monkeypatch.setattr(services.settings, "declared_settings", lambda: settings)


@pytest.mark.usefixtures("declared")
def test_settings_are_kept_when_they_differ_from_the_default() -> None:
    metropolis = make_metropolis()
    change = {"organisation": metropolis, "now": NOW, "actor": ACTOR}
    assert change_settings(values={"tests.days": 7, "tests.open": True}, **change) == 1
    assert list(OrganisationSetting.objects.values_list("key", "value")) == [("tests.days", 7)]
    assert change_settings(values={"tests.days": 7}, **change) == 0
    assert change_settings(values={"tests.days": 30}, **change) == 1
    assert not OrganisationSetting.objects.exists()
    assert journaled() == [("organisation.setting_changed", metropolis.slug)] * 2


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param({"tests.days": True}, WrongValue, id="a yes is no number"),
        pytest.param({"tests.days": "7"}, WrongValue, id="text is no number"),
        pytest.param({"tests.open": 1}, WrongValue, id="a number is no yes"),
        pytest.param({"tests.none": 1}, UnknownSetting, id="nobody declares it"),
    ],
)
def test_a_wrong_setting_is_refused(values: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        change_settings(organisation=make_metropolis(), values=values, now=NOW, actor=ACTOR)
    assert not OrganisationSetting.objects.exists()


def test_teams() -> None:
    metropolis = make_metropolis()
    team = create_team(organisation=metropolis, name="Lumière", subjects=["water", "lighting"], now=NOW, actor=ACTOR)
    assert team.subjects == ["lighting", "water"]
    rename_team(team=team, name="Éclairage", subjects=[], now=NOW, actor=ACTOR)
    with pytest.raises(TeamNameTaken):
        create_team(organisation=metropolis, name="Éclairage", now=NOW, actor=ACTOR)
    other = make_team(make_commune_organisation(), name="Éclairage")
    delete_team(team=team, now=NOW, actor=ACTOR)
    assert list(type(other).objects.all()) == [other]
    assert [action.split(".")[1] for action, _slug in journaled()] == ["team_created", "team_changed", "team_deleted"]
