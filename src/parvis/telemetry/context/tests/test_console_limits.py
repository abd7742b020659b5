"""Limits of a token of the broker, set where tokens are made, obeyed where they are used."""

import pytest
from django.test import Client, override_settings

from parvis.foundations.identity.models import ApiToken
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.territory.tests.factories import make_commune, make_epci
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.tests.consoling import make_organisation
from parvis.telemetry.context.tests.factories import make_entity

pytestmark = pytest.mark.django_db

PAGE = "/backoffice/identity/tokens/new"


def maker(**where: object) -> Client:
    return sign_in(Client(), make_agent("identity.tokens", "context.read", "devices.uplink", **where))


def given(**limits: object) -> dict[str, object]:
    fields = {"name": "Essai", "scopes": ["context.read"], "organisation": "", "days": "30"}
    return fields | {f"limit_{name}" if name not in fields else name: value for name, value in limits.items()}


def test_what_is_limited_is_kept_under_the_names_things_are_stored_by():
    make_entity(type="TestLamp")
    make_commune(parent=make_epci(), code="21999")
    limits = {
        "types": ["TestLamp"],
        "more_types": "TestBin, TestLamp",
        "attributes": "level,  name",
        "areas": ["21999"],
    }
    answer = maker().post(PAGE, given(**limits, tenants="essai"))
    assert answer.status_code == 200, answer.context["form"].errors
    assert ApiToken.objects.get().limits == {
        "types": ["TestLamp", "TestBin"],
        "attributes": ["level", "name"],
        "areas": ["21999"],
        "tenants": ["essai"],
    }
    assert (
        "TestLamp, TestBin"
        in sign_in(Client(), make_agent("identity.tokens")).get("/backoffice/identity/tokens/").content.decode()
    )


def test_without_limits_there_are_none():
    maker().post(PAGE, given())
    assert ApiToken.objects.get().limits == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("types", ["Unknown"]),
        ("more_types", "a type"),
        ("attributes", "id"),
        ("attributes", "@value"),
        ("areas", ["99999"]),
        ("tenants", "a/b"),
    ],
)
def test_what_names_nothing_is_refused_beside_its_field(field, value):
    answer = maker().post(PAGE, given(**{field: value}))
    assert answer.status_code == 422
    assert f"limit_{field}" in answer.context["form"].errors
    assert not ApiToken.objects.exists()


def test_a_limit_that_would_limit_nothing_is_refused():
    answer = maker().post(PAGE, given(scopes=["devices.uplink"], attributes="level"))
    assert "limit_attributes" in answer.context["form"].errors


def test_other_worlds_are_opened_by_who_makes_tokens_of_the_whole_platform():
    mine = make_organisation("Mienne")
    client = maker(organisation=mine)
    assert "limit_tenants" not in client.get(PAGE).context["form"].fields
    client.post(PAGE, given(organisation=mine.pk, tenants="essai"))
    assert ApiToken.objects.get().limits == {}


def test_who_gives_no_scope_of_the_broker_is_not_asked_for_limits():
    client = sign_in(Client(), make_agent("identity.tokens", "devices.uplink"))
    assert not client.get(PAGE).context["form"].limit_fields


@override_settings(PARVIS_OPEN_BROKER=False)
def test_the_broker_obeys():
    make_entity("urn:ngsi-ld:TestLamp:1", type="TestLamp", level=1)
    make_entity("urn:ngsi-ld:TestBin:1", type="TestBin", level=1)
    secret = maker().post(PAGE, given(more_types="TestLamp")).context["secret"]
    told = ask("GET", "/entities", query={"local": "true"}, headers={"Authorization": f"Bearer {secret}"})
    assert [one["id"] for one in told.json] == ["urn:ngsi-ld:TestLamp:1"]
