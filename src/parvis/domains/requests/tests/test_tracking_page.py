"""Following a request without an account, and from one's account."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parvis.capabilities.files.models import StoredFile
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Attention
from parvis.domains.requests.services import correspondence, triage
from parvis.domains.requests.tests.factories import City, category, code_of, later, make_city, make_request, photo
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Any) -> City:
    settings.PARVIS_HOME = tmp_path
    return make_city()


def tracked(client: Client, service_request: Request) -> Any:
    return client.get(reverse("portal:requests:tracked", args=[code_of(service_request)]))


def test_the_code_opens_the_page_however_it_is_typed(client: Client) -> None:
    made = make_request()
    code = code_of(made)
    for typed in (code, code.lower(), f"{code[:5]} - {code[5:]}"):
        response = client.post(reverse("portal:requests:track"), {"code": typed})
        assert (response.status_code, response["Location"]) == (302, reverse("portal:requests:tracked", args=[code]))


def test_every_wrong_code_has_the_same_answer(client: Client) -> None:
    """Well-formed, malformed, renewed, erased: nothing tells one from the other."""
    renewed, erased = make_request(), make_request()
    old = code_of(renewed)
    correspondence.renew_code(request_id=renewed.pk, by=make_agent(), now=later())
    gone = code_of(erased)
    Request.objects.filter(pk=erased.pk).update(code_fingerprint=None)
    pages = set()
    for code in ("0000000000", "xyz", old, gone, "S-2026-000001"):
        response = client.get(reverse("portal:requests:tracked", args=[code]))
        assert response.status_code == 404
        page = re.sub(r'(csrfmiddlewaretoken" value|name="code" value)="[^"]*"', "", response.content.decode())
        pages.add(re.sub(r"/requests/t/[^\"]*", "", page).replace(code, ""))
        assert client.post(reverse("portal:requests:track"), {"code": code}).status_code == 404
    assert len(pages) == 1


def test_guessing_is_slowed_down_for_right_and_wrong_codes_alike(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.domains.requests.views.portal.track.LOOKUPS", (3, 600))
    made = make_request()
    assert [client.get(reverse("portal:requests:tracked", args=["0000000000"])).status_code for _ in range(3)] == [
        404
    ] * 3
    assert client.get(reverse("portal:requests:tracked", args=["0000000000"])).status_code == 429
    assert tracked(client, made).status_code == 429
    assert client.get(reverse("portal:requests:photo", args=["0000000000", 1, "small"])).status_code == 429
    assert client.post(reverse("portal:requests:add", args=["0000000000"]), {"text": "x"}).status_code == 429


def test_the_page_is_not_kept_nor_indexed_nor_told_to_the_next_site(client: Client) -> None:
    response = tracked(client, make_request())
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_it_shows_public_steps_only_and_no_agent_name(client: Client) -> None:
    made = make_request(contact_email="odile@exemple.fr", contact_phone="0380000000", contact_name="Odile Exemple")
    agent = make_agent(display_name="Gaston Caché")
    triage.accept(request_id=made.pk, version=None, message="On s’en occupe.", by=agent, now=later(1))
    correspondence.note(request_id=made.pk, text="Voisin procédurier", by=agent, now=later(2))
    correspondence.answer(
        request_id=made.pk, version=None, text="Merci de votre <b>patience</b>.", by=agent, now=later(3)
    )
    html = tracked(client, made).content.decode()
    assert "On s’en occupe." in html
    assert "&lt;b&gt;patience&lt;/b&gt;" in html
    for hidden in ("procédurier", "Gaston", "odile@exemple.fr", "0380000000", "Odile"):
        assert hidden not in html, hidden


def test_somebody_may_add_words_and_a_photo(client: Client) -> None:
    made = make_request()
    response = client.post(
        reverse("portal:requests:add", args=[code_of(made)]), {"text": "Deux lampadaires.\x07", "photo": photo()}
    )
    assert response.status_code == 302
    made.refresh_from_db()
    assert made.attention == Attention.ADDITION
    assert StoredFile.objects.filter(owner_urn=made.urn).count() == 1
    html = tracked(client, made).content.decode()
    assert "Deux lampadaires." in html
    assert "Photo 1 du signalement" in html


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"text": ""}, "Écrivez une précision ou ajoutez une photo."),
        ({"text": "x" * 4001}, "4 000 caractères"),
        ({"text": "a\x00"}, "nul"),
        ({"text": "gardé", "photo": SimpleUploadedFile("a.jpg", b"no photo", "image/jpeg")}, "JPEG, PNG ou WebP"),
    ],
)
def test_an_addition_is_refused_in_words(client: Client, sent: dict[str, Any], message: str) -> None:
    made = make_request()
    response = client.post(reverse("portal:requests:add", args=[code_of(made)]), sent)
    assert response.status_code in {400, 422}
    assert message in response.content.decode()
    if sent["text"] == "gardé":
        assert "gardé</textarea>" in response.content.decode()
    assert made.steps.count() == 1


def test_photos_are_only_for_their_own_code(client: Client) -> None:
    mine, other = make_request(), make_request()
    client.post(reverse("portal:requests:add", args=[code_of(other)]), {"text": "", "photo": photo()})
    kept = StoredFile.objects.get()
    assert client.get(reverse("portal:requests:photo", args=[code_of(other), kept.pk, "small"])).status_code == 200
    for code, variant in (
        (code_of(mine), "small"),
        ("0000000000", "small"),
        (code_of(other), "../../secret-key"),
        (code_of(other), "raw"),
    ):
        assert client.get(f"/requests/t/{code}/photo/{kept.pk}/{variant}").status_code == 404


def test_who_is_competent_and_the_stage_are_said(client: Client) -> None:
    made = make_request(category=category("litter"))
    html = tracked(client, made).content.decode()
    assert "Ville d’Aubépine : propreté à Aubépine" in html
    assert re.search(r'aria-current="step"[^>]*>Reçu', html)


def test_a_signed_in_resident_finds_theirs_and_only_theirs(client: Client) -> None:
    rose, other = make_resident(), make_resident()
    mine, theirs = make_request(reporter=rose), make_request(reporter=other)
    sign_in(client, rose)
    html = client.get(reverse("portal:requests:mine")).content.decode()
    assert mine.number in html
    assert theirs.number not in html
    assert reverse("portal:requests:tracked", args=[code_of(mine)]) in html


def test_mine_asks_to_sign_in(client: Client) -> None:
    response = client.get(reverse("portal:requests:mine"))
    assert response.status_code == 302
    assert reverse("portal:identity:sign_in") in response["Location"]


def test_queries_of_the_list_do_not_grow(client: Client) -> None:
    rose = make_resident()
    sign_in(client, rose)
    counts = []
    for _ in range(2):
        make_request(reporter=rose)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("portal:requests:mine"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_tracking_page_makes_few_queries(client: Client) -> None:
    made = make_request()
    tracked(client, made)
    # Portal, rate, request, communes, steps, photos.
    with assert_num_queries(6):
        tracked(client, made)
