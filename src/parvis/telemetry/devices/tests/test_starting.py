"""The guided path, as a new user walks it: from a maker's files to the first reading on the map."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.foundations.identity.models import ApiToken
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source, Uplink

from .factories import TEMPERATURE, chirpstack, make_codec, make_device, make_profile, make_source, raw

pytestmark = pytest.mark.django_db

START = "/backoffice/devices/start"
EUI = "02004d5450c0ffee"
YAML = """
uplinkDecoder:
  fileName: air.js
  examples:
    - description: A mild day
      input: {fPort: 1, bytes: [0, 215, 50]}
      output: {data: {temperature: 21.5, humidity: 50}}
"""
KEY = "000102030405060708090A0B0C0D0E0F"
LIST = f"Serial;DevEUI;AppKey;Latitude;Longitude\nA1;{EUI.upper()};{KEY};43,61;3,87\nA2;02004D5450C0FFEF;{KEY};;\nA3;oops;{KEY};;\n"


@pytest.fixture
def office(client: Client) -> Client:
    return sign_in(
        client, make_agent("devices.view", "devices.manage", "devices.uplink", "identity.tokens", "context.view")
    )


def upload(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def page(client: Client, path: str = "") -> str:
    answer = client.get(START + path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def begin(client: Client, **changes: Any) -> Any:
    form = {"name": "Sonde AX-3", "entity_type": "AirQualityObserved"}
    return client.post(START, {**form, **changes}, follow=True)


def hear(source: Source, *bodies: bytes) -> None:
    now = clock.now()
    ingest([raw(source, body, at=now) for body in bodies], now=now)


def test_from_a_makers_files_to_the_first_reading(office: Client) -> None:
    # The codec and its examples: the mapping is already there, and seen on the examples.
    answer = begin(office, codec_files=[upload("air.js", TEMPERATURE), upload("air-codec.yaml", YAML)])
    body = answer.content.decode()
    profile = DeviceProfile.objects.get()
    assert answer.redirect_chain[-1][0] == f"{START}/{profile.pk}/mapping"
    assert "1 exemple sur 1" in body
    assert "21,5 °C" in body
    lines = {row["field"]: row["attribute"] for row in profile.mapping}
    assert lines == {"temperature": "temperature", "humidity": "relativeHumidity"}

    # The list: tried first, keys left out, refused rows told; then kept.
    path = f"{START}/{profile.pk}/devices"
    body = office.post(path, {"file": upload("capteurs.csv", LIST)}).content.decode()
    assert "Colonnes de clés non lues : AppKey" in body
    assert "16 chiffres hexadécimaux" in body
    assert KEY not in body
    assert not Device.objects.exists()
    carried = body.partition('name="carried" value="')[2].partition('"')[0]
    body = office.post(path, {"carried": carried}, follow=True).content.decode()
    assert Device.objects.filter(profile=profile).count() == 2
    assert "Placer 02004d5450c0ffef" in body
    thing = Entity.objects.get()
    assert (thing.type, thing.longitude, thing.latitude) == ("AirQualityObserved", 3.87, 43.61)

    # The source, its token, and the wait.
    form = {"label": "Réseau de la ville", "server": "chirpstack-v4"}
    answer = office.post(f"{START}/{profile.pk}/source", form, follow=True)
    source = Source.objects.get()
    body = answer.content.decode()
    assert "/ingest/reseau-de-la-ville</code>" in body
    assert "application/+/device/+/event/+" in body
    assert "Parvis attend 2 capteurs" in body
    body = office.post(f"{START}/{profile.pk}/token", {"source": source.pk}).content.decode()
    token = ApiToken.objects.get()
    assert token.scopes == ["devices.uplink"]
    assert f"Bearer {token.hint}" in body

    # The first uplink.
    state = f"/{profile.pk}/state?source={source.pk}"
    assert 'data-state="waiting"' in page(office, state)
    hear(source, chirpstack(EUI, at=clock.now()))
    body = page(office, state)
    assert 'data-state="heard"' in body
    assert "21,5 °C" in body
    assert "a donné sa première mesure" in page(office, f"/{profile.pk}/first")


def test_what_came_before_its_device_was_declared_is_replayed(office: Client) -> None:
    source = make_source()
    hear(source, chirpstack(EUI, at=clock.now()), chirpstack("02004d5450aaaaaa", at=clock.now()))
    profile = make_profile(make_codec())
    device = make_device(profile, eui=EUI)
    body = page(office, f"/{profile.pk}/first?source={source.pk}")
    assert "reçue avant que le capteur soit déclaré" in body
    assert "02004d5450aaaaaa" in body  # a stranger: perhaps the list lacks it
    answer = office.post(f"{START}/{profile.pk}/replay", {"source": source.pk}, follow=True)
    assert "1 acceptée" in answer.content.decode()
    assert Uplink.objects.get(device=device).status == "accepted"
    assert 'data-state="heard"' in page(office, f"/{profile.pk}/state")


@pytest.mark.parametrize(
    ("codec", "mapping", "words"),
    [
        ("function decodeUplink() { throw 'no' }", [], "voir le codec"),
        (TEMPERATURE, [{"field": "other", "attribute": "temperature"}], "voir la correspondance"),
    ],
)
def test_a_rejected_uplink_leads_to_what_mends_it(office: Client, codec: str, mapping: list[Any], words: str) -> None:
    profile = make_profile(make_codec(codec), mapping=mapping)
    device = make_device(profile)
    hear(make_source(), chirpstack(device.eui, at=clock.now()))
    body = page(office, f"/{profile.pk}/first")
    assert 'data-state="rejected"' in body
    assert words in body


def test_a_device_without_thing_is_put_on_the_map(office: Client) -> None:
    profile = make_profile(make_codec(), entity_type="AirQualityObserved")
    device = make_device(profile, entity=None, eui=EUI)
    hear(make_source(), chirpstack(EUI, at=clock.now()))
    path = f"{START}/{profile.pk}/devices/{device.pk}"
    assert path in page(office, f"/{profile.pk}/first")
    assert "Placez le capteur" in office.post(path, {}).content.decode()
    assert "Aucun équipement" in office.post(path, {"thing": "urn:ngsi-ld:None:1"}).content.decode()
    assert office.post(path, {"longitude": "3.87", "latitude": "43.61"}).status_code == 302
    device.refresh_from_db()
    assert device.entity
    assert (device.entity.type, device.entity.longitude) == ("AirQualityObserved", 3.87)
    # Its thing may also be known already, or lack only its place.
    bare = make_device(profile)
    assert (
        office.post(f"{START}/{profile.pk}/devices/{bare.pk}", {"longitude": "3.9", "latitude": "43.6"}).status_code
        == 302
    )
    bare.refresh_from_db()
    assert bare.entity
    assert bare.entity.longitude == 3.9
    other = make_device(profile, entity=None)
    path = f"{START}/{profile.pk}/devices/{other.pk}"
    assert office.post(path, {"thing": bare.entity.urn}).status_code == 302
    other.refresh_from_db()
    assert other.entity == bare.entity


def test_files_that_cannot_serve_are_refused(office: Client) -> None:
    assert "Aucun codec" in begin(office, codec_files=[upload("notice.json", "{}")]).content.decode()
    body = begin(office, codec_files=[upload("a.js", TEMPERATURE)], codec=make_codec().pk).content.decode()
    assert "pas les deux" in body
    make_profile(name="Sonde AX-3")
    assert "porte déjà ce nom" in begin(office).content.decode()
    assert DeviceProfile.objects.count() == 1


def test_a_list_that_is_none_is_refused(office: Client) -> None:
    path = f"{START}/{make_profile().pk}/devices"
    assert office.post(path, {"file": upload("x.csv", "")}).status_code == 200
    assert office.post(path, {"file": upload("x.csv", "a;b\n1;2\n")}).status_code == 200
    assert office.post(path, {"carried": "nonsense"}, follow=True).status_code == 200
    assert office.post(path, {}).status_code == 200
    assert not Device.objects.exists()


def test_devices_of_another_profile_become_of_this_one(office: Client) -> None:
    device, profile = make_device(make_profile(), eui=EUI), make_profile(name="Sonde AX-3")
    path = f"{START}/{profile.pk}/devices"
    listed = f"dev_eui;profile\n{EUI};AX3-EU868\n"  # what the maker calls it
    body = office.post(path, {"file": upload("x.csv", listed)}).content.decode()
    carried = body.partition('name="carried" value="')[2].partition('"')[0]
    office.post(path, {"carried": carried})
    device.refresh_from_db()
    assert device.profile == profile


def test_an_existing_codec_or_none_will_do(office: Client) -> None:
    codec = make_codec()
    begin(office, codec=codec.pk)
    begin(office, name="Sonde B")
    assert set(DeviceProfile.objects.values_list("codec", flat=True)) == {codec.pk, None}
    assert Codec.objects.count() == 1
    body = page(office)
    assert "Sonde AX-3" in body  # to be taken up again
    assert "la correspondance reste à écrire" in body


def test_each_step_can_be_opened_alone(office: Client) -> None:
    profile = make_profile()
    for step in ("mapping", "devices", "source", "first", "state"):
        assert page(office, f"/{profile.pk}/{step}")
        assert office.get(f"{START}/{profile.pk + 1}/{step}").status_code == 404
    assert "Choisir la source" in page(office, f"/{profile.pk}/first?source=nonsense")


@pytest.mark.parametrize(
    "step", ["", "/{key}/mapping", "/{key}/devices", "/{key}/source", "/{key}/first", "/{key}/state"]
)
def test_the_path_is_for_those_who_manage(client: Client, step: str) -> None:
    path = START + step.format(key=make_profile().pk)
    assert client.get(path).status_code == 302
    sign_in(client, make_agent("devices.view"))
    assert client.get(path).status_code == 403


def test_one_does_not_walk_with_others_devices(client: Client) -> None:
    water = Organisation.objects.create(kind="service", name="Eau", short_name="Eau", slug="eau")
    light = Organisation.objects.create(kind="service", name="Lumière", short_name="Lum", slug="lum")
    agent = sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    theirs = make_profile(organisation=light)
    shared = make_profile(make_codec())
    device = make_device(shared, organisation=light, entity=None, name="Sonde lumière")
    source = make_source(organisation=light)
    assert agent.get(f"{START}/{theirs.pk}/devices").status_code == 404
    assert agent.get(f"{START}/{shared.pk}/mapping").status_code == 403
    assert "Sonde lumière" not in page(agent, f"/{shared.pk}/devices")
    assert agent.get(f"{START}/{shared.pk}/devices/{device.pk}").status_code == 404
    assert agent.post(f"{START}/{shared.pk}/token", {"source": source.pk}).status_code == 403
    assert agent.post(f"{START}/{shared.pk}/token", {"source": make_source().pk}).status_code == 403
    assert not ApiToken.objects.exists()


def test_the_queries_of_the_wait_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    profile = make_profile(make_codec())
    devices = [make_device(profile) for _ in range(20)]
    hear(make_source(), *(chirpstack(device.eui, at=clock.now()) for device in devices))
    page(office, f"/{profile.pk}/state")
    with django_assert_max_num_queries(16):
        page(office, f"/{profile.pk}/state")
