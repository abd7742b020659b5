"""A crew's phone: the list of the day, the three buttons, bad networks, bad photos, and what is not theirs."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from parvis.domains.interventions.models import Intervention, Photo
from parvis.domains.interventions.rules import State
from parvis.domains.interventions.services import start
from parvis.domains.interventions.tests.factories import make_crew, make_intervention, make_organisation, make_team
from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import NOW, make_agent, make_resident, sign_in
from parvis.foundations.organisations.models import Team
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db

TODAY = "/field/interventions/"


@pytest.fixture
def team() -> Team:
    return make_team(make_organisation())


@pytest.fixture
def crew(team: Team) -> User:
    return make_crew(team)


@pytest.fixture
def phone(client: Client, crew: User) -> Client:
    return sign_in(client, crew)


def page(intervention: Intervention) -> str:
    return f"{TODAY}{intervention.pk}"


def photo(size: int = 60) -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGB", (size, size), "navy").save(stream, "JPEG")
    return SimpleUploadedFile("photo.jpg", stream.getvalue(), "image/jpeg")


def press(phone: Client, intervention: Intervention, button: str, **more: Any) -> Any:
    """Reads the page, then sends the form of this button as the browser would."""
    body = phone.get(page(intervention)).content.decode()
    form = re.search(rf'<form[^>]+action="{page(intervention)}/{button}".*?</form>', body, re.DOTALL)
    assert form, f"no button {button!r}"
    nonce = re.search(r'name="nonce" value="([^"]+)"', form.group())
    assert nonce
    return phone.post(f"{page(intervention)}/{button}", {"nonce": nonce.group(1), **more}, follow=True)


def test_the_day_is_that_of_my_teams_in_the_order_to_do_it(phone: Client, team: Team) -> None:
    make_intervention(team=team, title="Loin", longitude=5.10)
    make_intervention(team=team, title="Près", longitude=5.041)
    make_intervention(team=team, title="Urgent", priority="urgent", longitude=5.04)
    make_intervention(team=make_team(team.organisation), title="Autre équipe")
    make_intervention(team.organisation, title="Pas affectée")
    body = phone.get(TODAY).content.decode()
    assert body.index("Urgent") < body.index("Près") < body.index("Loin")
    assert "Autre équipe" not in body
    assert "Pas affectée" not in body


def test_start_then_finish_with_a_photo(phone: Client, team: Team, crew: User) -> None:
    intervention = make_intervention(team=team)
    assert "intervention commencée" in press(phone, intervention, "start").content.decode()
    answer = press(phone, intervention, "finish", comment="Lampe changée", public_comment="Réparé.", photo=photo())
    assert answer.redirect_chain[-1][0] == TODAY
    intervention.refresh_from_db()
    assert (intervention.state, intervention.started_by, intervention.comment) == (State.DONE, crew, "Lampe changée")
    kept = Photo.objects.get()
    for variant in ("large", "small"):
        served = phone.get(f"{page(intervention)}/photos/{kept.pk}/{variant}")
        assert (served.status_code, served.headers["Content-Type"]) == (200, "image/jpeg")
    assert phone.get(f"{page(intervention)}/photos/{kept.pk}/other").status_code == 404
    assert intervention.number in phone.get(f"{TODAY}ended").content.decode()


def test_impossible_wants_a_reason(phone: Client, team: Team) -> None:
    intervention = make_intervention(team=team)
    answer = press(phone, intervention, "refuse", reason="  ")
    assert answer.status_code == 422
    assert "Dites pourquoi" in answer.content.decode()
    press(phone, intervention, "refuse", reason="Voiture garée dessus")
    intervention.refresh_from_db()
    assert (intervention.state, intervention.reason) == (State.REFUSED, "Voiture garée dessus")


def test_a_form_sent_twice_over_a_bad_network_counts_once_and_says_done_both_times(
    phone: Client, team: Team, crew: User
) -> None:
    intervention = make_intervention(team=team, started_by=crew)
    body = phone.get(page(intervention)).content.decode()
    nonce = re.search(r'name="nonce" value="([^"]+)"', body)
    assert nonce
    for _ in range(2):
        data = {"nonce": nonce.group(1), "comment": "fait", "photo": photo()}
        answer = phone.post(f"{page(intervention)}/finish", data, follow=True)
        assert "Intervention terminée" in answer.content.decode()
    assert Photo.objects.count() == 1
    assert intervention.events.filter(kind="finished").count() == 1


def test_a_colleague_was_first(phone: Client, team: Team) -> None:
    colleague = make_crew(team)
    intervention = make_intervention(team=team)
    body = phone.get(page(intervention)).content.decode()
    nonce = re.search(r'name="nonce" value="([^"]+)"', body)
    assert nonce
    start(intervention=intervention, by=colleague, now=NOW)
    answer = phone.post(f"{page(intervention)}/start", {"nonce": nonce.group(1)}, follow=True)
    assert f"déjà commencée, par {colleague.display_name}" in answer.content.decode()


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (lambda: SimpleUploadedFile("p.jpg", b"\xff\xd8" + b"x" * 30_000_000, "image/jpeg"), "trop lourde"),
        (lambda: SimpleUploadedFile("p.jpg", b"<script>alert(1)</script>", "image/jpeg"), "n’est pas une photo"),
        (lambda: SimpleUploadedFile("p.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"), "n’est pas une photo"),
        (lambda: SimpleUploadedFile("p.jpg", b"", "image/jpeg"), "vide"),
    ],
)
def test_a_bad_photo_is_refused_in_words_and_what_was_typed_is_kept(
    phone: Client, team: Team, crew: User, upload: Any, message: str
) -> None:
    intervention = make_intervention(team=team, started_by=crew)
    answer = press(phone, intervention, "finish", comment="Longue explication", photo=upload())
    assert answer.status_code == 422
    body = answer.content.decode()
    assert message in body
    assert "Longue explication" in body
    intervention.refresh_from_db()
    assert intervention.state == State.IN_PROGRESS


def test_what_a_crew_writes_is_escaped(phone: Client, team: Team, crew: User) -> None:
    intervention = make_intervention(team=team, started_by=crew)
    press(phone, intervention, "finish", comment="<script>alert(1)</script>")
    body = phone.get(page(intervention)).content.decode()
    assert "&lt;script&gt;alert(1)" in body
    assert "<script>alert" not in body


def test_the_work_of_another_team_does_not_exist_for_me(phone: Client, team: Team) -> None:
    others = [
        make_intervention(team=make_team(team.organisation)),
        make_intervention(team=make_team(make_organisation())),
    ]
    for other in others:
        assert phone.get(page(other)).status_code == 404
        for button in ("start", "finish", "refuse"):
            assert phone.post(f"{page(other)}/{button}", {"reason": "x"}).status_code == 404
        other.refresh_from_db()
        assert other.state == State.ASSIGNED


def test_a_member_who_left_or_lost_the_right_sees_nothing(client: Client, team: Team, crew: User) -> None:
    intervention = make_intervention(team=team)
    crew.teams.clear()
    assert sign_in(client, crew).get(page(intervention)).status_code == 404
    outsider = make_agent("interventions.perform", organisation=make_organisation())
    outsider.teams.add(team)  # of the team, with a right that holds elsewhere
    assert sign_in(client, outsider).get(page(intervention)).status_code == 404


@pytest.mark.parametrize("path", ["", "ended", "1"])
def test_strangers_and_agents_without_the_right_are_refused(client: Client, path: str) -> None:
    assert client.get(TODAY + path).status_code == 302
    assert sign_in(client, make_resident()).get(TODAY + path).status_code == 403
    assert sign_in(client, make_agent("interventions.view")).get(TODAY + path).status_code == 403


def test_a_team_works_for_an_organisation_its_own_depends_on(client: Client) -> None:
    """The metropolis is asked, its lighting service does the work: the crew's right is on the service alone."""
    metropolis = make_organisation()
    team = make_team(make_organisation(kind="service", parent=metropolis))
    intervention = make_intervention(metropolis, team=team)
    phone = sign_in(client, make_crew(team))
    press(phone, intervention, "start")
    intervention.refresh_from_db()
    assert intervention.state == State.IN_PROGRESS


def test_navigation_points_at_the_place_whatever_the_language(phone: Client, team: Team) -> None:
    intervention = make_intervention(team=team, longitude=5.0415, latitude=47.322)
    body = phone.get(page(intervention)).content.decode()
    assert 'href="geo:47.322,5.0415?q=47.322,5.0415"' in body
    assert 'capture="environment"' not in body  # not begun: no photo yet
    press(phone, intervention, "start")
    assert 'capture="environment"' in phone.get(page(intervention)).content.decode()


def test_the_list_of_the_day_costs_the_same_whatever_its_length(phone: Client, team: Team) -> None:
    make_intervention(team=team)
    phone.get(TODAY)
    with assert_num_queries(QUERIES):
        phone.get(TODAY)
    for _ in range(10):
        make_intervention(team=team)
    with assert_num_queries(QUERIES):
        phone.get(TODAY)


QUERIES = 6
"""Organisation, session, account, rights (2), list."""


def test_a_forged_post_without_token_is_refused(team: Team, crew: User) -> None:
    client = sign_in(Client(enforce_csrf_checks=True), crew)
    assert client.post(f"{page(make_intervention(team=team))}/start").status_code == 403
