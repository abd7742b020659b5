"""Pages of agents about organisations."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from parvis.foundations.audit.models import Entry
from parvis.foundations.organisations.models import Competence, Kind, Organisation, OrganisationSetting, Team
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.organisations.selectors import declared_settings
from parvis.foundations.organisations.tests.factories import (
    make_commune_organisation,
    make_competence,
    make_metropolis,
    make_service,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def metropolis() -> Organisation:
    return make_metropolis()


def signed_in(*permissions: str, organisation: Organisation | None = None) -> Client:
    # By name: this package may not import identity, which is above it.
    from importlib import import_module

    factories = import_module("parvis.foundations.identity.tests.factories")
    client = Client()
    factories.sign_in(client, factories.make_agent(*permissions, organisation=organisation))
    return client


@pytest.fixture
def manager(metropolis: Organisation) -> Client:
    return signed_in("organisations.view", "organisations.manage")


def url(name: str, *arguments: object) -> str:
    return reverse(f"backoffice:organisations:{name}", args=arguments)


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_is_filtered_and_its_queries_do_not_grow(manager: Client, metropolis: Organisation) -> None:
    make_commune_organisation(name="Ahuy")
    before = queries(manager, url("list"))
    for number in range(5):
        make_team(make_service(metropolis, name=f"Direction {number}"))
    assert queries(manager, url("list")) == before
    page = manager.get(url("list"), {"kind": "service", "q": "direction"}).content.decode()
    assert "Direction 4" in page
    assert "Ahuy" not in page
    assert "Aucune organisation" in manager.get(url("list"), {"q": "zzz"}).content.decode()


def test_who_may_only_look_is_offered_nothing_else(metropolis: Organisation) -> None:
    client = signed_in("organisations.view")
    for address in (url("list"), url("organisation", metropolis.slug), url("competences")):
        page = client.get(address)
        assert page.status_code == 200
        assert url("identity", metropolis.slug) not in page.content.decode()
        assert url("new") not in page.content.decode()
    assert client.get(url("identity", metropolis.slug)).status_code == 403


@pytest.mark.parametrize("page", ["identity", "domains", "settings", "new_team"])
def test_a_commune_s_agent_changes_their_commune_only(metropolis: Organisation, page: str) -> None:
    own, other = make_commune_organisation(), make_commune_organisation()
    client = signed_in("organisations.view", "organisations.manage", organisation=own)
    assert client.get(url(page, own.slug)).status_code == 200
    assert client.get(url(page, make_service(own).slug)).status_code == 200
    for forbidden in (other, metropolis):
        assert client.get(url(page, forbidden.slug)).status_code == 403
        assert client.post(url(page, forbidden.slug), {"name": "x"}).status_code == 403
    assert not Entry.objects.filter(action__startswith="organisation.").exists()


def test_competences_are_the_metropolis_s_to_change(metropolis: Organisation) -> None:
    own = make_commune_organisation()
    assert own.area is not None
    client = signed_in("organisations.view", "organisations.manage", organisation=own)
    assert client.get(url("area_competences", own.area.code)).status_code == 403


IDENTITY = {
    "name": "Ville d’Ahuy",
    "short_name": "Ahuy",
    "primary_colour": "#E2001A",
    "email": "",
    "phone": "",
    "host": "",
}


def svg(inside: str = "") -> SimpleUploadedFile:
    content = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0H9"/>{inside}</svg>'
    return SimpleUploadedFile("logo.svg", content.encode(), "image/svg+xml")


@pytest.fixture(autouse=True)
def ours(settings: Any) -> None:
    """The names that the operator of the machine has it answer for."""
    settings.ALLOWED_HOSTS = ["testserver", "ahuy.example", "pris.example", "metropole.example"]
    settings.PARVIS_SITE_URL = "https://metropole.example"


def test_an_identity_is_saved(manager: Client) -> None:
    commune = make_commune_organisation(slug="ahuy")
    response = manager.post(url("identity", "ahuy"), {**IDENTITY, "host": " Ahuy.Example ", "logo": svg("<script/>")})
    assert response.status_code == 302
    commune.refresh_from_db()
    assert (commune.name, commune.primary_colour, commune.host) == ("Ville d’Ahuy", "#e2001a", "ahuy.example")
    assert "<path" in commune.logo_svg
    assert "script" not in commune.logo_svg
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {"organisation.identity_changed", "organisation.logo_changed"} <= actions
    manager.post(url("identity", "ahuy"), {**IDENTITY, "remove_logo": "on"})
    commune.refresh_from_db()
    assert commune.logo_svg == ""


def test_a_png_logo_is_accepted(manager: Client) -> None:
    commune = make_commune_organisation(slug="ahuy")
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(stream, "PNG")
    manager.post(
        url("identity", "ahuy"), {**IDENTITY, "logo": SimpleUploadedFile("l.png", stream.getvalue(), "image/png")}
    )
    commune.refresh_from_db()
    assert "data:image/png;base64," in commune.logo_svg


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"primary_colour": "rouge"}, "six chiffres", id="no colour"),
        pytest.param({"name": ""}, "obligatoire", id="no name"),
        pytest.param({"host": "pris.example"}, "nom de domaine", id="a host that is taken"),
        pytest.param(
            {"host": "evil.example"},
            "pas encore confié",
            id="a host that is not ours: it would get the links of e-mails",
        ),
        pytest.param({"host": "metropole.example"}, "pas encore confié", id="the platform's own host"),
        pytest.param({"logo": SimpleUploadedFile("l.svg", b"<html/>")}, "500", id="no logo"),
    ],
)
def test_a_wrong_identity_is_refused_in_words_and_saves_nothing(
    manager: Client, change: dict[str, object], said: str
) -> None:
    make_commune_organisation(host="pris.example")
    commune = make_commune_organisation(slug="ahuy", name="Ahuy")
    response = manager.post(url("identity", "ahuy"), {**IDENTITY, **change})
    assert response.status_code == 422
    assert said in response.content.decode()
    commune.refresh_from_db()
    assert (commune.name, commune.primary_colour, commune.host) == ("Ahuy", "#823642", None)


def test_the_effect_of_a_colour_is_shown_without_saving(manager: Client) -> None:
    make_commune_organisation(slug="ahuy")
    page = manager.post(url("identity", "ahuy"), {**IDENTITY, "primary_colour": "#ffd400", "preview": "1"})
    assert page.status_code == 200
    assert "#7d6700" in page.content.decode()
    assert Organisation.objects.get(slug="ahuy").primary_colour == "#823642"
    fragment = manager.get(url("verdict"), {"colour": "#17455c"}).content.decode()
    assert "telle quelle" in fragment
    assert "<html" not in fragment
    assert manager.get(url("verdict"), {"colour": "red;}"}).status_code == 404


def test_an_operator_is_created(manager: Client, metropolis: Organisation) -> None:
    response = manager.post(url("new"), {"kind": "operator", "name": "Lumières de la Côte"})
    created = Organisation.objects.get(kind=Kind.OPERATOR)
    assert response["Location"] == url("organisation", created.slug)
    assert manager.get(response["Location"]).status_code == 200
    refused = manager.post(url("new"), {"kind": "service", "name": "Voirie"})
    assert refused.status_code == 422
    assert "dépend toujours" in refused.content.decode()


def test_one_cannot_create_under_another_s_organisation(metropolis: Organisation) -> None:
    own = make_commune_organisation()
    client = signed_in("organisations.manage", organisation=own)
    wanted = {"kind": "service", "name": "Voirie", "parent": metropolis.pk}
    assert client.post(url("new"), wanted).status_code == 422
    assert client.post(url("new"), wanted | {"parent": own.pk}).status_code == 302
    assert Organisation.objects.get(name="Voirie").parent == own


def test_domains_are_switched(manager: Client, metropolis: Organisation) -> None:
    page = manager.get(url("domains", metropolis.slug)).content.decode()
    assert "Signalements" in page
    assert manager.post(url("domains", metropolis.slug), {"domains": ["requests"]}).status_code == 302
    metropolis.refresh_from_db()
    assert metropolis.domains == ["requests"]
    assert manager.post(url("domains", metropolis.slug), {"domains": ["astrology"]}).status_code == 422
    assert manager.post(url("domains", metropolis.slug), {}).status_code == 302
    metropolis.refresh_from_db()
    assert metropolis.domains == []


def test_settings_are_those_declared(manager: Client, metropolis: Organisation) -> None:
    form = manager.get(url("settings", metropolis.slug)).context["form"]
    assert set(form.fields) == set(declared_settings())
    values = {key: value for key, value in form.initial.items() if value is not False}
    assert manager.post(url("settings", metropolis.slug), values).status_code == 302
    assert not OrganisationSetting.objects.exists()
    number = next(key for key, declared in declared_settings().items() if declared.kind is int)
    assert manager.post(url("settings", metropolis.slug), values | {number: "beaucoup"}).status_code == 422
    assert manager.post(url("settings", metropolis.slug), values | {number: "41"}).status_code == 302
    assert list(OrganisationSetting.objects.values_list("key", "value")) == [(number, 41)]


def test_teams_are_made_changed_and_removed(manager: Client, metropolis: Organisation) -> None:
    manager.post(url("new_team", metropolis.slug), {"name": "Lumière", "subjects": ["lighting"]})
    team = Team.objects.get()
    refused = manager.post(url("new_team", metropolis.slug), {"name": "Lumière"})
    assert refused.status_code == 422
    manager.post(url("team", metropolis.slug, team.pk), {"name": "Éclairage", "subjects": ["lighting", "signals"]})
    team.refresh_from_db()
    assert (team.name, team.subjects) == ("Éclairage", ["lighting", "signals"])
    assert manager.get(url("delete_team", metropolis.slug, team.pk)).status_code == 405
    manager.post(url("delete_team", metropolis.slug, team.pk))
    assert not Team.objects.exists()


def test_a_team_is_only_found_under_its_organisation(manager: Client, metropolis: Organisation) -> None:
    team = make_team(make_commune_organisation())
    assert manager.get(url("team", metropolis.slug, team.pk)).status_code == 404


def test_the_table_of_competences(manager: Client, metropolis: Organisation) -> None:
    commune = make_commune_organisation(short_name="Ahuy")
    assert metropolis.area is not None
    assert commune.area is not None
    make_competence(metropolis, Subject.ROADS, metropolis.area)
    make_competence(commune, Subject.CLEANING, commune.area)
    rows = {
        row.area.code: {cell.subject: cell for cell in row.cells}
        for row in manager.get(url("competences")).context["rows"]
    }
    own, around = rows[commune.area.code], rows[metropolis.area.code]
    assert (own[Subject.ROADS].organisation, own[Subject.ROADS].own) == (metropolis, False)
    assert (own[Subject.CLEANING].organisation, own[Subject.CLEANING].own) == (commune, True)
    assert (around[Subject.ROADS].organisation, around[Subject.ROADS].own) == (metropolis, True)
    assert around[Subject.CLEANING].organisation is None
    before = queries(manager, url("competences"))
    for _number in range(4):
        make_commune_organisation()
    assert queries(manager, url("competences")) == before


def test_competences_of_an_area_are_changed(manager: Client, metropolis: Organisation) -> None:
    commune = make_commune_organisation(name="Ahuy")
    assert metropolis.area is not None
    assert commune.area is not None
    make_competence(metropolis, Subject.ROADS, metropolis.area)
    address = url("area_competences", commune.area.code)
    page = manager.get(address).content.decode()
    assert f"Comme autour : {metropolis.name}" in page
    assert manager.post(address, {"roads": str(commune.pk)}).status_code == 302
    assert Competence.objects.get(area=commune.area).organisation == commune
    assert manager.post(address, {"roads": "0"}).status_code == 422
    manager.post(address, {})
    assert not Competence.objects.filter(area=commune.area).exists()
    assert Entry.objects.filter(action="competence.changed").count() == 2


def test_an_unknown_organisation_and_an_unknown_area(manager: Client) -> None:
    assert manager.get(url("organisation", "nulle-part")).status_code == 404
    assert manager.get(url("area_competences", "00000")).status_code == 404


def test_the_page_of_an_area_tells_who_answers(metropolis: Organisation) -> None:
    commune = make_commune_organisation(name="Ville d’Ahuy")
    assert metropolis.area is not None
    assert commune.area is not None
    make_competence(metropolis, Subject.ROADS, metropolis.area)
    make_competence(commune, Subject.CLEANING, commune.area)
    address = reverse("backoffice:territory:area", args=[commune.area.code])
    page = signed_in("territory.view", "organisations.view").get(address).content.decode()
    assert "Qui répond de quoi" in page
    assert "<dt>Propreté</dt><dd>Ville d’Ahuy</dd>" in page
    assert f"<dt>Voirie</dt><dd>{metropolis.name}</dd>" in page
    assert "Qui répond de quoi" not in signed_in("territory.view").get(address).content.decode()


def test_a_search_that_no_text_can_hold_finds_what_is_left_of_it(manager: Client) -> None:
    make_commune_organisation(name="Ahuy")
    assert "Ahuy" in manager.get(url("list") + "?q=ah%00uy").content.decode()
