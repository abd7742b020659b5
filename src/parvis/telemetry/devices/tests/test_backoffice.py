"""The pages of the back office: what agents see and do, and what they may not."""

from typing import Any

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.kernel.testing import deliver
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Replay, Source, Uplink

from .factories import (
    MAPPING,
    TEMPERATURE,
    chirpstack,
    make_codec,
    make_device,
    make_entity,
    make_profile,
    make_source,
    make_thermometer,
    raw,
)

pytestmark = pytest.mark.django_db

HOME = "/backoffice/devices/"


def organisation(slug: str) -> Organisation:
    return Organisation.objects.create(kind="service", name=slug.title(), short_name=slug, slug=slug)


@pytest.fixture
def office(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view", "devices.manage"))


@pytest.fixture
def reader(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view"))


def page(client: Client, path: str) -> str:
    answer = client.get(HOME + path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(source: Source, *bodies: bytes) -> None:
    now = clock.now()
    ingest([raw(source, body, at=now) for body in bodies], now=now)


ALL_PAGES = [
    "",
    "list",
    "new",
    "register",
    "gateways/",
    "profiles/",
    "profiles/new",
    "codecs/",
    "codecs/new",
    "sources/",
    "sources/new",
    "uplinks/",
]


@pytest.mark.parametrize("path", ALL_PAGES)
def test_pages_need_their_right(client: Client, path: str) -> None:
    assert client.get(HOME + path).status_code == 302
    sign_in(client, make_agent("context.view"))
    assert client.get(HOME + path).status_code == 403


@pytest.mark.parametrize("path", [path for path in ALL_PAGES if path.endswith("new")])
def test_writing_needs_the_right_to_manage(reader: Client, path: str) -> None:
    assert reader.get(HOME + path).status_code == 403


def test_the_list_is_searched_and_filtered(office: Client) -> None:
    old = clock.now().replace(year=clock.now().year - 1)
    make_device(name="Alpha", eui="02004d5450aaaaaa", last_seen_at=old)
    make_device(name="Bravo", eui="02004d5450bbbbbb", last_seen_at=clock.now(), battery_percent=10)
    make_device(name="Charlie", eui="02004d5450cccccc")

    def names(query: str) -> list[str]:
        body = page(office, f"list{query}")
        return [name for name in ("Alpha", "Bravo", "Charlie") if f">{name}</a>" in body]

    assert names("") == ["Alpha", "Bravo", "Charlie"]
    assert names("?q=brav") == ["Bravo"]
    assert names("?q=CC:CC:CC") == ["Charlie"]
    assert names("?health=silent") == ["Alpha"]
    assert names("?health=low_battery") == ["Bravo"]
    assert names("?health=never") == ["Charlie"]
    assert names("?health=nonsense&profile=x") == ["Alpha", "Bravo", "Charlie"]


def test_the_queries_of_the_list_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    profile = make_profile(make_codec())
    for _ in range(30):
        make_device(profile, organisation=None)
    page(office, "list")
    with django_assert_max_num_queries(12):
        page(office, "list")


def test_an_agent_sees_the_devices_of_the_own_organisation_only(client: Client) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    mine, other = make_device(name="Mien", organisation=water), make_device(name="Autre", organisation=light)
    sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    body = page(client, "list")
    assert "Mien" in body
    assert "Autre" not in body
    assert client.get(f"{HOME}{mine.pk}").status_code == 200
    assert client.get(f"{HOME}{mine.pk}/edit").status_code == 200
    assert client.get(f"{HOME}{other.pk}").status_code == 404
    assert client.get(f"{HOME}{other.pk}/edit").status_code == 404
    send(make_source(), chirpstack(other.eui))
    assert client.get(f"{HOME}uplinks/{Uplink.objects.get().pk}").status_code == 404
    assert other.eui not in page(client, "uplinks/")
    # Nor can one be given to another organisation.
    form = {"eui": "02004d5450abcdef", "name": "x", "organisation": light.pk}
    assert "Sélectionnez un choix valide" in client.post(f"{HOME}new", form).content.decode()
    assert not Device.objects.filter(eui="02004d5450abcdef").exists()


def test_a_device_is_tied_to_a_thing_of_the_own_organisation_only(client: Client) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    mine, other = make_entity(organisation_id=water.pk), make_entity(organisation_id=light.pk)
    sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    form = {"eui": "02004d5450abcdef", "name": "x", "organisation": water.pk}
    for urn in (other.urn, make_entity().urn, "urn:ngsi-ld:Device:none"):
        refused = client.post(f"{HOME}new", {**form, "thing": urn})
        assert "Aucun équipement n’a cet URN." in refused.content.decode()
    assert not Device.objects.exists()
    assert client.post(f"{HOME}new", {**form, "thing": mine.urn}).status_code == 302
    # What somebody with more rights tied is left as it is.
    Device.objects.update(entity=other)
    device = Device.objects.get()
    saved = client.post(f"{HOME}{device.pk}/edit", {**form, "thing": other.urn, "name": "renommé"})
    assert saved.status_code == 302
    device.refresh_from_db()
    assert (device.entity_id, device.name) == (other.pk, "renommé")


def test_a_device_shows_its_uplinks_side_by_side(office: Client) -> None:
    device, source = make_thermometer(name="Thermomètre"), make_source()
    now = clock.now()
    send(source, chirpstack(device.eui, at=now), chirpstack(device.eui, f_cnt=1, at=now, data="AA=="))
    body = page(office, f"{device.pk}")
    assert "00 d7 32" in body
    assert "temperature : 21.5" in body
    assert "-80" in body
    body = page(office, f"uplinks/{Uplink.objects.get(f_cnt=0).pk}")
    assert "deduplicationId" in body
    assert "&quot;humidity&quot;: 50" in body


def test_hostile_text_is_shown_as_text(office: Client) -> None:
    send(
        make_source(),
        b"<script>alert(1)</script>",
        chirpstack("02004d5450ffffff", devAddr="<img src=x onerror=alert(1)>"),
    )
    for uplink in Uplink.objects.all():
        body = page(office, f"uplinks/{uplink.pk}")
        assert "<script>alert" not in body
        assert "<img src=x" not in body


def test_a_device_is_written(office: Client) -> None:
    profile, entity = make_profile(), make_entity(urn="urn:ngsi-ld:Streetlight:7")
    form = {
        "eui": "02:00:4D:54:50:AB:CD:EF",
        "name": "Lampe",
        "profile": profile.pk,
        "thing": entity.urn,
        "is_active": "on",
    }
    answer = office.post(f"{HOME}new", form, follow=True)
    assert "Capteur enregistré" in answer.content.decode()
    device = Device.objects.get()
    assert (device.eui, device.entity, device.profile, device.is_active) == ("02004d5450abcdef", entity, profile, True)
    office.post(f"{HOME}{device.pk}/edit", {**form, "name": "Lampe 7", "thing": ""})
    device.refresh_from_db()
    assert (device.name, device.entity) == ("Lampe 7", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"eui": "xyz"}, "16 chiffres hexadécimaux"),
        ({"eui": "02004d5450aaaaaa"}, "existe déjà"),
        ({"thing": "urn:ngsi-ld:Streetlight:nowhere"}, "Aucun équipement"),
    ],
)
def test_a_wrong_device_is_refused(office: Client, change: dict[str, str], words: str) -> None:
    make_device(eui="02004d5450aaaaaa")
    body = office.post(f"{HOME}new", {"eui": "02004d5450abcdef", "name": "x", **change}).content.decode()
    assert words in body
    assert Device.objects.count() == 1


