"""The desk of a mapping: lines added, removed, suggested, looked at on the last uplinks, kept."""

from typing import Any

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import DeviceProfile

from .factories import chirpstack, make_codec, make_device, make_profile, make_source, raw

pytestmark = pytest.mark.django_db

PROFILES = "/backoffice/devices/profiles/"


@pytest.fixture
def office(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view", "devices.manage"))


def form(*lines: dict[str, Any], total: int | None = None, **changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "P", "entity_type": "AirQualityObserved", "mapping-INITIAL_FORMS": 0}
    for number, line in enumerate(lines):
        data |= {f"mapping-{number}-{name}": value for name, value in line.items()}
    return data | {"mapping-TOTAL_FORMS": total or len(lines)} | changes


def heard(profile: DeviceProfile, *payloads: bytes, **changes: Any) -> None:
    device, now = make_device(profile, **changes), clock.now()
    source = make_source()
    bodies = [chirpstack(device.eui, payload, f_cnt=count, at=now) for count, payload in enumerate(payloads)]
    ingest([raw(source, body, at=now) for body in bodies], now=now)


def body(client: Client, path: str, data: dict[str, Any] | None = None) -> str:
    answer = client.get(PROFILES + path) if data is None else client.post(PROFILES + path, data)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_mapping_is_seen_on_the_last_uplinks(office: Client) -> None:
    profile = make_profile(make_codec())
    heard(profile, b"\x00\xd7\x32", name="Sonde du quai")
    page = body(office, str(profile.pk))
    assert "Sur la dernière remontée reçue" in page
    assert "21,5 °C" in page
    assert "0,5" in page  # 50 % by the scale of the mapping


def test_a_preview_follows_what_is_typed_and_keeps_nothing(office: Client) -> None:
    profile = make_profile(make_codec())
    heard(profile, b"\x00\xd7\x32")
    line = {"field": "temperature", "attribute": "temperature", "unit_code": "CEL", "scale": "1,8", "offset": "32"}
    told = {**form(line, codec=profile.codec_id), "profile": profile.pk}
    assert "70,7 °C" in body(office, "preview", told)
    told["mapping-0-maximum"] = "50"
    assert "hors plage" in body(office, "preview", told)
    told["mapping-0-maximum"] = "not a number"  # a line that cannot be read is left out, the page stays
    assert "70,7" not in body(office, "preview", told)
    profile.refresh_from_db()
    assert profile.version == 1


def test_fields_without_line_are_added_by_a_button(office: Client) -> None:
    profile = make_profile(make_codec(), entity_type="AirQualityObserved", mapping=[])
    heard(profile, b"\x00\xd7\x32")
    told = form({}, codec=profile.codec_id)
    assert 'name="add" value="humidity"' in body(office, str(profile.pk), {**told, "preview": ""})
    page = body(office, str(profile.pk), {**told, "add": "humidity"})
    assert 'name="mapping-0-attribute" value="relativeHumidity"' in page
    assert 'name="mapping-0-scale" value="0.01"' in page
    page = body(office, str(profile.pk), {**told, "suggest": ""})
    assert 'value="temperature"' in page
    assert 'value="relativeHumidity"' in page
    lines = (
        {"field": "temperature", "attribute": "temperature"},
        {"field": "humidity", "attribute": "relativeHumidity"},
    )
    page = body(office, str(profile.pk), {**form(*lines, codec=profile.codec_id), "remove": "0"})
    assert 'name="mapping-0-field" value="temperature"' not in page
    assert 'name="mapping-1-field" value="humidity"' in page
    profile.refresh_from_db()
    assert profile.mapping == []


def test_lines_are_added_without_end_of_the_page(office: Client) -> None:
    page = body(office, "new", {**form(total=1), "add": ""})
    assert 'name="mapping-1-field"' in page
    assert body(office, "new", {**form(total=1), "mapping-TOTAL_FORMS": "9" * 30, "add": ""})


def test_ranges_speeds_and_battery_are_kept(office: Client) -> None:
    profile = make_profile(make_codec())
    line = {
        "field": "temperature",
        "attribute": "temperature",
        "unit_code": "CEL",
        "minimum": "-20",
        "maximum": "50,5",
        "max_change_per_h": "10",
    }
    battery = {"battery_field": "battery", "battery_empty": "3", "battery_full": "3,6"}
    answer = office.post(f"{PROFILES}{profile.pk}", form(line, codec=profile.codec_id, **battery))
    assert answer.status_code == 302
    profile.refresh_from_db()
    (kept,) = profile.mapping
    assert (kept["minimum"], kept["maximum"], kept["max_change_per_h"]) == (-20.0, 50.5, 10.0)
    assert (profile.battery_field, profile.battery_empty, profile.battery_full) == ("battery", 3.0, 3.6)
    page = body(office, str(profile.pk))
    assert 'value="50,5"' in page


def test_a_past_version_is_looked_at_and_taken_back(office: Client) -> None:
    profile = make_profile(make_codec(), battery_field="battery")
    first = profile.mapping
    heard(profile, b"\x00\xd7\x32")
    line = {"field": "temperature", "attribute": "temperature", "unit_code": "CEL", "offset": "100"}
    office.post(f"{PROFILES}{profile.pk}", form(line, codec=profile.codec_id))
    page = body(office, str(profile.pk))
    assert "121,5 °C" in page
    assert f"{profile.pk}?version=1" in page
    page = body(office, f"{profile.pk}?version=1")
    assert "Version 1, qui ne sert plus" in page
    assert "21,5 °C" in page
    assert "121,5" not in page
    assert 'name="battery_field" value="battery"' in page
    assert "en service" in body(office, f"{profile.pk}?version=99")
    lines = [{"scale": "1", **row} for row in first]
    office.post(f"{PROFILES}{profile.pk}?version=1", form(*lines, codec=profile.codec_id))
    profile.refresh_from_db()
    assert profile.version == 3
    assert [row["attribute"] for row in profile.mapping] == [row["attribute"] for row in first]
    assert [one.version for one in profile.past.all()] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"battery_field": "b", "battery_empty": "3"}, "Donnez les deux tensions"),
        ({"battery_field": "b", "battery_empty": "3", "battery_full": "2"}, "plus haute que la pile vide"),
        ({"mapping-0-minimum": "10", "mapping-0-maximum": "1"}, "minimum"),
        ({"mapping-0-max_change_per_h": "-1"}, "variation"),
        ({"mapping-0-attribute": "id"}, "Ligne 1"),
    ],
)
def test_what_makes_no_sense_is_told(office: Client, changes: dict[str, str], words: str) -> None:
    profile = make_profile()
    line = {"field": "temperature", "attribute": "temperature"}
    assert words in body(office, str(profile.pk), {**form(line), **changes})
    profile.refresh_from_db()
    assert profile.version == 1


