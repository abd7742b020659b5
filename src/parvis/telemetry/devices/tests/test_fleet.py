"""The fleet, its gateways and its lists as agents see them; a hundred thousand devices cost the queries of ten."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import Assignment, Battery, Device, Gateway

from .factories import chirpstack, make_device, make_entity, make_profile, make_source, make_thermometer, raw

pytestmark = pytest.mark.django_db

HOME = "/backoffice/devices/"
EUI = "70b3d57ed0000001"


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


def make_gateway(number: str = "aa", *, silent_for: timedelta = timedelta(0), **fields: Any) -> Gateway:
    now = clock.now()
    return Gateway.objects.create(number=number, created_at=now, last_seen_at=now - silent_for, **fields)


def long_ago() -> Any:
    return clock.now() - timedelta(days=40)


def test_the_fleet_says_how_many_are_how(office: Client) -> None:
    make_gateway(silent_for=timedelta(days=41))
    make_device(last_seen_at=clock.now())
    make_device(last_seen_at=long_ago())
    make_device(last_seen_at=long_ago(), gateway="aa")
    counted = office.get(HOME).context["counts"]
    assert {one["health"].value: one["number"] for one in counted} == {
        "ok": 1,
        "silent": 1,
        "gateway_silent": 1,
        "low_battery": 0,
        "battery_ending": 0,
        "never": 0,
    }


def test_what_to_do_first_is_in_its_order(office: Client) -> None:
    now = clock.now()
    make_gateway("bb", name="Toit du théâtre", silent_for=timedelta(days=41))
    make_device(name="Derrière", last_seen_at=long_ago(), gateway="bb")
    make_device(name="Muet depuis peu", last_seen_at=now - timedelta(days=2))
    make_device(name="Muet", last_seen_at=long_ago())
    make_device(name="Pile à cinq", last_seen_at=now, battery_percent=5)
    make_device(name="Pile à dix", last_seen_at=now, battery_percent=10)
    ending = make_device(name="Bientôt", last_seen_at=now, battery_percent=50)
    Battery.objects.create(device=ending, measured_on=now.date(), ends_on=now.date() + timedelta(days=30))
    make_device(name="Tranquille", last_seen_at=now)
    ingest([raw(make_source(), b"nonsense", at=now)], now=now)
    body = page(office, "")
    work = body[body.index("fleet-first") :]
    wanted = [
        "Toit du théâtre",
        "enveloppe illisible",
        "Muet depuis peu",
        "Muet<",
        "Pile à cinq",
        "Pile à dix",
        "Bientôt",
    ]
    places = [work.index(name) for name in wanted]
    assert places == sorted(places)
    assert "Tranquille" not in work
    assert "Derrière" not in work  # its gateway is to be seen, not it
    assert "1 capteur qu’elle seule entendait" in work


def test_the_queries_of_the_fleet_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    def grow() -> None:
        for number in range(10):
            gateway = make_gateway(f"{Gateway.objects.count():x}", silent_for=timedelta(days=41))
            make_device(make_profile(), last_seen_at=long_ago(), gateway=gateway.number)
            make_device(make_profile(), last_seen_at=long_ago(), battery_percent=number)
            ingest([raw(make_source(), b"{%d" % number, at=clock.now())], now=clock.now())

    grow()
    page(office, "")
    with django_assert_max_num_queries(16) as few:
        page(office, "")
    grow()
    with django_assert_max_num_queries(len(few)):
        page(office, "")


def test_the_map_has_every_device_that_is_somewhere(office: Client, django_assert_max_num_queries: Any) -> None:
    here = make_device(last_seen_at=clock.now(), entity=make_entity(longitude=3.87, latitude=43.61))
    make_device(entity=make_entity())
    make_device(entity=None)
    make_gateway(name="Toit", longitude=3.9, latitude=43.6)
    make_gateway("bb")
    answer = office.get(f"{HOME}map.json").json()
    assert (answer["id"], answer["lon"], answer["lat"]) == ([here.pk], [3.87], [43.61])
    assert answer["healths"][answer["health"][0]] == "ok"
    assert [(one["name"], one["silent"]) for one in answer["gateways"]] == [("Toit", False)]
    for _ in range(20):
        make_device(entity=make_entity(longitude=3.87, latitude=43.61))
    with django_assert_max_num_queries(10):
        assert len(office.get(f"{HOME}map.json").json()["id"]) == 21


def test_the_map_of_an_empty_fleet_is_empty(office: Client) -> None:
    answer = office.get(f"{HOME}map.json").json()
    assert (answer["id"], answer["health"], answer["gateways"]) == ([], [], [])
    assert "Aucun capteur" in page(office, "")


def test_a_point_says_its_name_and_health(office: Client) -> None:
    device = make_device(make_profile(name="Sonde"), name="Bac 7", last_seen_at=clock.now())
    card = office.get(f"{HOME}{device.pk}.json").json()
    assert card["name"] == "Bac 7"
    assert card["lines"][:2] == ["Sonde", "en service"]


def test_nobody_counts_nor_maps_what_is_not_theirs(client: Client) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    place = {"longitude": 3.87, "latitude": 43.61}
    mine = make_device(name="Mien", organisation=water, last_seen_at=long_ago(), entity=make_entity(**place))
    other = make_device(
        name="Autre", organisation=light, last_seen_at=long_ago(), gateway="aa", entity=make_entity(**place)
    )
    theirs = make_gateway(name="Passerelle d’un autre", organisation=light, **place)
    sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    assert "Autre" not in page(client, "")
    assert client.get(HOME).context["total"] == 1
    answer = client.get(f"{HOME}map.json").json()
    assert (answer["id"], answer["gateways"]) == ([mine.pk], [])
    assert client.get(f"{HOME}{other.pk}.json").status_code == 404
    assert theirs.name not in page(client, "gateways/")
    assert client.get(f"{HOME}gateways/{theirs.pk}").status_code == 404
    shared = make_gateway("bb", name="De tous")
    Device.objects.update(gateway="bb")
    body = page(client, f"gateways/{shared.pk}")
    assert "Mien" in body
    assert "Autre" not in body
    assert client.get(f"{HOME}gateways/{shared.pk}/edit").status_code == 403


def test_a_gateway_is_named_and_placed(office: Client) -> None:
    gateway = make_gateway(silent_for=timedelta(hours=2))
    assert "silencieuse" in page(office, "gateways/")
    assert "silencieuse" in page(office, f"gateways/{gateway.pk}")
    form = {"name": "Toit du théâtre", "organisation": "", "longitude": "3.88", "latitude": "43.6"}
    answer = office.post(f"{HOME}gateways/{gateway.pk}/edit", form, follow=True)
    assert "Toit du théâtre" in answer.content.decode()
    seen = gateway.last_seen_at
    gateway.refresh_from_db()
    assert (gateway.name, gateway.longitude, gateway.latitude, gateway.last_seen_at) == (form["name"], 3.88, 43.6, seen)
    wrong = office.post(f"{HOME}gateways/{gateway.pk}/edit", {**form, "latitude": ""})
    assert "une longitude et une latitude" in wrong.content.decode()
    wrong = office.post(f"{HOME}gateways/{gateway.pk}/edit", {**form, "latitude": "143"})
    assert wrong.status_code == 200


def test_a_reader_does_not_rename_gateways(reader: Client) -> None:
    gateway = make_gateway()
    assert "Nommer" not in page(reader, f"gateways/{gateway.pk}")
    assert reader.get(f"{HOME}gateways/{gateway.pk}/edit").status_code == 403


def test_the_queries_of_gateways_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        make_gateway(f"{number:x}")
        make_device(gateway=f"{number:x}")
    page(office, "gateways/")
    with django_assert_max_num_queries(10):
        page(office, "gateways/")


def test_a_device_shows_its_battery_radio_gateway_and_past(office: Client) -> None:
    device, source, now = make_thermometer(name="Thermomètre"), make_source(), clock.now()
    for age in range(3):
        at = now - timedelta(hours=age)
        ingest([raw(source, chirpstack(device.eui, f_cnt=9 - age, at=at), at=at)], now=at)
    Assignment.objects.create(device=device, entity=make_entity(), until=now - timedelta(days=1))
    levels = [[(now.date() - timedelta(days=60 - day)).isoformat(), 80 - day / 2] for day in range(0, 61, 3)]
    Battery.objects.create(device=device, levels=levels, measured_on=now.date())
    Device.objects.update(battery_percent=50, gateway="aa")
    body = page(office, f"{device.pk}")
    for words in ("RSSI", "SNR", "Facteur d’étalement", "à changer avant le", "Équipements précédents", "jusqu’au"):
        assert words in body, words
    assert "-15,0 points par mois" in body


def upload(client: Client, text: str, **fields: Any) -> Any:
    file = SimpleUploadedFile("capteurs.csv", text.encode(), content_type="text/csv")
    return client.post(f"{HOME}register", {"file": file, **fields})


def confirm(client: Client, tried: Any, **fields: Any) -> Any:
    return client.post(f"{HOME}register/confirm", {"carried": tried.context["carried"], **fields})


def test_a_list_is_tried_then_confirmed(office: Client) -> None:
    profile = make_profile(name="Sonde", entity_type="WasteContainer")
    key = "00112233445566778899aabbccddeeff"
    tried = upload(office, f"DevEUI;Nom;AppKey;lat;lon\n{EUI};Bac 7;{key};43,6;3,8\nxyz;;;;\n", profile=profile.pk)
    body = tried.content.decode()
    assert "Essai à blanc" in body
    assert "un DevEUI a 16 chiffres" in body
    assert "ni lues, ni gardées" in body
    assert key not in body
    assert not Device.objects.exists()
    kept = confirm(office, tried, profile=profile.pk)
    assert "Liste enregistrée" in kept.content.decode()
    device = Device.objects.get()
    assert (device.name, device.profile, device.entity is not None) == ("Bac 7", profile, True)
    assert key not in repr(tried.context["carried"])


def test_a_list_without_fault_leads_to_the_devices(office: Client) -> None:
    answer = confirm(office, upload(office, f"dev_eui\n{EUI}\n"))
    assert (answer.status_code, answer["Location"]) == (302, f"{HOME}list")


@pytest.mark.parametrize("carried", ["", "x", "eJwDAAAAAAE=", "AAAA", "é"])
def test_a_confirmation_that_was_not_tried_keeps_nothing(office: Client, carried: str) -> None:
    answer = office.post(f"{HOME}register/confirm", {"carried": carried})
    assert answer.status_code == 302
    assert office.get(f"{HOME}register/confirm").status_code == 302
    assert not Device.objects.exists()


@pytest.mark.parametrize("text", ["", "nom;profil\na;b\n", "\x00\x01"])
def test_a_file_that_is_no_list_is_refused(office: Client, text: str) -> None:
    assert upload(office, text).status_code == 200
    assert not Device.objects.exists()


def test_a_list_is_registered_in_ones_own_name_only(client: Client) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    assert "Ce champ est obligatoire" in upload(client, f"dev_eui\n{EUI}\n").content.decode()
    tried = upload(client, f"dev_eui\n{EUI}\n", organisation=water.pk)
    confirm(client, tried, organisation=light.pk)
    assert not Device.objects.exists()
    confirm(client, tried, organisation=water.pk)
    assert Device.objects.get().organisation == water


def test_the_empty_list_has_our_columns(office: Client) -> None:
    answer = office.get(f"{HOME}register/example.csv")
    assert answer.content.decode("utf-8-sig").startswith("dev_eui;name;profile;thing;")
    assert upload(office, answer.content.decode("utf-8-sig") + EUI).context["report"].created == 1


def test_a_move_is_dated_in_the_form(office: Client) -> None:
    device, there = make_device(), make_entity()
    form = {"eui": device.eui, "name": device.name, "thing": there.urn, "is_active": "on"}
    wrong = office.post(f"{HOME}{device.pk}/edit", {**form, "moved_at": "2999-01-01T10:00"})
    assert "pas dans l’avenir" in wrong.content.decode()
    assert office.post(f"{HOME}{device.pk}/edit", {**form, "moved_at": "2026-02-01T10:00"}).status_code == 302
    device.refresh_from_db()
    assert device.entity == there
    assert Assignment.objects.get().until == device.entity_since


def test_the_queries_of_a_device_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    device, source, now = make_thermometer(), make_source(), clock.now()

    def grow(first: int) -> None:
        for number in range(first, first + 10):
            at = now - timedelta(minutes=100 - number)
            ingest([raw(source, chirpstack(device.eui, f_cnt=number, at=at), at=at)], now=at)
            Assignment.objects.create(device=device, entity=make_entity(), until=now - timedelta(days=number))

    grow(1)
    page(office, f"{device.pk}")
    with django_assert_max_num_queries(20) as few:
        page(office, f"{device.pk}")
    grow(11)
    with django_assert_max_num_queries(len(few)):
        page(office, f"{device.pk}")


@pytest.mark.parametrize(
    "path",
    [
        "list?q=%00&page=-1&health=%00&profile=99999999999999999999&gateway=%00",
        "list?page=99999999999999999999&organisation=x",
        "gateways/?page=x",
    ],
)
def test_a_senseless_address_narrows_nothing(office: Client, path: str) -> None:
    make_device(name="Toujours là")
    make_gateway(name="Toujours là")
    assert "Toujours là" in page(office, path)


@pytest.mark.parametrize("path", ["{}", "{}.json", "{}/edit", "gateways/{}", "gateways/{}/edit"])
def test_what_does_not_exist_is_not_found(office: Client, path: str) -> None:
    for key in ("0", "99999999999999999999"):
        assert office.get(HOME + path.format(key)).status_code == 404