def mapping(*rows: dict[str, str]) -> dict[str, str]:
    given = {"mapping-TOTAL_FORMS": str(len(rows)), "mapping-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        given |= {f"mapping-{number}-{name}": value for name, value in row.items()}
    return given


def test_a_profile_is_written_with_its_mapping(office: Client) -> None:
    codec = make_codec()
    profile = make_profile(name="Ancien", mapping=MAPPING)
    body = page(office, f"profiles/{profile.pk}")
    assert 'value="relativeHumidity"' in body
    rows = mapping(
        {"field": "t", "attribute": "temperature", "unit_code": "CEL", "scale": "0,1"}, {"field": "", "attribute": ""}
    )
    form = {"name": "Nouveau", "entity_type": "Device", "codec": codec.pk, "expected_period_min": "15", **rows}
    assert office.post(f"{HOME}profiles/{profile.pk}", form).status_code == 302
    profile.refresh_from_db()
    assert profile.mapping == [
        {"field": "t", "attribute": "temperature", "unit_code": "CEL", "scale": 0.1, "offset": 0.0}
    ]
    assert (profile.name, profile.expected_period_s, profile.codec, profile.version) == ("Nouveau", 900, codec, 2)


def test_a_wrong_mapping_is_told_by_line(office: Client) -> None:
    profile = make_profile()
    form = {"name": "P", "entity_type": "Device", **mapping({"field": "t", "attribute": "id"})}
    body = office.post(f"{HOME}profiles/{profile.pk}", form).content.decode()
    assert "Ligne 1 : le nom d’attribut" in body
    profile.refresh_from_db()
    assert profile.version == 1


def test_a_reader_sees_a_profile_without_form(reader: Client) -> None:
    body = page(reader, f"profiles/{make_profile().pk}")
    assert "relativeHumidity" in body
    assert "Enregistrer" not in body


def test_a_codec_is_tried_then_kept(office: Client) -> None:
    form = {"name": "thermo", "source": TEMPERATURE, "sample": "00d732", "sample_port": "1"}
    body = office.post(f"{HOME}codecs/new", {**form, "try": ""}).content.decode()
    assert "&quot;temperature&quot;: 21.5" in body
    assert not Codec.objects.exists()
    office.post(f"{HOME}codecs/new", {**form, "save": ""})
    codec = Codec.objects.get()
    assert (codec.name, codec.version, codec.source.strip()) == ("thermo", 1, TEMPERATURE.strip())
    make_device(make_profile(codec))
    office.post(f"{HOME}codecs/{codec.pk}", {**form, "source": TEMPERATURE + "// 2", "save": ""})
    assert Codec.objects.get(version=2).profiles.count() == 1
    assert "thermo v1" in page(office, f"codecs/{codec.pk}")
    assert (
        "existe" in office.post(f"{HOME}codecs/new", {**form, "save": ""}).content.decode()
        or Codec.objects.count() == 2
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("function decodeUplink(", "ne se compile pas"),
        ("var a = 1;", "aucune fonction de décodage"),
        ("function decodeUplink() { while (true); }", "ne répond pas en 0,2"),
        ("function decodeUplink() { const a = []; for (;;) a.push(new Uint8Array(1e6)); }", "épuise la mémoire"),
    ],
)
def test_a_codec_that_cannot_serve_is_not_kept(office: Client, source: str, words: str) -> None:
    form = {"name": "wrong", "source": source, "sample": "00", "sample_port": "1", "save": ""}
    assert words in office.post(f"{HOME}codecs/new", form).content.decode()
    assert not Codec.objects.exists()


