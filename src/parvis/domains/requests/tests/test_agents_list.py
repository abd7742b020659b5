"""The agents' list: each sees their own, finds by any word, and exports nothing personal."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Attention, Channel
from parvis.domains.requests.selectors import triage as lists
from parvis.domains.requests.services import triage
from parvis.domains.requests.tests.factories import IN_B, NOW, City, category, later, make_city, make_request
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db
URL = "/backoffice/requests/"


@pytest.fixture(autouse=True)
def city() -> City:
    return make_city()


@pytest.fixture
def everywhere(client: Client) -> Client:
    return sign_in(client, make_agent("requests.view", "requests.export"))


def shown(client: Client, **query: Any) -> list[str]:
    html = client.get(URL, query).content.decode()
    return [made.number for made in Request.objects.order_by("id") if f">{made.number}</a>" in html]


def test_who_may_open_it(client: Client) -> None:
    assert client.get(URL).status_code == 302
    sign_in(client, make_resident())
    assert client.get(URL).status_code == 403
    sign_in(client, make_agent("requests.desk"))
    assert client.get(URL).status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "eclairage"}, [0]),  # accents apart
        ({"q": "ÉCLAIRAGE"}, [0]),
        ({"q": "lampe ecole"}, [1]),  # every word
        ({"q": "lamp"}, [0, 1]),  # beginnings
        ({"q": "lampadaires"}, [0]),  # plural
        ({"q": "tilleul"}, [1]),  # the address
        ({"q": "oeuf"}, [2]),  # ligature
        ({"q": "& | ! ' \\ :*"}, [0, 1, 2]),  # nothing to look for
        ({"q": "zzz"}, []),
        ({"q": "2026-3"}, [2]),
        ({"category": "noise-id"}, [2]),
        ({"commune": "99002"}, [1]),
        ({"channel": "phone"}, [1]),
        ({"state": "refused"}, [0]),
        ({"state": "open"}, [1, 2]),
        ({"state": "attention"}, [2]),
        ({"since": "2026-03-11"}, [2]),
        ({"until": "2026-03-10"}, [0, 1]),
        ({"since": "hier"}, [0, 1, 2]),  # said beside the field
        ({"sort": "; drop table", "state": "xx", "commune": "\x00", "category": "x", "organisation": "x"}, [0, 1, 2]),
        ({"q": "a\x00b"}, [0, 1, 2]),
        ({"page": "99"}, [0, 1, 2]),
    ],
)
def test_filters(everywhere: Client, query: dict[str, Any], expected: list[int]) -> None:
    made = [
        make_request(description="Éclairage éteint, deux lampadaires"),
        make_request(
            description="Lampe cassée près de l’école",
            address="3 rue des Tilleuls",
            longitude=IN_B[0],
            latitude=IN_B[1],
            channel=Channel.PHONE,
        ),
        make_request(category=category("noise"), description="Œufs jetés", now=NOW + timedelta(days=1)),
    ]
    triage.refuse(request_id=made[0].pk, version=None, reason="Non.", by=make_agent(), now=later())
    if query.get("category") == "noise-id":
        query = {"category": category("noise").pk}
    assert shown(everywhere, **query) == [made[index].number for index in expected]


def test_filters_stay_in_the_address_of_the_next_page(everywhere: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.domains.requests.views.backoffice.listing.PAGE", 2)
    for _ in range(3):
        make_request()
    html = everywhere.get(URL, {"q": "lampadaire", "sort": "oldest"}).content.decode()
    assert "q=lampadaire&amp;sort=oldest&amp;page=2" in html
    assert "export.csv?q=lampadaire&amp;sort=oldest" in html


def test_what_waits_comes_first_when_asked() -> None:
    visible = Request.objects.all()
    taken, old, new, returned = (make_request(now=NOW + timedelta(hours=hour)) for hour in range(4))
    triage.accept(request_id=taken.pk, version=None, by=make_agent(), now=later())
    Request.objects.filter(pk=returned.pk).update(attention=Attention.RETURNED)
    assert list(lists.listed(visible, {}, sort="urgent")) == [returned, old, new, taken]


def test_an_agent_sees_their_organisation_only(client: Client, city: City) -> None:
    ours = make_request(category=category("litter"))
    theirs = make_request(category=category("litter"), longitude=IN_B[0], latitude=IN_B[1])
    metropolitan = make_request()
    sign_in(client, make_agent("requests.view", "requests.export", organisation=city.town_a))
    assert shown(client) == [ours.number]
    # Asking for the others by every filter of the address changes nothing.
    for query in (
        {"organisation": city.town_b.pk},
        {"organisation": city.metropolis.pk},
        {"commune": "99002"},
        {"q": theirs.number},
        {"q": metropolitan.number},
    ):
        html = client.get(URL, query).content.decode()
        assert f">{theirs.number}</a>" not in html, query
        assert f">{metropolitan.number}</a>" not in html, query
    assert "Ville de Bruyère" not in client.get(URL).content.decode(), "not even as a choice"
    exported = b"".join(client.get(reverse("backoffice:requests:export"))).decode()  # type: ignore[arg-type]
    assert ours.number in exported
    assert theirs.number not in exported


def test_an_agent_of_an_area_sees_that_area_only(client: Client, city: City) -> None:
    here, there = make_request(), make_request(longitude=IN_B[0], latitude=IN_B[1])
    sign_in(client, make_agent("requests.view", organisation=city.metropolis, area=city.area_b))
    assert shown(client) == [there.number]
    assert here.number not in client.get(URL).content.decode()


def test_tallies_count_what_the_agent_sees(client: Client, city: City) -> None:
    make_request(category=category("litter"))
    make_request()
    sign_in(client, make_agent("requests.view", organisation=city.town_a))
    assert "1 nouveau" in client.get(URL).content.decode()
    assert lists.counts(Request.objects.all()) == {"new": 2, "attention": 0, "open": 2}


def test_export_holds_no_personal_data_no_formula_and_is_journaled(everywhere: Client) -> None:
    kind = category()
    kind.label = "=HYPERLINK(1)"
    kind.save()
    made = make_request(
        description="Chez Mme Secret",
        address="3 rue Cachée",
        contact_name="Odile",
        contact_email="odile@exemple.fr",
        contact_phone="0380000000",
    )
    response = everywhere.get(reverse("backoffice:requests:export"), {"state": "open"})
    text = b"".join(response).decode()  # type: ignore[arg-type]
    assert response["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[0] for row in rows] == ["numéro", made.number]
    assert rows[1][1] == "'=HYPERLINK(1)"
    for secret in ("Secret", "Cachée", "Odile", "odile@", "0380000000"):
        assert secret not in text, secret
    entry = Entry.objects.get(action="request.exported")
    assert '"rows": 1' in entry.details or '"rows":1' in entry.details


def test_export_needs_its_own_right(client: Client) -> None:
    sign_in(client, make_agent("requests.view"))
    assert client.get(reverse("backoffice:requests:export")).status_code == 403
    assert "Exporter en CSV" not in client.get(URL).content.decode()


def test_queries_do_not_grow_with_rows(everywhere: Client) -> None:
    make_request()
    everywhere.get(URL)
    with CaptureQueriesContext(connection) as captured:
        everywhere.get(URL)
    for number in range(6):
        make_request(category=category(["pothole", "noise", "litter"][number % 3]))
    with assert_num_queries(len(captured)):
        everywhere.get(URL)
    assert len(captured) <= 12


def test_hostile_words_are_shown_as_words(everywhere: Client) -> None:
    make_request(description="<script>alert(1)</script>", address="<svg onload=alert(1)>")
    html = everywhere.get(URL, {"q": '"><script>alert(2)</script>'}).content.decode()
    assert "<script>alert" not in html
    html = everywhere.get(URL).content.decode()
    assert "<script>alert" not in html
    assert "<svg onload" not in html
