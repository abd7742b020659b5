"""Sources as an agent declares them: what to paste, how to sign, and plain JSON tried before it is kept."""

import json
from typing import Any

import pytest
from django.test import Client

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.howto import HOW_TO
from parvis.telemetry.devices.models import Server, Source
from parvis.telemetry.devices.webhook.signatures import key_of

from .factories import chirpstack, make_source

pytestmark = pytest.mark.django_db

HOME = "/backoffice/devices/sources/"
FORM = {"label": "Réseau", "slug": "reseau", "server": "chirpstack-v4", "is_active": "on"}
PLAIN = {**FORM, "server": "json", "json-device": "id", "json-values": "m", "json-time": "at", "json-encoding": "hex"}


@pytest.fixture
def office(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view", "devices.manage"))


@pytest.fixture
def reader(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view"))


def page(client: Client, path: str) -> str:
    answer = client.get(HOME + path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("server", Server.values)
def test_each_server_has_its_steps(office: Client, server: str) -> None:
    body = page(office, str(make_source(server=server, slug="reseau").pk))
    assert str(HOW_TO[server].steps[0]).split(",")[0].replace("«", "")[:12] in body
    assert "/ingest/reseau</code>" in body
    assert ("?token=" in body) is (server == Server.THINGPARK)


def test_the_key_of_a_signature_is_shown_to_who_manages_the_source(office: Client) -> None:
    source = make_source(server="thingpark", signature="thingpark")
    assert f"{key_of(source)}</code>" in page(office, str(source.pk))
    assert "LRC-AS" in page(office, str(source.pk))


def test_the_key_of_a_signature_is_hidden_from_others(reader: Client) -> None:
    source = make_source(signature="hmac-sha256")
    body = page(reader, str(source.pk))
    assert key_of(source) not in body
    assert "X-Parvis-Signature" in body
    assert reader.post(f"{HOME}{source.pk}/key").status_code == 403
    assert reader.post(f"{HOME}preview", FORM).status_code == 403


def test_another_key_is_made_and_it_is_in_the_journal(office: Client) -> None:
    source = make_source(signature="hmac-sha256")
    before = key_of(source)
    answer = office.post(f"{HOME}{source.pk}/key", follow=True)
    source.refresh_from_db()
    assert key_of(source) != before
    assert key_of(source) in answer.content.decode()
    entry = Entry.objects.get(action="uplink_source.key_renewed")
    assert key_of(source) not in json.dumps(entry.details)


def test_a_key_of_another_organisation_is_out_of_reach(client: Client) -> None:
    water, light = (
        Organisation.objects.create(kind="service", name=name, short_name=name, slug=name)
        for name in ("eau", "eclairage")
    )
    sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    for owner in (light, None):
        source = make_source(signature="hmac-sha256", organisation=owner)
        assert client.post(f"{HOME}{source.pk}/key").status_code == 404
        assert client.get(f"{HOME}{source.pk}/edit").status_code == 404
        if owner is None:
            assert key_of(source) not in page(client, str(source.pk))


def test_only_thingpark_signs_as_thingpark(office: Client) -> None:
    refused = office.post(f"{HOME}new", {**FORM, "signature": "thingpark"}).content.decode()
    assert "Seul ThingPark signe ainsi" in refused
    office.post(f"{HOME}new", {**FORM, "server": "thingpark", "signature": "thingpark"})
    assert Source.objects.get().signature == "thingpark"


def test_the_form_of_plain_json_is_kept_and_shown_again(office: Client) -> None:
    office.post(f"{HOME}new", {**PLAIN, "json-topic_level": "", "json-battery": "m.bat"})
    source = Source.objects.get()
    assert source.form == {"device": "id", "values": "m", "time": "at", "battery": "m.bat"}
    assert 'value="m.bat"' in page(office, f"{source.pk}/edit")
    office.post(f"{HOME}{source.pk}/edit", {**PLAIN, "json-values": "."})
    source.refresh_from_db()
    assert source.form == {"device": "id", "values": ".", "time": "at"}
    office.post(f"{HOME}{source.pk}/edit", {**PLAIN, "server": "loriot"})
    source.refresh_from_db()
    assert source.form == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"json-device": ""}, "Dites où est le capteur"),
        ({"json-values": ""}, "Dites où sont les valeurs"),
        ({"json-payload": "data"}, "Dites où sont les valeurs"),
        ({"json-time": "a b"}, "Un chemin s’écrit"),
        ({"json-device": "a..b"}, "Un chemin s’écrit"),
        ({"json-topic_level": "0"}, "json-topic_level"),
        ({"json-encoding": "ascii"}, "ascii"),
    ],
)
def test_a_form_that_cannot_serve_is_not_kept(office: Client, changes: dict[str, str], words: str) -> None:
    assert words in office.post(f"{HOME}new", {**PLAIN, **changes}).content.decode()
    assert not Source.objects.exists()
    # What concerns plain JSON does not matter to another server.
    assert office.post(f"{HOME}new", {**PLAIN, **changes, "server": "wanesy"}).status_code == 302


def preview(client: Client, form: dict[str, Any], sample: str) -> str:
    answer = client.post(f"{HOME}preview", {**form, "sample": sample, "preview": "1"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_message_is_tried_before_the_source_is_kept(office: Client) -> None:
    sample = json.dumps({"id": "capteur <12>", "at": "2026-03-01T10:00:00Z", "m": {"t": 21.5}})
    body = preview(office, PLAIN, sample)
    assert "1 mars 2026" in body
    assert "&quot;t&quot;: 21.5" in body
    assert "00 d7 32" in preview(office, FORM, chirpstack("02004d5450000001").decode())
    assert "n’est pas du JSON" in preview(office, FORM, "{")
    assert "Dites d’abord" in preview(office, {**PLAIN, "json-device": ""}, sample)
    assert "Collez un message" in preview(office, FORM, "")
    assert "Collez un message" in preview(office, {**FORM, "server": "?"}, sample)
    assert "Illisible" in preview(office, FORM, '{"object": ' + "[" * 50_000)
    assert "Collez un message" in preview(office, FORM, "\x00")
    # Without a script, the same button gives the whole page and keeps nothing.
    whole = office.post(f"{HOME}new", {**PLAIN, "sample": sample, "preview": "1"}).content.decode()
    assert "21.5" in whole
    assert 'name="json-device"' in whole
    assert not Source.objects.exists()