def test_a_codec_that_dislikes_the_sample_is_kept(office: Client) -> None:
    form = {
        "name": "strict",
        "source": "function decodeUplink() { throw 'no' }",
        "sample": "",
        "sample_port": "1",
        "save": "",
    }
    assert office.post(f"{HOME}codecs/new", form).status_code == 302


def test_a_reader_tries_a_codec_but_does_not_keep_it(reader: Client) -> None:
    codec = make_codec()
    form = {"source": TEMPERATURE + "//", "sample": "00d732", "sample_port": "1"}
    assert "21.5" in reader.post(f"{HOME}codecs/{codec.pk}", {**form, "try": ""}).content.decode()
    assert reader.post(f"{HOME}codecs/{codec.pk}", {**form, "save": ""}).status_code == 403
    assert reader.post(f"{HOME}codecs/{codec.pk}/lift").status_code == 403
    assert Codec.objects.count() == 1


def test_a_quarantine_is_seen_and_lifted(office: Client) -> None:
    codec = make_codec(quarantined_at=clock.now(), quarantine="overran")
    assert "en quarantaine" in page(office, "codecs/")
    assert "En quarantaine : temps dépassé" in page(office, f"codecs/{codec.pk}")
    office.post(f"{HOME}codecs/{codec.pk}/lift")
    codec.refresh_from_db()
    assert codec.quarantined_at is None


