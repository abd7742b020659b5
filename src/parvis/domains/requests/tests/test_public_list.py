"""The public list tells of problems, never of people."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from parvis.domains.requests.selectors import public
from parvis.domains.requests.services import correspondence, triage
from parvis.domains.requests.tests.factories import IN_B, NOW, City, category, later, make_city, make_request
from parvis.foundations.identity.tests.factories import make_agent
from parvis.kernel.testing import assert_num_queries

pytestmark = pytest.mark.django_db
SECRETS = ("Secret", "Odile", "0380000000", "odile@exemple.fr", "Cachée", "5.0512345")


@pytest.fixture(autouse=True)
def city(monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr("parvis.domains.requests.views.portal.public_list.clock.now", lambda: NOW + timedelta(days=1))
    return make_city()


def telling() -> Any:
    return make_request(
        description="Chez Mme Secret",
        longitude=5.0512345,
        address="3 rue Cachée",
        contact_name="Odile Exemple",
        contact_phone="0380000000",
        contact_email="odile@exemple.fr",
    )


def test_no_personal_data_on_the_page_nor_on_the_map(client: Client) -> None:
    made = telling()
    page = client.get(reverse("portal:requests:index")).content.decode()
    points = client.get(reverse("portal:requests:points"))
    assert made.number in page
    assert made.number in points.content.decode()
    for secret in SECRETS:
        assert secret not in page, secret
        assert secret not in points.content.decode(), secret
    feature = json.loads(points.content)["features"][0]
    assert feature["geometry"]["coordinates"] == [5.0512, 47.05]
    assert set(feature["properties"]) == {"number", "category", "state", "label", "on"}


def test_closed_ones_leave_after_a_month() -> None:
    made = telling()
    triage.close(request_id=made.pk, version=None, by=make_agent(), now=later())
    assert public.recent(now=later(2)).count() == 1
    assert public.recent(now=later(2) + public.RECENT).count() == 0


def test_the_public_note_of_agents_is_shown_escaped(client: Client) -> None:
    made = telling()
    correspondence.publish_note(
        request_id=made.pk, version=None, text="Travaux <b>mardi</b>", by=make_agent(), now=later()
    )
    assert "Travaux &lt;b&gt;mardi&lt;/b&gt;" in client.get(reverse("portal:requests:index")).content.decode()


def test_filters_and_the_portal_of_a_commune(client: Client) -> None:
    in_a, in_b = make_request(), make_request(category=category("litter"), longitude=IN_B[0], latitude=IN_B[1])

    def shown(query: dict[str, str], portal: str = "") -> set[str]:
        html = client.get(f"{portal}/requests/around", query).content.decode()
        return {made.number for made in (in_a, in_b) if made.number in html}

    assert shown({}) == {in_a.number, in_b.number}
    assert shown({"commune": "99001"}) == {in_a.number}
    assert shown({"category": "litter"}) == {in_b.number}
    assert shown({"category": "litter", "commune": "99001"}) == set()
    assert shown({}, portal="/c/bruyere") == {in_b.number}
    assert shown({"commune": ""}, portal="/c/bruyere") == {in_a.number, in_b.number}
    # What is not understood filters nothing rather than failing.
    assert shown({"commune": "x'; --", "category": "<script>", "page": "999"}) == {in_a.number, in_b.number}


def test_queries_do_not_grow_with_rows(client: Client) -> None:
    for _ in range(3):
        make_request()
    client.get(reverse("portal:requests:index"))
    with assert_num_queries(6):
        client.get(reverse("portal:requests:index"))
    for _ in range(5):
        make_request()
    with assert_num_queries(6):
        client.get(reverse("portal:requests:index"))


def test_the_month_on_the_home_page_counts_the_territory_or_the_commune(client: Client) -> None:
    solved, underway = make_request(), make_request()
    make_request(longitude=IN_B[0], latitude=IN_B[1])
    agent = make_agent()
    triage.close(request_id=solved.pk, version=None, by=agent, now=later())
    triage.accept(request_id=underway.pk, version=None, by=agent, now=later())
    with assert_num_queries(1):
        assert public.month(now=later(2)) == public.Month(received=3, solved=1, underway=1)
    assert public.month(now=later(2), area_code="99002") == public.Month(received=1, solved=0, underway=0)
    much_later = later(2) + 2 * public.RECENT
    assert public.month(now=much_later) == public.Month(received=0, solved=0, underway=1)
