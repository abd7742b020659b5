"""The data of the map: columns of what one may see, details of one thing."""

import gzip
import json
from collections.abc import Iterator

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.telemetry.context import doors
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.context.tests.serving import Site, served

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site() -> Iterator[Site]:
    with served(doors) as site:
        yield site


def session(*permissions: str, organisation: Organisation | None = None) -> str:
    return sign_in(Client(), make_agent(*permissions, organisation=organisation)).session.session_key


def organisation(name: str) -> Organisation:
    return Organisation.objects.create(kind=Kind.OPERATOR, name=name, short_name=name, slug=name.lower())


def test_columns_hold_every_located_thing(site):
    first = make_entity(type="TestLamp", longitude=5.0412345, latitude=47.3)
    make_entity(type="TestLamp")  # nowhere
    second = make_entity(type="TestBin", longitude=5.1, latitude=47.25)
    answer = site.get("/map/things.json", session=session("context.view"), Accept_Encoding="gzip")
    columns = json.loads(gzip.decompress(answer.read()))
    assert columns["id"] == [first.pk, second.pk]
    assert columns["urn"] == [first.urn, second.urn]
    assert (columns["lon"], columns["lat"]) == ([5.0412345, 5.1], [47.3, 47.25])
    assert [columns["types"][position]["name"] for position in columns["type"]] == ["TestLamp", "TestBin"]
    assert [columns["states"][position] for position in columns["state"]] == ["unknown", "unknown"]
    assert columns["commune"] == ["", ""]


def test_columns_are_narrowed_and_may_be_empty(site):
    lamp = make_entity(type="TestLamp", longitude=5, latitude=47)
    make_entity(type="TestBin", longitude=5, latitude=47)
    key = session("context.view")
    assert json.loads(site.get("/map/things.json?type=TestLamp", session=key).read())["id"] == [lamp.pk]
    assert json.loads(site.get("/map/things.json?commune=21231", session=key).read())["id"] == []


def test_what_has_not_changed_is_not_sent_again(site):
    make_entity(longitude=5, latitude=47)
    key = session("context.view")
    version = site.get("/map/things.json", session=key).headers["ETag"]
    assert site.get("/map/things.json", session=key, If_None_Match=version).status == 304
    make_entity(longitude=5, latitude=47)
    assert site.get("/map/things.json", session=key, If_None_Match=version).status == 200


def test_only_what_one_may_see(site):
    mine, other = organisation("Mienne"), organisation("Autre")
    own = make_entity(longitude=5, latitude=47, organisation_id=mine.pk)
    foreign = make_entity(longitude=5, latitude=47, organisation_id=other.pk)
    key = session("context.view", organisation=mine)
    assert json.loads(site.get("/map/things.json", session=key).read())["id"] == [own.pk]
    assert site.get(f"/map/things/{own.pk}.json", session=key).status == 200
    assert site.get(f"/map/things/{foreign.pk}.json", session=key).status == 404


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 5000, "x", "-1", "%00", "%C2%B2"])
def test_a_number_that_is_no_thing(site: Site, number: str) -> None:
    answer = site.get(f"/map/things/{number}.json", session=session("context.view"))
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/map/things.json", "/map/things/1.json", "/live/things"])
def test_doors_are_closed_to_strangers(site, path):
    assert site.get(path).status == 401
    assert site.get(path, session="forged").status == 401
    refused = site.get(path, session=session("context.operate"))
    assert (refused.status, refused.headers["Content-Type"]) == (403, "application/problem+json")


def test_details_tell_the_popup_in_words(site):
    thing = make_entity(
        name="Quai", longitude=5, latitude=47, attributes={"temperature": property_of(21.5, unit_code="CEL")}
    )
    details = json.loads(site.get(f"/map/things/{thing.pk}.json", session=session("context.view")).read())
    assert (details["name"], details["state_label"]) == ("Quai", "Inconnu")
    assert details["facts"] == [
        {"name": "temperature", "label": "Temperature", "text": "21,5", "unit": "°C", "observed_at": None}
    ]
    assert details["url"] == f"/control-room/context/entities/{thing.urn}"
