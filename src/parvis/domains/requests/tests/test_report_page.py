"""The report form: complete without JavaScript, losing nothing, taken in by nothing."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from parvis.capabilities.files.models import StoredFile
from parvis.domains.requests.forms.report import new_submission
from parvis.domains.requests.models import Request
from parvis.domains.requests.tests.factories import IN_A, IN_B, OUTSIDE, City, code_of, make_city, make_request, photo
from parvis.domains.requests.views.portal import guard
from parvis.foundations.identity.tests.factories import make_resident, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Any) -> City:
    settings.PARVIS_HOME = tmp_path
    return make_city()


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "submission": new_submission(),
        "category": "street-light",
        "longitude": str(IN_A[0]),
        "latitude": str(IN_A[1]),
        "address": "",
        "area_code": "",
        "description": "Lampadaire éteint.",
        **changes,
    }


def send(client: Client, **changes: Any) -> Any:
    return client.post(reverse("portal:requests:new"), filled(**changes))


def held_of(response: Any) -> str:
    match = re.search(r'name="held" value="([^"]+)"', response.content.decode())
    assert match
    return match[1]


def test_the_page_has_all_it_needs(client: Client) -> None:
    html = client.get(reverse("portal:requests:new")).content.decode()
    for name in (
        "submission",
        "photo",
        "category",
        "longitude",
        "latitude",
        "address",
        "area_code",
        "description",
        "contact_email",
    ):
        assert f'name="{name}"' in html, name
    assert html.count("<h1") == 1
    assert "Aubépine" in html
    assert "365 jours" in html
    assert "Nature et eau" in html


def test_a_report_needs_no_account_and_says_who_acts(client: Client) -> None:
    response = send(client)
    assert response.status_code == 302
    made = Request.objects.get()
    page = client.get(response["Location"])
    html = page.content.decode()
    code = code_of(made)
    assert f"{code[:5]}-{code[5:]}" in html
    assert made.number in html
    assert "Parvis Métropole : éclairage public à Aubépine" in html
    assert page["Cache-Control"].startswith("max-age=0") or "no-store" in page["Cache-Control"]


def test_the_code_is_shown_for_an_hour_only(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    location = send(client)["Location"]
    monkeypatch.setattr("parvis.domains.requests.views.portal.report.RECEIPT_S", -1)
    response = client.get(location)
    assert (response.status_code, response["Location"]) == (302, reverse("portal:requests:track"))


def test_a_forged_receipt_shows_nothing(client: Client) -> None:
    send(client)
    response = client.get(reverse("portal:requests:received", args=["MQ:1abcde:forged"]))
    assert response.status_code == 302


def test_sending_twice_makes_one_request_and_shows_its_code_both_times(client: Client) -> None:
    data = filled()
    first = client.post(reverse("portal:requests:new"), data)
    second = client.post(reverse("portal:requests:new"), data)
    assert Request.objects.count() == 1
    made = Request.objects.get()
    for response in (first, second):
        assert code_of(made)[:5] in client.get(response["Location"]).content.decode()


def test_nobody_can_send_under_the_name_of_anothers_form(client: Client) -> None:
    """A chosen name would let its chooser see the code of who sends it."""
    known = make_request()
    send(client, submission=known.submission.hex)
    send(client, submission=f"{known.submission.hex}:forged")
    assert Request.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"category": ""}, "Choisissez ce que vous signalez."),
        ({"category": "teleporter"}, "Cette catégorie n’est plus proposée. Choisissez-en une autre."),
        ({"description": ""}, "Décrivez le problème en quelques mots, ou ajoutez une photo."),
        (
            {"description": "x" * 4001},
            "La description ne peut pas dépasser 4 000 caractères : raccourcissez-la un peu.",
        ),
        ({"description": "a\x00b"}, "caractère invisible interdit"),
        ({"longitude": "", "latitude": "", "address": ""}, "Indiquez où est le problème"),
        ({"longitude": "", "latitude": "", "address": "Devant la gare"}, "Choisissez la commune de cette adresse."),
        ({"longitude": "", "latitude": "", "address": "x", "area_code": "75056"}, "75056"),
        ({"longitude": "NaN", "latitude": "NaN"}, "Coordonnées illisibles"),
        ({"longitude": "inf", "latitude": "1"}, "Coordonnées illisibles"),
        ({"longitude": "abc", "latitude": "1"}, "Coordonnées illisibles"),
        ({"longitude": "500", "latitude": "1"}, "n’est pas sur la Terre"),
        ({"longitude": str(OUTSIDE[0]), "latitude": str(OUTSIDE[1])}, "notre commune la plus proche"),
        ({"contact_email": "moi@exemple.fr\r\nBcc: tous@exemple.fr"}, "Cette adresse électronique n’est pas complète"),
        ({"contact_email": "pas une adresse"}, "Cette adresse électronique n’est pas complète"),
        ({"contact_phone": "12"}, "Ce numéro de téléphone est incomplet"),
        ({"contact_phone": "0380 javascript:1 00000"}, "Ce numéro de téléphone est incomplet"),
        ({"website": "https://spam.example"}, "il ne sert qu’à arrêter les robots"),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(
    client: Client, changes: dict[str, str], message: str
) -> None:
    typed = {"address": "12 rue des Tilleuls", "contact_name": "Odile Exemple", **changes}
    response = send(client, **typed)
    html = response.content.decode()
    assert response.status_code == 422
    assert escape(message) in html or message in html
    assert Request.objects.count() == 0
    assert 'value="Odile Exemple"' in html
    if "description" not in changes:
        assert "Lampadaire éteint." in html
    if "address" not in changes:
        assert 'value="12 rue des Tilleuls"' in html


def test_a_decimal_comma_is_understood(client: Client) -> None:
    send(client, longitude="5,05", latitude="47,05")
    assert Request.objects.get().longitude == 5.05


def test_without_a_point_the_address_and_commune_do(client: Client) -> None:
    response = send(client, longitude="", latitude="", address="Devant la gare", area_code="99002")
    assert response.status_code == 302
    assert Request.objects.get().area_code == "99002"


def test_hostile_text_is_text(client: Client) -> None:
    hostile = '<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7|add:7 }} "><svg>'
    html = send(client, category="", description=hostile, address=hostile, contact_name=hostile).content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html
    send(client, description=hostile, address=hostile)
    made = Request.objects.get()
    assert made.description == hostile, "kept as typed, escaped where shown"
    html = client.get(reverse("portal:requests:tracked", args=[code_of(made)])).content.decode()
    assert "<script>alert(1)" not in html
    assert "{{ 7|add:7 }}" in html


def test_the_portal_of_a_commune_is_remembered(client: Client) -> None:
    page = client.get("/c/bruyere/requests/new").content.decode()
    assert re.search(r'<option value="99002" selected>', page)
    response = client.post("/c/bruyere/requests/new", filled())
    assert response["Location"].startswith("/c/bruyere/")
    made = Request.objects.get()
    assert made.portal is not None
    assert made.portal.slug == "bruyere"


def test_an_account_keeps_its_reports(client: Client) -> None:
    resident = make_resident(display_name="Rose Exemple")
    sign_in(client, resident)
    page = client.get(reverse("portal:requests:new")).content.decode()
    assert resident.email in page
    send(client)
    assert Request.objects.get().reporter == resident


def test_csrf_is_asked() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("portal:requests:new"), filled()).status_code == 403
    assert client.post(reverse("portal:requests:hold_photo"), {"photo": photo()}).status_code == 403
    assert Request.objects.count() == 0


# --- Photos ---------------------------------------------------------------------------------------------------


def test_a_photo_goes_with_the_report_without_its_metadata(client: Client) -> None:
    send(client, photo=photo(place=IN_A), description="")
    made = Request.objects.get()
    kept = StoredFile.objects.get(owner_urn=made.urn)
    response = client.get(reverse("portal:requests:photo", args=[code_of(made), kept.pk, "large"]))
    assert response["Content-Type"] == "image/jpeg"
    assert b"Exif" not in response.content


def test_a_photo_survives_a_mistake_elsewhere(client: Client) -> None:
    refused = send(client, photo=photo(), category="")
    assert refused.status_code == 422
    assert "Photo gardée" in refused.content.decode()
    token = held_of(refused)
    still = send(client, held=token, description="", category="")
    assert held_of(still) == token
    assert send(client, held=token).status_code == 302
    assert StoredFile.objects.filter(owner_urn=Request.objects.get().urn).count() == 1


def test_a_kept_photo_can_be_taken_away_or_replaced(client: Client) -> None:
    token = held_of(send(client, photo=photo(colour="red"), category=""))
    replaced = send(client, held=token, photo=photo(colour="blue"), category="")
    assert held_of(replaced) != token
    send(client, held=token, drop_photo="on")
    assert StoredFile.objects.count() == 0


def test_a_photo_proposes_its_place_which_the_person_confirms(client: Client) -> None:
    proposed = send(client, photo=photo(place=IN_B), longitude="", latitude="")
    html = proposed.content.decode()
    assert proposed.status_code == 422
    assert "La photo dit où elle a été prise" in html
    assert 'value="5.150000"' in html
    assert Request.objects.count() == 0
    confirmed = send(client, held=held_of(proposed), longitude="5.150000", latitude="47.050000")
    assert confirmed.status_code == 302
    assert Request.objects.get().area_code == "99002"


def test_the_place_of_a_photo_is_not_imposed(client: Client) -> None:
    """Taken at home afterwards, or elsewhere: what the person says wins, and a place outside is not proposed."""
    send(client, photo=photo(place=IN_B))
    assert Request.objects.get().area_code == "99001"
    refused = send(client, photo=photo(place=OUTSIDE), longitude="", latitude="")
    assert "La photo dit où" not in refused.content.decode().split("data-report-photo-place")[0]
    assert 'name="longitude" value' not in refused.content.decode()


def test_without_script_a_wrong_point_can_be_taken_away(client: Client) -> None:
    response = send(client, drop_place="on", address="")
    assert response.status_code == 422
    assert "Indiquez où est le problème" in response.content.decode()


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (SimpleUploadedFile("a.jpg", b"%PDF-1.7 not a photo", "image/jpeg"), "Envoyez une image JPEG, PNG ou WebP"),
        (SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"\x00" * 30_000_000, "image/jpeg"), "20 Mo au plus"),
        (
            SimpleUploadedFile(
                "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"
            ),
            "JPEG",
        ),
    ],
    ids=["a document", "thirty megabytes", "an SVG"],
)
def test_what_is_no_photo_is_refused_beside_its_field(client: Client, upload: SimpleUploadedFile, message: str) -> None:
    response = send(client, photo=upload)
    html = response.content.decode()
    assert response.status_code == 422
    assert message in html
    assert "Lampadaire éteint." in html
    assert Request.objects.count() == 0
    upload.seek(0)
    early = client.post(reverse("portal:requests:hold_photo"), {"photo": upload})
    assert early.status_code in {400, 413}
    assert message in early.json()["error"]


def test_a_lost_or_forged_photo_is_said(client: Client) -> None:
    response = send(client, held="forged")
    assert response.status_code == 422
    assert "Joignez-la à nouveau" in response.content.decode()


def test_a_photo_sent_early_says_where_it_was_taken(client: Client) -> None:
    answer = client.post(reverse("portal:requests:hold_photo"), {"photo": photo(place=IN_B)}).json()
    assert (answer["longitude"], answer["latitude"]) == IN_B
    assert send(client, held=answer["token"]).status_code == 302
    nowhere = client.post(reverse("portal:requests:hold_photo"), {"photo": photo()}).json()
    assert nowhere["longitude"] is None
    assert client.post(reverse("portal:requests:hold_photo"), {}).status_code == 400


# --- Near duplicates ------------------------------------------------------------------------------------------


def test_what_is_already_known_nearby_is_shown_without_personal_data(client: Client) -> None:
    make_request(description="Chez Mme Secret", contact_name="Odile Exemple", address="3 rue Cachée")
    far = {"longitude": IN_A[0] + 0.01}
    make_request(**far)
    html = client.get(
        reverse("portal:requests:near"),
        {"category": "street-light", "longitude": IN_A[0], "latitude": IN_A[1] + 0.0002},
    ).content.decode()
    assert "déjà signalé" in html
    assert "à 22 m" in html
    for secret in ("Secret", "Odile", "Cachée"):
        assert secret not in html
    confirmation = client.get(send(client)["Location"]).content.decode()
    assert "à 0 m" in confirmation


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"category": "street-light"},
        {"category": "noise", "longitude": IN_A[0], "latitude": IN_A[1]},  # another category
        {"category": "street-light", "longitude": "NaN", "latitude": "NaN"},
        {"category": "street-light", "longitude": "inf", "latitude": "0"},
        {"category": "a\x00", "longitude": "1", "latitude": "1"},
    ],
)
def test_nothing_near_is_nothing(client: Client, query: dict[str, Any]) -> None:
    make_request()
    response = client.get(reverse("portal:requests:near"), query)
    assert (response.status_code, response.content.strip()) == (200, b"")


# --- Abuse ----------------------------------------------------------------------------------------------------


def test_a_script_is_slowed_down_and_loses_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.domains.requests.views.portal.report.REPORTS", (2, 3600))
    assert [send(client).status_code for _ in range(3)] == [302, 302, 429]
    blocked = send(client)
    assert "Trop de demandes" in blocked.content.decode()
    assert "Lampadaire éteint." in blocked.content.decode()
    assert Request.objects.count() == 2
    assert client.post(reverse("portal:requests:new"), filled(), REMOTE_ADDR="198.51.100.7").status_code == 302


def test_mistakes_do_not_count(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.domains.requests.views.portal.report.REPORTS", (1, 3600))
    for _ in range(5):
        assert send(client, category="").status_code == 422
    assert send(client).status_code == 302


def test_a_class_behind_one_address_can_report() -> None:
    assert guard.REPORTS[0] >= 30


def test_links_may_fill_the_place_and_category(client: Client) -> None:
    html = client.get(
        reverse("portal:requests:new"), {"category": "pothole", "longitude": "5.05", "latitude": "47.05"}
    ).content.decode()
    assert re.search(r'value="pothole"[^>]*checked', html)
    assert re.search(r'name="longitude" value="5.05"', html)
    hostile = client.get(reverse("portal:requests:new"), {"category": '"><script>', "longitude": '"><script>'})
    assert "<script>" not in hostile.content.decode().replace("<script type", "")


def test_submission_is_optional(client: Client) -> None:
    assert send(client, submission="").status_code == 302
    assert send(client, submission=str(uuid4())).status_code == 302
