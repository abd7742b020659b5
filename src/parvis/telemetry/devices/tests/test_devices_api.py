"""The registry over HTTP: what integrators read and write with a token."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from parvis.foundations.identity.services import create_token
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.telemetry.devices.models import Assignment, Device

from .factories import make_device, make_entity, make_profile

pytestmark = pytest.mark.django_db

HOME = "/api/devices/devices"
EUI = "70b3d57ed0000001"


def organisation(slug: str) -> Organisation:
    return Organisation.objects.create(kind="service", name=slug.title(), short_name=slug, slug=slug)


class Api:
    def __init__(self, client: Client, *, scope: str = "devices.manage", owner: Organisation | None = None) -> None:
        now = clock.now()
        _token, secret = create_token(
            name="x", scopes=[scope], organisation=owner, expires_at=now + timedelta(days=1), created_by=None, now=now
        )
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}

    def get(self, path: str = "") -> Any:
        return self.client.get(HOME + path, headers=self.headers)

    def put(self, eui: str, body: Any) -> Any:
        return self.client.put(f"{HOME}/{eui}", body, content_type="application/json", headers=self.headers)

    def post(self, text: bytes | str, query: str = "") -> Any:
        return self.client.post(HOME + query, text, content_type="text/csv", headers=self.headers)

    def delete(self, eui: str) -> Any:
        return self.client.delete(f"{HOME}/{eui}", headers=self.headers)


@pytest.fixture
def api(client: Client) -> Api:
    return Api(client)


def test_a_token_of_the_scope_is_needed(client: Client) -> None:
    assert client.get(HOME).status_code == 401
    assert Api(client, scope="devices.uplink").get().status_code == 401


def test_a_device_is_made_read_changed_and_disabled(api: Api) -> None:
    make_profile(name="Sonde", entity_type="WasteContainer")
    made = api.put(EUI.upper(), {"name": "Bac 7", "profile": "Sonde", "longitude": 3.8767, "latitude": 43.61})
    assert (made.status_code, made["Location"]) == (201, f"{HOME}/{EUI}")
    told = made.json()
    assert told["thing"] == f"urn:ngsi-ld:WasteContainer:{EUI}"
    assert (told["longitude"], told["latitude"], told["health"]) == (3.8767, 43.61, "never")
    assert (told["class"], told["active"], told["thing_since"]) == ("A", True, None)
    assert api.get(f"/{EUI}").json() == told
    changed = api.put(EUI, {"class": "C", "active": True})
    assert (changed.status_code, changed.json()) == (200, told | {"class": "C"})
    assert api.delete(EUI).status_code == 204
    assert api.delete(EUI).status_code == 204
    assert api.get(f"/{EUI}").json()["active"] is False
    assert api.put(EUI, {"active": True}).json()["active"] is True


def test_what_is_left_out_stays_and_null_empties(api: Api) -> None:
    device = make_device(make_profile(name="Sonde"), name="Bac", network_name="app/bac")
    assert api.put(device.eui, {}).status_code == 200
    device.refresh_from_db()
    assert (device.name, device.entity is None, device.profile is None) == ("Bac", False, False)
    told = api.put(device.eui, {"thing": None, "profile": None, "network_name": None, "name": None}).json()
    assert (told["thing"], told["profile"], told["network_name"], told["name"]) == (None, None, "", device.eui)
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "truncated"),
        (b"\xff", "malformed"),
        (b"[]", "object"),
        ({"app_key": "00112233445566778899aabbccddeeff"}, "app_key"),
        ({"name": 12}, "str"),
        ({"name": "a\0b"}, "nul"),
        ({"profile": "Rien"}, "profil inconnu"),
        ({"thing": "urn:ngsi-ld:Device:nowhere"}, "aucun équipement"),
        ({"class": "Z"}, "classe"),
        ({"longitude": 3.1}, "coordonnées"),
        ({"longitude": 1e300, "latitude": 2.0}, "coordonnées"),
        (b'{"name":' * 5000, ""),
        (b'{"name":"' + b"x" * 70_000 + b'"}', "64"),
    ],
)
def test_what_cannot_be_kept_is_a_problem_that_says_why(api: Api, body: Any, words: str) -> None:
    answer = api.put(EUI, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert not Device.objects.exists()


@pytest.mark.parametrize("eui", ["xyz", "70b3d57ed00000011", EUI])
def test_an_unknown_device_is_not_found(api: Api, eui: str) -> None:
    assert api.get(f"/{eui}").status_code == 404
    assert api.delete(eui).status_code == 404


def test_a_list_goes_page_by_page_with_its_filters(api: Api, django_assert_max_num_queries: Any) -> None:
    profile = make_profile(name="Sonde & bac")
    for number in range(5):
        make_device(profile, name=f"Sonde {number}", eui=f"70b3d57ed000000{number}")
    make_device(name="Autre", last_seen_at=clock.now())
    seen, path = [], "?limit=2&profile=Sonde+%26+bac"
    while path:
        with django_assert_max_num_queries(6):
            answer = api.get(path).json()
        assert len(answer["results"]) <= 2
        seen += [one["name"] for one in answer["results"]]
        path = answer["next"].removeprefix(HOME) if answer["next"] else ""
    assert seen == [f"Sonde {number}" for number in range(5)]
    assert [one["name"] for one in api.get("?health=ok").json()["results"]] == ["Autre"]
    assert [one["name"] for one in api.get("?q=sonde+3").json()["results"]] == ["Sonde 3"]
    assert len(api.get("?limit=0").json()["results"]) == 1
    assert len(api.get("?limit=x&q=%00").json()["results"]) == 6
    assert api.get("?health=well").status_code == 400
    assert api.get("?after=x").status_code == 400


def test_a_list_in_csv_is_tried_or_kept(api: Api) -> None:
    text = f"dev_eui;name;app_key\n{EUI};Lampe;00112233445566778899aabbccddeeff\nxyz;;\n"
    tried = api.post(text, "?dry_run=true").json()
    assert (tried["created"], tried["dry_run"], tried["key_columns_not_read"]) == (1, True, ["app_key"])
    assert tried["refused"] == [{"line": 3, "dev_eui": "xyz", "reason": "un DevEUI a 16 chiffres hexadécimaux"}]
    assert not Device.objects.exists()
    assert api.post(text).json()["created"] == 1
    assert api.post("nom\n").status_code == 400


def test_a_token_of_an_organisation_stays_in_it(client: Client) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    mine, other = make_device(organisation=water), make_device(organisation=light)
    foreign = make_entity(organisation_id=light.pk)
    api = Api(client, owner=water)
    assert [one["dev_eui"] for one in api.get().json()["results"]] == [mine.eui]
    assert api.get(f"/{other.eui}").status_code == 404
    assert api.delete(other.eui).status_code == 404
    assert api.put(other.eui, {"name": "Pris"}).status_code == 400
    assert api.put(mine.eui, {"thing": foreign.urn}).status_code == 400
    assert api.put(mine.eui, {"organisation": "eclairage"}).status_code == 400
    assert api.put(mine.eui, {"organisation": None}).status_code == 400
    assert api.put(EUI, {"name": "Neuf"}).json()["organisation"] == "eau"
    other.refresh_from_db()
    assert (other.is_active, other.organisation) == (True, light)
