"""The pages of downlinks: what agents see and send, and what they may not."""

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.devices.models import Device, Downlink, Source, SourceKey
from parvis.telemetry.devices.services.downlinks import ask_downlink

from .factories import NOW, make_codec, make_device, make_profile, make_source
from .test_downlinks import VALVE

pytestmark = pytest.mark.django_db

HOME = "/backoffice/devices/"


@pytest.fixture
def source() -> Source:
    return make_source()


@pytest.fixture
def device(source: Source) -> Device:
    return make_device(make_profile(make_codec(VALVE)), network_name="app1", entity=None)


@pytest.fixture
def operator(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view", "devices.command"))


@pytest.fixture
def reader(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view"))


def ask(device: Device) -> Downlink:
    return ask_downlink(device=device, payload=b"\x01", f_port=1, actor="urn:ngsi-ld:Person:test", now=NOW)


def organisation(slug: str) -> Organisation:
    return Organisation.objects.create(kind="service", name=slug.title(), short_name=slug, slug=slug)


def test_a_command_is_sent_from_the_page_of_the_device(operator: Client, device: Device) -> None:
    path = f"{HOME}{device.pk}/downlinks"
    assert "Commande (JSON)" in operator.get(path).content.decode()
    answer = operator.post(path, {"command": '{"valve": "open"}', "confirmed": "on", "expires_in_h": "2"}, follow=True)
    assert answer.redirect_chain
    made = Downlink.objects.get()
    assert (bytes(made.payload), made.f_port, made.confirmed) == (b"\x01", 7, True)
    page = answer.content.decode()
    assert "valve : open" in page and "en attente" in page
    assert "valve : open" in operator.get(f"{HOME}downlinks/").content.decode()


def test_hexadecimal_is_sent_as_it_is(operator: Client, device: Device) -> None:
    operator.post(f"{HOME}{device.pk}/downlinks", {"payload": "BE ef", "f_port": "15", "expires_in_h": "24"})
    assert bytes(Downlink.objects.get().payload) == b"\xbe\xef"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "l’une des deux"),
        ({"command": "{}", "payload": "01", "f_port": "1"}, "l’une des deux"),
        ({"command": "{valve"}, "pas du JSON"),
        ({"command": "[1]"}, "objet JSON"),
        ({"command": "[" * 9000}, "pas du JSON"),
        ({"command": "{}"}, "no valve"),
        ({"payload": "0", "f_port": "1"}, "deux par octet"),
        ({"payload": "01"}, "Donnez le port"),
        ({"payload": "01", "f_port": "224"}, "223"),
        ({"payload": "01", "f_port": "1", "expires_in_h": "169"}, "168"),
        ({"payload": "01" * 223, "f_port": "1"}, "222"),
    ],
)
def test_what_is_refused_is_explained(operator: Client, device: Device, given: dict[str, str], expected: str) -> None:
    answer = operator.post(f"{HOME}{device.pk}/downlinks", {"expires_in_h": "24", **given})
    assert answer.status_code == 200
    assert expected in answer.content.decode()
    assert not Downlink.objects.exists()


def test_a_device_without_codec_takes_bytes_only(operator: Client, source: Source) -> None:
    bare = make_device(network_name="app1", entity=None)
    assert "Commande (JSON)" not in operator.get(f"{HOME}{bare.pk}/downlinks").content.decode()
    operator.post(f"{HOME}{bare.pk}/downlinks", {"payload": "01", "f_port": "1", "expires_in_h": "1"})
    assert Downlink.objects.count() == 1


def test_one_is_called_off(operator: Client, device: Device) -> None:
    asked = ask(device)
    assert "Annuler" in operator.get(f"{HOME}{device.pk}/downlinks").content.decode()
    for expected in ("Descente annulée", "ne peut plus être annulée"):
        answer = operator.post(f"{HOME}downlinks/{asked.pk}/cancel", follow=True)
        assert expected in answer.content.decode()


def test_who_only_looks_sends_nothing(reader: Client, device: Device) -> None:
    asked = ask(device)
    page = reader.get(f"{HOME}{device.pk}/downlinks").content.decode()
    assert "<textarea" not in page and "Annuler" not in page
    assert reader.post(f"{HOME}{device.pk}/downlinks", {"payload": "01", "f_port": "1"}).status_code == 403
    assert reader.post(f"{HOME}downlinks/{asked.pk}/cancel").status_code == 403


def test_devices_of_others_are_not_there(client: Client, device: Device) -> None:
    mine, theirs = organisation("eau"), organisation("voirie")
    Device.objects.filter(pk=device.pk).update(organisation=theirs)
    asked = ask(Device.objects.get(pk=device.pk))
    sign_in(client, make_agent("devices.view", "devices.command", organisation=mine))
    assert client.get(f"{HOME}{device.pk}/downlinks").status_code == 404
    assert client.post(f"{HOME}downlinks/{asked.pk}/cancel").status_code == 404
    assert device.name not in client.get(f"{HOME}downlinks/").content.decode()


def test_the_list_is_narrowed_by_state(reader: Client, device: Device) -> None:
    ask(device)
    assert device.name in reader.get(f"{HOME}downlinks/?state=queued").content.decode()
    assert device.name not in reader.get(f"{HOME}downlinks/?state=failed").content.decode()
    assert device.name in reader.get(f"{HOME}downlinks/?state=nonsense&page=x").content.decode()


def test_the_list_asks_little_however_long(reader: Client, source: Source) -> None:
    for _ in range(3):
        ask(make_device(network_name="app1", entity=None))
    reader.get(f"{HOME}downlinks/")
    with assert_num_queries(6):
        reader.get(f"{HOME}downlinks/")


def test_the_key_of_a_source_is_written_and_never_shown(client: Client, source: Source) -> None:
    sign_in(client, make_agent("devices.view", "devices.manage"))
    path = f"{HOME}sources/{source.pk}/downlinks"
    answer = client.post(path, {"url": "https://lora.city.fr", "key": "very-secret"}, follow=True)
    assert "enregistré" in answer.content.decode()
    assert SourceKey.objects.get().secret == "very-secret"
    page = client.get(path).content.decode()
    assert "une clé est enregistrée" in page and "very-secret" not in page
    for bad in ({"url": "ftp://lora.city.fr"}, {"url": "javascript:1"}, {"key": "two words"}, {"key": "cl\u00e9"}):
        assert client.post(path, bad).status_code == 200
    assert SourceKey.objects.get().secret == "very-secret"


def test_sources_that_send_nothing_have_no_such_page(client: Client) -> None:
    sign_in(client, make_agent("devices.view", "devices.manage"))
    assert client.get(f"{HOME}sources/{make_source(server='loriot').pk}/downlinks").status_code == 404
