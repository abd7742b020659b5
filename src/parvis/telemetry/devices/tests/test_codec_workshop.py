"""The codec workshop in the back office: import, try, play examples, compare on real uplinks, take back, read again."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.kernel.testing import deliver
from parvis.telemetry.devices.importing import import_codec
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import Codec, Replay, Uplink
from parvis.telemetry.history.selectors import series

from .factories import TEMPERATURE, chirpstack, make_codec, make_device, make_profile, make_source, raw
from .makers import DECODER, DEVICE_PROFILES, DEVICE_REPOSITORY, zipped

pytestmark = pytest.mark.django_db
CODECS = "/backoffice/devices/codecs/"
MINUTE = timedelta(minutes=1)
HALVED = TEMPERATURE.replace("/ 10", "/ 20")


@pytest.fixture
def office(client: Client) -> Client:
    return sign_in(client, make_agent("devices.view", "devices.manage"))


def organisation(slug: str) -> Organisation:
    return Organisation.objects.create(kind="service", name=slug.title(), short_name=slug, slug=slug)


def upload(client: Client, *files: tuple[str, bytes], **given: Any) -> Any:
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(f"{CODECS}import", {"uploads": uploads, **given}, follow=True)


def post(client: Client, codec: Codec, button: str, **given: Any) -> str:
    form = {"source": codec.source, "sample": "", "sample_port": "1", "command": "", button: "", **given}
    answer = client.post(f"{CODECS}{codec.pk}", form)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def imported(files: Any = DEVICE_PROFILES) -> Codec:
    return import_codec(files, organisation=None, actor="urn:ngsi-ld:Person:1", now=clock.now())


def test_an_archive_of_a_maker_is_imported(office: Client) -> None:
    assert "Fichiers du fabricant" in office.get(f"{CODECS}import").content.decode()
    body = upload(office, ("gauge.zip", zipped(DEVICE_REPOSITORY))).content.decode()
    assert "ses 4 exemples sont justes" in body
    assert "vendor/parvis/gauge-codec.yaml" in body
    assert "4 / 4 exemples justes" in office.get(CODECS).content.decode()


def test_examples_that_fail_are_shown_in_red(office: Client) -> None:
    body = upload(office, *((name.rpartition("/")[2], data) for name, data in DEVICE_PROFILES.items())).content.decode()
    assert "2 exemples justes sur 3" in body
    assert "wrong on purpose" in body
    assert "port 1 : 00 01 00" in body
    assert ">faux<" in body
    assert "2 / 3 exemples justes" in office.get(CODECS).content.decode()


def test_several_codecs_are_imported_together(office: Client) -> None:
    body = upload(
        office, ("x.zip", zipped({"a/one.js": DECODER.encode(), "a/two.js": DECODER.encode()}))
    ).content.decode()
    assert "2 codecs importés" in body
    assert "sans exemple" in body
    assert set(Codec.objects.values_list("name", flat=True)) == {"a-one", "a-two"}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("codec.zip", b"nothing", "archive ZIP lisible"),
        ("photo.js", b"\x89PNG", "Aucun codec"),
        ("a.txt", b"function decodeUplink", "Aucun codec"),
        ("empty.js", b"", "Aucun codec"),
    ],
)
def test_what_is_no_codec_is_refused(office: Client, name: str, data: bytes, words: str) -> None:
    assert words in upload(office, (name, data)).content.decode()
    assert not Codec.objects.exists()


def test_the_name_of_a_codec_of_others_is_refused(client: Client) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    make_codec(name="gauge", organisation=light)
    sign_in(client, make_agent("devices.view", "devices.manage", organisation=water))
    body = upload(client, ("gauge.js", DECODER.encode()), organisation=water.pk).content.decode()
    assert "Un codec porte déjà ce nom" in body
    assert (
        "Sélectionnez un choix valide"
        in upload(client, ("b.js", DECODER.encode()), organisation=light.pk).content.decode()
    )
    assert Codec.objects.count() == 1
    # Of several, those that are not refused are imported, and shown.
    two = {"a/first.js": DECODER.encode(), "z/gauge.js": DECODER.encode()}
    make_codec(name="z-gauge", organisation=light)
    body = upload(client, ("two.zip", zipped(two)), organisation=water.pk).content.decode()
    assert "Un codec porte déjà ce nom" in body
    assert "a-first v1" in body


def test_a_program_is_tried_as_it_is_written(office: Client) -> None:
    codec = imported()
    body = office.get(f"{CODECS}{codec.pk}").content.decode()
    assert 'value="012c01"' in body  # the first example's
    assert "&quot;level&quot;: 300" in post(office, codec, "try", sample="012c01")
    assert "&quot;bytes&quot;" in post(office, codec, "encode", command='{"valve": "on"}')
    assert "no command" in post(office, codec, "encode", command="{}")
    assert "Un objet JSON" in post(office, codec, "encode", command="[1]")
    body = post(office, codec, "play")
    assert "2 / 3 exemples justes" in body
    body = post(office, codec, "play", source=codec.source.replace("<< 8", "<< 4"))
    assert "1 / 3 exemples justes" in body
    assert Codec.objects.count() == 1


def test_a_program_is_compared_on_the_last_uplinks(office: Client) -> None:
    codec, source = make_codec(), make_source()
    device = make_device(make_profile(codec), name="Thermomètre")
    assert "Aucun capteur" in post(office, codec, "uplinks")
    ingest([raw(source, chirpstack(device.eui, at=clock.now()), at=clock.now())], now=clock.now())
    assert ">identique<" in post(office, codec, "uplinks")
    body = post(office, codec, "uplinks", source=HALVED)
    assert ">différent<" in body
    assert "&quot;temperature&quot;: 10.75" in body
    assert "Thermomètre" in body
    assert ">refusée<" in post(office, codec, "uplinks", source="function decodeUplink() { throw new Error('no'); }")


def test_uplinks_of_others_are_not_shown(client: Client) -> None:
    """A codec serves everybody; what a device said is for its organisation."""
    water, light = organisation("eau"), organisation("eclairage")
    codec, source = make_codec(), make_source()
    device = make_device(make_profile(codec), organisation=light)
    ingest([raw(source, chirpstack(device.eui, at=clock.now()), at=clock.now())], now=clock.now())
    sign_in(client, make_agent("devices.view", organisation=water))
    assert "00d732" not in client.get(f"{CODECS}{codec.pk}").content.decode()
    assert "Aucun capteur que vous pouvez consulter" in post(client, codec, "uplinks")


def test_a_version_is_taken_back_and_uplinks_are_read_again(office: Client) -> None:
    """The whole story: a wrong version reads for a while, the right one is taken back, what it told is corrected."""
    right, source = make_codec(), make_source()
    device = make_device(make_profile(right))
    office.post(f"{CODECS}{right.pk}", {"source": HALVED, "sample_port": "1", "save": ""})
    now = clock.now()
    ingest([raw(source, chirpstack(device.eui, at=now), at=now)], now=now)
    assert device.entity
    assert [value for _, value in series(device.entity.pk, "temperature", now - MINUTE, now + MINUTE)] == [10.75]
    body = office.get(f"{CODECS}{right.pk}").content.decode()
    assert "Cette version ne sert plus" in body
    answer = office.post(f"{CODECS}{right.pk}/restore", follow=True).content.decode()
    assert "sert de nouveau : c’est la version 3" in answer
    served = Codec.objects.get(version=3)
    answer = office.post(f"{CODECS}{served.pk}/replay", {"accepted_too": "on"}, follow=True).content.decode()
    assert "1 remontée va être rejouée" in answer
    assert "y compris celles qui avaient été acceptées" in answer
    deliver()
    assert [value for _, value in series(device.entity.pk, "temperature", now - MINUTE, now + MINUTE)] == [21.5]
    uplink = Uplink.objects.get()
    assert (uplink.status, uplink.decoded, uplink.replayed_at is not None) == (
        "accepted",
        {"temperature": 21.5, "humidity": 50},
        True,
    )


def test_only_rejected_uplinks_are_read_again_unless_asked(office: Client) -> None:
    codec, source, now = make_codec("function decodeUplink() { throw 1; }"), make_source(), clock.now()
    profile = make_profile(codec)
    bad, other = make_device(profile), make_device(make_profile(make_codec("function decodeUplink() { throw 2; }")))
    ingest([raw(source, chirpstack(one.eui, at=now), at=now) for one in (bad, other)], now=now)
    office.post(f"{CODECS}{codec.pk}", {"source": TEMPERATURE, "sample_port": "1", "sample": "00d732", "save": ""})
    served = Codec.objects.get(version=2)
    office.post(f"{CODECS}{served.pk}/replay", {"since": (now.date()).isoformat()})
    deliver()
    replay = Replay.objects.get()
    assert (replay.total, replay.done, replay.accepted, replay.accepted_too) == (1, 1, 1, False)
    assert Uplink.objects.rejected().get().eui == other.eui
    office.post(f"{CODECS}{served.pk}/replay", {"since": "3026-01-01"})
    assert Replay.objects.order_by("-pk")[0].total == 0
    assert (
        "n’est pas valide" in office.post(f"{CODECS}{served.pk}/replay", {"since": "x"}, follow=True).content.decode()
    )


def test_a_replay_follows_its_codec_to_the_next_version(office: Client) -> None:
    codec, source, now = make_codec("function decodeUplink() { throw 1; }"), make_source(), clock.now()
    device = make_device(make_profile(codec))
    ingest([raw(source, chirpstack(device.eui, at=now), at=now)], now=now)
    office.post(f"{CODECS}{codec.pk}/replay", {})
    office.post(f"{CODECS}{codec.pk}", {"source": TEMPERATURE, "sample_port": "1", "sample": "00d732", "save": ""})
    deliver()
    assert Replay.objects.get().accepted == 1


def test_a_reader_tries_and_changes_nothing(client: Client) -> None:
    codec = imported()
    sign_in(client, make_agent("devices.view"))
    body = post(client, codec, "play")
    assert "2 / 3 exemples justes" in body
    assert "Relire" not in body
    for path in ("import", f"{codec.pk}/restore", f"{codec.pk}/replay"):
        assert client.post(f"{CODECS}{path}").status_code == 403


def test_cayenne_is_chosen_without_program(office: Client) -> None:
    form = {"name": "cayenne", "kind": "cayenne-lpp", "sample": "03670110", "sample_port": "1"}
    body = office.post(f"{CODECS}new", {**form, "try": ""}).content.decode()
    assert "&quot;temperature_3&quot;: 27.2" in body
    assert office.post(f"{CODECS}new", {**form, "save": ""}).status_code == 302
    codec = Codec.objects.get()
    assert (codec.kind, codec.source) == ("cayenne-lpp", "")
    body = office.get(f"{CODECS}{codec.pk}").content.decode()
    assert "est compris de Parvis" in body
    assert "byte 1: unknown type 255" in post(office, codec, "try", sample="01FF")
    # And it reads uplinks.
    device, now = (
        make_device(make_profile(codec, mapping=[{"field": "temperature_3", "attribute": "temperature"}])),
        clock.now(),
    )
    ingest([raw(make_source(), chirpstack(device.eui, b"\x03\x67\x01\x10", at=now), at=now)], now=now)
    assert Uplink.objects.get().decoded == {"temperature_3": 27.2}


def test_a_program_is_asked_for(office: Client) -> None:
    body = office.post(
        f"{CODECS}new", {"name": "x", "kind": "javascript", "sample_port": "1", "save": ""}
    ).content.decode()
    assert "Collez le programme" in body


def test_a_program_that_keeps_what_a_device_said_is_run_anew_for_each(office: Client) -> None:
    """`fields` outlives the call: the second device would tell the humidity of the first."""
    program = b"var fields = {}; function decodeUplink(i) { fields.temperature = i.bytes[1] / 10; if (i.bytes[2]) fields.humidity = i.bytes[2]; return {data: fields}; }"
    yaml = b"uplinkDecoder: {fileName: a.js, examples: [{input: {bytes: [0, 215, 50]}}, {input: {bytes: [0, 215, 0]}, output: {data: {temperature: 21.5}}}]}"
    codec = imported({"a.yaml": yaml, "a.js": program})
    assert (codec.passed_examples, codec.keeps_state) == (2, True)
    assert "garde quelque chose" in office.get(f"{CODECS}{codec.pk}").content.decode()
    profile, source, now = make_profile(codec), make_source(), clock.now()
    bodies = [chirpstack(make_device(profile).eui, payload, at=now) for payload in (b"\x00\xd7\x32", b"\x00\xd7\x00")]
    ingest([raw(source, body, at=now) for body in bodies], now=now)
    decoded = list(Uplink.objects.order_by("id").values_list("decoded", flat=True))
    assert sorted(map(len, decoded)) == [1, 2]


def test_a_program_that_tells_the_time_keeps_nothing() -> None:
    yaml = b"uplinkDecoder: {fileName: a.js, examples: [{input: {bytes: [1]}}, {input: {bytes: [1]}}]}"
    program = b"function decodeUplink(i) { return {data: {at: Date.now() + Math.random()}}; }"
    assert not imported({"a.yaml": yaml, "a.js": program}).keeps_state


def test_saving_without_a_change_makes_no_version(office: Client) -> None:
    """A browser sends every line's end as two letters."""
    codec = imported({"gauge.js": DECODER.replace("\n", "\r\n").encode("utf-8-sig")})
    form = {"source": codec.source.replace("\n", "\r\n"), "sample_port": "1", "save": ""}
    assert office.post(f"{CODECS}{codec.pk}", form).status_code == 302
    assert Codec.objects.count() == 1


def test_a_codec_that_only_encodes_is_kept(office: Client) -> None:
    form = {
        "name": "valve",
        "source": "function encodeDownlink() { return {bytes: [1]}; }",
        "sample_port": "1",
        "save": "",
    }
    assert office.post(f"{CODECS}new", form).status_code == 302


def test_hostile_text_of_a_maker_is_shown_as_text(office: Client) -> None:
    yaml = b"uplinkDecoder: {fileName: a.js, examples: [{description: '<script>alert(1)</script>', input: {bytes: [1]}, output: {data: {a: '<img src=x>'}}}]}"
    codec = imported({"a.yaml": yaml, "a.js": b"function decodeUplink() { return {data: {a: '<b>'}}; }"})
    body = office.get(f"{CODECS}{codec.pk}").content.decode()
    assert "<script>alert" not in body
    assert "<img src=x" not in body


def test_the_queries_of_the_list_do_not_grow(office: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        make_profile(make_codec(examples=[{"passed": True}, {"passed": False}]))
    assert "1 / 2 exemples justes" in office.get(CODECS).content.decode()
    with django_assert_max_num_queries(12):
        office.get(CODECS)
