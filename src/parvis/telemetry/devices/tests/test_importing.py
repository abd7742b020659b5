"""Makers' files become codecs with their examples run; hostile files are refused or left out."""

from pathlib import Path
from typing import Any

import pytest

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.examples import Example, agrees, run_examples
from parvis.telemetry.devices.importing import (
    ArchiveRefused,
    NothingToImport,
    SeveralCodecs,
    collect,
    import_codec,
    read_package,
    read_packages,
)
from parvis.telemetry.devices.importing.files import LARGEST_FILE
from parvis.telemetry.devices.importing.notation import Unreadable, read_json, read_yaml
from parvis.telemetry.devices.models import Codec
from parvis.telemetry.devices.services.codecs import CodecNameTaken, next_version, take_back

from .factories import NOW, TEMPERATURE, make_codec, make_profile
from .makers import DECODER, DEVICE_PROFILES, DEVICE_REPOSITORY, zipped

ACTOR = "urn:ngsi-ld:Person:1"


def keep(files: dict[str, bytes], **given: Any) -> Codec:
    return import_codec(files, **{"organisation": None, "actor": ACTOR, "now": NOW, **given})


def test_a_folder_of_the_device_repository() -> None:
    package = read_package(DEVICE_REPOSITORY)
    assert (package.name, package.origin) == ("parvis-gauge", "vendor/parvis/gauge-codec.yaml")
    assert package.examples[:2] == (
        Example(
            description="300 mm, closed",
            function="decodeUplink",
            input={"fPort": 1, "bytes": [1, 44, 0], "recvTime": "2026-01-01T00:00:00Z"},
            expected={"data": {"level": 300, "open": False}},
        ),
        Example(
            description="300 mm, closed",
            function="normalizeUplink",
            input={
                "fPort": 1,
                "bytes": [1, 44, 0],
                "recvTime": "2026-01-01T00:00:00Z",
                "data": {"level": 300, "open": False},
            },
            expected={"data": [{"water": {"level": 0.3}}]},
        ),
    )
    # `on` is a word, as The Things Network reads it.
    assert package.examples[3].input == {"data": {"valve": "on"}}
    assert [one.function for one in package.examples][2:] == ["decodeUplink", "encodeDownlink"]


def test_device_profiles_of_chirpstack() -> None:
    package = read_package(DEVICE_PROFILES)
    assert package.name == "parvis-gauge"
    assert [(one.description, one.function) for one in package.examples] == [
        ("300 mm", "decodeUplink"),
        ("wrong on purpose", "decodeUplink"),
        ("open", "encodeDownlink"),
    ]
    assert package.examples[0].input == {"fPort": 1, "bytes": [1, 44, 1]}


def test_a_bare_program_an_archive_and_a_folder(tmp_path: Path) -> None:
    assert read_package({"Gauge V2.js": DECODER.encode("utf-8-sig")}).name == "gauge-v2"
    assert read_package({"gauge.js": DECODER.encode()}, name="Autre nom").name == "autre-nom"
    assert read_package({"gauge.zip": zipped(DEVICE_REPOSITORY)}) == read_package(DEVICE_REPOSITORY)
    for name, data in DEVICE_REPOSITORY.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert read_package(collect(tmp_path)).name == "parvis-gauge"
    assert collect(tmp_path / "vendor/parvis/gauge.js") == {"gauge.js": DECODER.encode()}
    # Somebody who gives the maker's folder alone names it.
    assert read_package(collect(tmp_path / "vendor/parvis")).name == "parvis-gauge"


