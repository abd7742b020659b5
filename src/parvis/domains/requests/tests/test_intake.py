"""A request comes in: numbered once, routed, journaled; what is impossible is refused in words."""

import pytest
from django.db import IntegrityError, connection, transaction

from parvis.domains.requests.models import Category, Request
from parvis.domains.requests.rules import Attention, Channel, Kind, State
from parvis.domains.requests.selectors import lookup
from parvis.domains.requests.services.categories import ensure_categories
from parvis.domains.requests.services.intake import NoPlace, OutsideTerritory, receive_request
from parvis.domains.requests.tests.factories import (
    IN_A,
    IN_B,
    NOW,
    OUTSIDE,
    category,
    code_of,
    later,
    make_city,
    make_draft,
    make_request,
)
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent

pytestmark = pytest.mark.django_db


def test_a_point_decides_the_commune_and_who_is_competent() -> None:
    city = make_city()
    light = make_request(longitude=IN_B[0], latitude=IN_B[1])
    litter = make_request(category=category("litter"), longitude=IN_B[0], latitude=IN_B[1])
    assert (light.area_code, light.organisation) == ("99002", city.metropolis)
    assert litter.organisation == city.town_b
    assert light.state == State.RECEIVED
    assert light.attention == Attention.NONE


def test_an_address_needs_its_commune_which_decides() -> None:
    city = make_city()
    found = make_request(
        category=category("litter"), longitude=None, latitude=None, address="1 rue des Tilleuls", area_code="99001"
    )
    assert found.organisation == city.town_a
    with pytest.raises(NoPlace):
        make_request(longitude=None, latitude=None, address="1 rue des Tilleuls")
    with pytest.raises(NoPlace):
        make_request(longitude=None, latitude=None, area_code="99001")


def test_the_point_wins_over_the_commune_chosen() -> None:
    make_city()
    assert make_request(longitude=IN_B[0], latitude=IN_B[1], area_code="99001").area_code == "99002"


def test_nobody_competent_is_left_to_the_metropolis_and_flagged() -> None:
    city = make_city()
    found = make_request(category=category("noise"))
    assert found.organisation == city.metropolis
    assert found.attention == Attention.TO_ROUTE


def test_outside_names_the_nearest_commune_and_the_distance() -> None:
    make_city()
    with pytest.raises(OutsideTerritory) as refusal:
        make_request(longitude=OUTSIDE[0], latitude=OUTSIDE[1])
    assert "Bruyère" in str(refusal.value)
    assert "3,8\u00a0km" in str(refusal.value)
    assert Request.objects.count() == 0


def test_without_any_outline_the_commune_chosen_is_believed() -> None:
    city = make_city()
    for area in (city.area_a, city.area_b, city.epci):
        area.geometry = None
        area.save()
    found = make_request(area_code="99001")
    assert (found.area_code, found.longitude) == ("99001", IN_A[0])


def test_numbers_follow_each_other_and_start_again_each_year() -> None:
    make_city()
    numbers = [make_request().number for _ in range(3)]
    assert numbers == ["S-2026-000001", "S-2026-000002", "S-2026-000003"]
    assert make_request(now=NOW.replace(year=2027)).number == "S-2027-000001"


def test_new_year_is_that_of_the_territory() -> None:
    make_city()
    # 23:30 UTC on 31 December is already January in France.
    assert make_request(now=NOW.replace(year=2026, month=12, day=31, hour=23, minute=30)).number == "S-2027-000001"


def test_the_same_form_sent_twice_is_one_request() -> None:
    make_city()
    draft = make_draft()
    first, is_new = receive_request(draft=draft, now=NOW)
    second, is_new_again = receive_request(draft=draft, now=later())
    assert (is_new, is_new_again) == (True, False)
    assert first.pk == second.pk
    assert Request.objects.count() == 1
    assert first.steps.count() == 1
    assert make_request().number == "S-2026-000002", "the refused twin took no number"


def test_its_code_finds_it_and_nothing_else_does() -> None:
    make_city()
    first, second = make_request(), make_request()
    assert lookup.tracked(code_of(first)) == first
    assert lookup.tracked(code_of(second)) == second
    assert lookup.tracked("ABCDE-FGHJK") is None
    assert lookup.tracked("") is None


def test_it_is_journaled_without_what_the_person_wrote() -> None:
    make_city()
    agent = make_agent("requests.desk")
    made = make_request(
        channel=Channel.PHONE, created_by=agent, contact_name="Odile Exemple", contact_phone="0380000000"
    )
    entry = Entry.objects.get(action="request.received")
    assert (entry.actor, entry.urn, entry.right, entry.organisation) == (
        agent.urn,
        made.urn,
        "requests.desk",
        "metropole",
    )
    assert "Odile" not in entry.details
    assert "0380000000" not in entry.details


def test_its_first_step_is_public() -> None:
    make_city()
    step = make_request().steps.get()
    assert (step.kind, step.is_public, step.at) == (Kind.RECEIVED, True, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"latitude": None},  # half a point
        {"longitude": 200.0},
        {"state": "lost"},
        {"state": "done"},  # closed without a date
        {"closed_at": NOW},  # a date without being closed
        {"channel": "pigeon"},
        {"attention": "never"},
        {"contact_erased_at": NOW},  # erased, yet the code is there
    ],
)
def test_the_database_refuses_what_makes_no_sense(change: dict[str, object]) -> None:
    make_city()
    made = make_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=made.pk).update(**change)


def test_not_a_number_is_no_place_for_the_database_either() -> None:
    make_city()
    made = make_request()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE requests_request SET longitude = 'NaN', latitude = 'NaN' WHERE id = %s", [made.pk])


def test_default_categories_come_once_and_are_never_overwritten() -> None:
    ensure_categories()
    Category.objects.filter(code="noise").update(label="Tapage")
    assert ensure_categories() == 0
    assert Category.objects.get(code="noise").label == "Tapage"
    Category.objects.filter(code="other").delete()
    assert ensure_categories() == 1