def test_a_codec_that_fails_says_so_in_the_preview(office: Client) -> None:
    profile = make_profile(make_codec("function decodeUplink() { throw new Error('too short') }"))
    heard(profile, b"\x00")
    assert "too short" in body(office, str(profile.pk))


def test_examples_stand_for_uplinks_and_a_payload_for_examples(office: Client) -> None:
    row = {"function": "decodeUplink", "description": "froid", "input": {}, "expected": {}, "passed": True}
    profile = make_profile(make_codec(examples=[{**row, "answer": {"data": {"temperature": -3.5}}}]))
    page = body(office, str(profile.pk))
    assert "aucun capteur n’a encore parlé" in page
    assert "-3,5 °C" in page
    told = form({"field": "temperature", "attribute": "temperature"}, codec=profile.codec_id)
    page = body(office, "preview", {**told, "sample": "00 c8 10", "sample_port": "1"})
    assert ">20" in page
    assert body(office, "preview", {**told, "sample": "0g"})


def test_the_preview_shows_nothing_of_others_devices(client: Client) -> None:
    water = Organisation.objects.create(kind="service", name="Eau", short_name="Eau", slug="eau")
    light = Organisation.objects.create(kind="service", name="Lumière", short_name="Lum", slug="lum")
    profile = make_profile(make_codec())
    heard(profile, b"\x00\xd7\x32", organisation=light)
    agent = sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    told = {**form({"field": "temperature", "attribute": "temperature"}, codec=profile.codec_id), "profile": profile.pk}
    assert "21,5" not in body(agent, "preview", told)
    theirs = make_profile(make_codec(), organisation=light)
    assert agent.post(f"{PROFILES}preview", {**told, "profile": theirs.pk}).status_code == 404


def test_a_reader_may_not_preview(client: Client) -> None:
    sign_in(client, make_agent("devices.view"))
    assert client.post(f"{PROFILES}preview", form()).status_code == 403


def test_the_queries_of_the_desk_are_few(office: Client, django_assert_max_num_queries: Any) -> None:
    profile = make_profile(make_codec())
    for _ in range(8):
        heard(profile, b"\x00\xd7\x32")
    body(office, str(profile.pk))
    with django_assert_max_num_queries(14):
        body(office, str(profile.pk))