def test_of_several_the_name_chooses() -> None:
    two = {"a/one.js": DECODER.encode(), "a/two.js": DECODER.encode()}
    assert [package.name for package in read_packages(two)] == ["a-one", "a-two"]
    with pytest.raises(SeveralCodecs, match="a-one, a-two"):
        read_package(two)
    assert read_package(two, name="a-two").origin == "a/two.js"
    many = {f"a/{number}.js": DECODER.encode() for number in range(60)}
    with pytest.raises(SeveralCodecs, match="60 codecs"):
        read_packages(many)
    assert read_packages(many, name="a-7")[0].origin == "a/7.js"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"readme.md": b"function decodeUplink"},
        {"empty.js": b""},
        {"large.js": b"function decodeUplink() {}" + b" " * LARGEST_FILE},
        {"../../etc/decodeUplink.js": b"function decodeUplink() {}"},
        {"__MACOSX/._gauge.js": b"function decodeUplink() {}"},
        # The codec it names is elsewhere, or is not text that YAML can be.
        {"codec.yaml": b"uplinkDecoder: {fileName: ../../../../etc/passwd}"},
        {"codec.yaml": b"uplinkDecoder: [[[["},
        {"codec.yaml": b"uplinkDecoder: " + b"[" * 10_000},
        {"codec.yaml": b"uplinkDecoder: !!python/object/apply:os.system ['true']"},
        {"device.toml": b"[device\n"},
    ],
)
def test_nothing_to_import(files: dict[str, bytes]) -> None:
    with pytest.raises(NothingToImport):
        read_packages(files)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not an archive", zipped(DEVICE_REPOSITORY)[:-40]])
def test_a_damaged_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        read_packages({"codec.zip": data})


def test_a_bomb_is_left_out() -> None:
    bomb = zipped({"bomb.js": b"function decodeUplink() {}" + b" " * (20 << 20), "good.js": DECODER.encode()})
    assert len(bomb) < 30_000
    assert [package.name for package in read_packages({"x.zip": bomb})] == ["good"]
    with pytest.raises(ArchiveRefused):
        read_packages({"x.zip": zipped({f"{number}.js": b"" for number in range(3000)})})


def test_yaml_is_read_as_version_1_2() -> None:
    assert read_yaml("{a: on, b: no, c: 010, d: 0x1F, e: 1e3, f: 2026-01-01, g: ~, h: true, i: 12:30:45, j: -1.5, k: }") == {
        "a": "on", "b": "no", "c": 10, "d": 31, "e": 1000.0, "f": "2026-01-01", "g": None, "h": True, "i": "12:30:45", "j": -1.5, "k": None,
    }  # fmt: skip
    assert read_yaml("[&x 1, *x]") == [1, 1]


@pytest.mark.parametrize(
    "text",
    [
        "&x [*x]",
        "[1, 2",
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"{b}: &{b} [" + ",".join([f"*{a}"] * 10) + "]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)),
    ],
)  # fmt: skip
def test_yaml_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_yaml(text)


def test_numbers_that_postgresql_refuses_become_texts() -> None:
    assert read_json('{"a": 1e999, "b": NaN}') == {"a": "inf", "b": "nan"}


@pytest.mark.parametrize(
    ("expected", "output", "same"),
    [
        ({"data": {"a": 1}}, {"data": {"a": 1.0}, "warnings": []}, True),
        ({"data": {"a": 0.3}}, {"data": {"a": 0.1 + 0.2}}, True),
        ({"data": {"a": 0.3}}, {"data": {"a": 0.3001}}, False),
        ({"data": {"a": None}}, {"data": {}}, True),
        ({"data": {"a": 1}}, {"data": {"a": 1, "b": 2}}, False),
        ({"data": {"a": True}}, {"data": {"a": 1}}, False),
        ({"data": {"a": "1"}}, {"data": {"a": 1}}, False),
        ({"data": {"a": [1, {"b": 2}]}}, {"data": {"a": [1, {"b": 2}]}}, True),
        ({"data": {"a": [1]}}, {"data": {"a": [1, 2]}}, False),
        ({"data": {}}, {"data": {}, "errors": ["x"]}, False),
        ({"errors": ["x"]}, {"errors": ["x"]}, True),
        ({"errors": ["x"]}, {"errors": ["y"]}, False),
        ({"errors": [], "data": {}}, {"data": {}}, True),
        ({"data": {}, "warnings": ["low"]}, {"data": {}}, False),
        ({"data": {}}, {"data": {}, "warnings": ["low"]}, True),
        # ChirpStack's examples do not tell the port; The Things Network's normalised data may be one or a list.
        ({"bytes": [1]}, {"bytes": [1], "fPort": 2}, True),
        ({"data": [{"air": 1}]}, {"data": {"air": 1}}, True),
        ({}, {"data": {"a": 1}}, True),
    ],
)
def test_what_agrees(expected: dict[str, Any], output: dict[str, Any], same: bool) -> None:
    assert agrees(expected, output) is same