def test_a_source_says_exactly_what_to_paste(office: Client) -> None:
    form = {"label": "Réseau de la ville", "slug": "reseau-ville", "server": "chirpstack-v4", "is_active": "on"}
    body = office.post(f"{HOME}sources/new", form, follow=True).content.decode()
    assert "/ingest/reseau-ville</code>" in body
    assert "Authorization" in body
    source = Source.objects.get()
    office.post(f"{HOME}sources/{source.pk}/edit", {**form, "mqtt_topic": "application/+/device/+/event/+"})
    source.refresh_from_db()
    assert source.mqtt_topic == "application/+/device/+/event/+"
    body = office.post(f"{HOME}sources/{source.pk}/edit", {**form, "mqtt_topic": "a/#/b"}).content.decode()
    assert "filtre de sujets" in body


def test_rejected_uplinks_are_filtered_and_replayed(office: Client) -> None:
    source = make_source()
    send(source, b"{", chirpstack("02004d5450fffff1"), chirpstack("02004d5450fffff2"))
    body = page(office, "uplinks/")
    assert "capteur inconnu (2)" in body
    assert "Rejouer ces 3 remontées" in body
    assert "02004d5450fffff1" not in page(office, "uplinks/?reason=malformed")
    assert "fffff1" in page(office, "uplinks/?eui=02004d5450fffff1")
    unknown = Uplink.objects.get(eui="02004d5450fffff1")
    answer = office.post(f"{HOME}uplinks/{unknown.pk}/replay", follow=True).content.decode()
    assert "Encore rejetée : capteur inconnu" in answer
    make_thermometer(eui="02004d5450fffff1")
    assert "acceptée" in office.post(f"{HOME}uplinks/{unknown.pk}/replay", follow=True).content.decode()
    make_thermometer(eui="02004d5450fffff2")
    answer = office.post(f"{HOME}uplinks/replay", {"reason": "unknown_device"}, follow=True).content.decode()
    assert "1 remontée va être rejouée" in answer
    assert "en cours" in answer
    deliver()
    assert "terminée" in page(office, f"uplinks/replays/{Replay.objects.get().pk}")
    assert set(Uplink.objects.rejected().values_list("reason", flat=True)) == {"malformed"}


def test_a_reader_does_not_replay(reader: Client) -> None:
    send(make_source(), chirpstack("02004d5450fffff1"))
    uplink = Uplink.objects.get()
    assert "Rejouer" not in page(reader, "uplinks/")
    assert "Rejouer" not in page(reader, f"uplinks/{uplink.pk}")
    assert reader.post(f"{HOME}uplinks/{uplink.pk}/replay").status_code == 403
    assert reader.post(f"{HOME}uplinks/replay").status_code == 403


def test_the_queries_of_the_rejected_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    profile = make_profile()
    send(make_source(), *(chirpstack(make_device(profile).eui) for _ in range(30)))
    page(office, "uplinks/")
    with django_assert_max_num_queries(13):
        page(office, "uplinks/")


def test_a_thing_shows_its_devices(client: Client) -> None:
    device = make_thermometer(name="Sonde du quai")
    sign_in(client, make_agent("context.view", "devices.view"))
    assert device.entity
    body = client.get(f"/backoffice/context/entities/{device.entity.urn}").content.decode()
    assert "Sonde du quai" in body
    assert "jamais entendu" in body


def test_lists_have_something_to_say_when_empty(office: Client) -> None:
    assert not DeviceProfile.objects.exists()
    for path, words in [
        ("", "Aucun capteur"),
        ("profiles/", "Aucun profil"),
        ("codecs/", "Aucun codec"),
        ("sources/", "Aucune source"),
        ("uplinks/", "Aucune remontée"),
    ]:
        assert words in page(office, path)
