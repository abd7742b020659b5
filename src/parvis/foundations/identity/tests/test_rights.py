"""Who may do what, where: the table of cases, and how many queries it costs."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from parvis.foundations.identity.models import Role, User
from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.services import assign, ensure_role
from parvis.foundations.identity.tests.factories import make_agent, make_resident
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.foundations.territory.models import Area, AreaKind

pytestmark = pytest.mark.django_db


def organisation(name: str, parent: Organisation | None = None) -> Organisation:
    return Organisation.objects.create(
        kind=Kind.SERVICE if parent else Kind.OPERATOR, name=name, short_name=name, slug=name, parent=parent
    )


def area(code: str, parent: Area | None = None) -> Area:
    return Area.objects.create(kind=AreaKind.DISTRICT, code=code, name=code, parent=parent)


def rights(user: User) -> Rights:
    return Rights.of(user.pk)


def test_nobody_may_anything() -> None:
    assert not Rights.none().may("requests.view")
    assert not rights(make_resident()).may("requests.view")
    assert Rights.none().scope("requests.view").nowhere


def test_a_right_on_the_platform_holds_everywhere() -> None:
    city = organisation("ville")
    held = rights(make_agent("requests.view"))
    assert held.may("requests.view")
    assert held.may("requests.view", organisation=city.pk)
    assert held.may("requests.view", organisation=None, area=None)
    assert not held.may("requests.triage")
    assert held.scope("requests.view").everywhere


def test_a_right_on_an_organisation_holds_for_its_services_and_not_above_nor_beside() -> None:
    city = organisation("ville")
    roads = organisation("voirie", parent=city)
    lights = organisation("eclairage", parent=roads)
    other = organisation("autre")
    held = rights(make_agent("requests.view", organisation=roads))
    assert held.may("requests.view")
    assert held.may("requests.view", organisation=roads.pk)
    assert held.may("requests.view", organisation=lights.pk)
    assert not held.may("requests.view", organisation=city.pk)
    assert not held.may("requests.view", organisation=other.pk)


def test_what_belongs_to_no_organisation_is_not_everybodys() -> None:
    held = rights(make_agent("requests.view", organisation=organisation("ville")))
    assert not held.may("requests.view", organisation=None)


def test_a_right_limited_to_an_area_holds_in_what_it_contains() -> None:
    city = organisation("ville")
    commune = area("21231")
    district = area("21231-3", parent=commune)
    held = rights(make_agent("requests.view", organisation=city, area=commune))
    assert held.may("requests.view", organisation=city.pk, area=commune.code)
    assert held.may("requests.view", organisation=city.pk, area=district.code)
    assert not held.may("requests.view", organisation=city.pk, area="21999")
    assert not held.may("requests.view", organisation=city.pk, area=None)


def test_organisation_and_area_come_from_the_same_assignment() -> None:
    """A right on A in one area and on B in another does not give A in the other."""
    first, second = organisation("a"), organisation("b")
    north, south = area("north"), area("south")
    user = make_agent("requests.view", organisation=first, area=north)
    assign(user=user, role=user.assignments.get().role, organisation=second, area=south)
    held = rights(user)
    assert held.may("requests.view", organisation=first.pk, area="north")
    assert held.may("requests.view", organisation=second.pk, area="south")
    assert not held.may("requests.view", organisation=first.pk, area="south")
    assert not held.may("requests.view", organisation=second.pk, area="north")


def test_a_star_gives_every_permission_where_it_is_held() -> None:
    city = organisation("ville")
    held = rights(make_agent("*", organisation=city))
    assert held.may("packages.notyetwritten", organisation=city.pk)
    assert not held.may("packages.notyetwritten", organisation=organisation("autre").pk)


def test_a_closed_account_may_nothing() -> None:
    assert not rights(make_agent("requests.view", is_active=False)).may("requests.view")


def test_a_scope_filters_rows_by_organisation_and_area() -> None:
    """On organisations themselves, whose `area` is a foreign key."""
    city = organisation("ville")
    roads = organisation("voirie", parent=city)
    organisation("autre")
    scope = rights(make_agent("requests.view", organisation=city)).scope("requests.view")
    assert set(scope.filter(Organisation.objects.all(), organisation="id", area=None)) == {city, roads}
    commune = area("21231")
    Organisation.objects.filter(pk=roads.pk).update(area=commune)
    limited = rights(make_agent("requests.view", organisation=city, area=commune)).scope("requests.view")
    assert set(limited.filter(Organisation.objects.all(), organisation="id", area="area__code")) == {roads}
    assert not limited.filter(Organisation.objects.all(), organisation="id", area=None).exists()
    assert not limited.slugs()
    assert scope.slugs() == {"ville", "voirie"}


def test_an_empty_scope_shows_nothing() -> None:
    organisation("ville")
    scope = Rights.none().scope("requests.view")
    assert not scope.filter(Organisation.objects.all(), organisation="id", area=None).exists()
    assert scope.slugs() == frozenset()


def test_rights_cost_one_query_however_many_assignments_and_questions() -> None:
    user = make_agent("a.view")
    for number in range(5):
        role = ensure_role(code=f"extra-{number}", label="x", permissions=[f"extra.{number}"])
        assign(user=user, role=role, organisation=organisation(f"o{number}"))
    with CaptureQueriesContext(connection) as queries:
        held = rights(user)
        assert len(queries) == 0
        for number in range(5):
            assert held.may(f"extra.{number}")
        assert not held.may("nothing")
        held.scope("a.view")
    assert len(queries) == 1


def test_a_role_code_can_be_part_of_an_address() -> None:
    role = ensure_role(code="Salle de contrôle", label="Salle de contrôle", permissions=["a.b"])
    assert role.code == "salle-de-controle"
    assert ensure_role(code="Salle de contrôle", label="Salle", permissions=["a.b"]).pk == role.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Role.objects.create(code="contrôle", label="x")