@pytest.mark.django_db
def test_examples_are_run_and_kept_with_the_version() -> None:
    codec = keep(DEVICE_REPOSITORY)
    assert (codec.name, codec.version, codec.origin) == ("parvis-gauge", 1, "vendor/parvis/gauge-codec.yaml")
    assert [row["passed"] for row in codec.examples] == [True] * 4
    assert codec.examples[0]["answer"] == {"data": {"level": 300, "open": False}}
    # The same again changes nothing; ChirpStack's has another text, and an example that is wrong.
    assert keep(DEVICE_REPOSITORY) == codec
    second = keep(DEVICE_PROFILES)
    assert (second.version, [row["passed"] for row in second.examples]) == (2, [True, False, True])
    assert [result.passed for result in run_examples(second)] == [True, False, True]
    codec.refresh_from_db()
    assert codec.passed_examples == 4


@pytest.mark.django_db
def test_an_edited_program_is_judged_by_the_examples_of_the_one_before() -> None:
    codec = keep(DEVICE_REPOSITORY)
    profile = make_profile(codec)
    broken = next_version(codec=codec, source=codec.source.replace("<< 8", "<< 4"), actor=ACTOR, now=NOW)
    assert [row["passed"] for row in broken.examples] == [False, True, True, True]
    # An agent sees it in red, and takes the first version back: what was between them stays.
    back = take_back(codec=codec, actor=ACTOR, now=NOW)
    assert (back.version, back.source, back.examples) == (3, codec.source, codec.examples)
    profile.refresh_from_db()
    assert profile.codec == back
    assert take_back(codec=codec, actor=ACTOR, now=NOW) == back
    assert Codec.objects.count() == 3


@pytest.mark.django_db
def test_what_databases_refuse_in_an_answer_is_replaced() -> None:
    yaml = b"uplinkDecoder: {fileName: a.js, examples: [{input: {bytes: [0, 65], fPort: 1}}]}"
    program = b"function decodeUplink(i) { return {data: {text: String.fromCharCode(...i.bytes), half: '\\ud800'}}; }"
    codec = keep({"a.yaml": yaml, "a.js": program})
    codec.refresh_from_db()
    assert codec.examples[0]["answer"] == {"data": {"text": "\ufffdA", "half": "?"}}


@pytest.mark.django_db
def test_a_hostile_codec_is_imported_in_red() -> None:
    yaml = b"uplinkDecoder: {fileName: a.js, examples: [{input: {bytes: [1]}}, {input: {bytes: [2]}}]}"
    codec = keep({"a.yaml": yaml, "a.js": b"function decodeUplink(i) { while (i.bytes[0] === 1); return {data: {}}; }"})
    assert [row["answer"] for row in codec.examples] == [{"error": "overran"}, {"error": "skipped"}]
    assert codec.passed_examples == 0


@pytest.mark.django_db
def test_a_name_of_somebody_else_is_not_taken() -> None:
    water = Organisation.objects.create(kind="service", name="eau", short_name="eau", slug="eau")
    make_codec(TEMPERATURE, name="parvis-gauge", organisation=water)
    with pytest.raises(CodecNameTaken):
        keep(DEVICE_REPOSITORY)
    assert keep(DEVICE_REPOSITORY, organisation=water).version == 2
    assert keep(DEVICE_REPOSITORY, name="gauge-bis").version == 1
