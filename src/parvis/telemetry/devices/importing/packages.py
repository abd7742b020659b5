"""The codecs that a set of files holds, with the examples of their makers."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal
from parvis.telemetry.devices.examples import MOST_EXAMPLES, Example
from parvis.telemetry.devices.sandbox import FUNCTIONS

from .files import normalised, unpacked
from .notation import Unreadable, read_json, read_yaml

LARGEST_CODEC = 512 * 1024  # letters; makers' largest, with their tables, are a fifth of it
_LONGEST_NAME = 80
_LONGEST_DESCRIPTION = 200
_MOST_PACKAGES = 50
_DECODERS = {"uplinkDecoder": "decodeUplink", "downlinkEncoder": "encodeDownlink", "downlinkDecoder": "decodeDownlink"}
_TESTS = {"test_decode_": "decodeUplink", "test_encode_": "encodeDownlink"}

Texts = Mapping[PurePosixPath, str]


class NothingToImport(Refusal):
    """Aucun codec dans ces fichiers."""

    code = "devices-nothing-to-import"
    message = _("Aucun codec n’a été trouvé dans ces fichiers : un programme .js, avec ses exemples s’il en a.")


class SeveralCodecs(Refusal):
    """Ces fichiers contiennent plusieurs codecs."""

    code = "devices-several-codecs"
    message = _("Ces fichiers contiennent plusieurs codecs.")


@dataclass(frozen=True, kw_only=True)
class Package:
    """One codec to import; `name` is a slug, `origin` the file that told of it."""

    name: str
    source: str
    examples: tuple[Example, ...] = field(default=())
    origin: str = ""


def read_package(files: Mapping[str, bytes], *, name: str = "") -> Package:
    """The one codec of these files, under this name; of several, that which bears it. Raises `NothingToImport`, `SeveralCodecs`."""
    packages = read_packages(files, name=name)
    if len(packages) > 1:
        names = ", ".join(package.name for package in packages[:10])
        raise SeveralCodecs(format_lazy(_("Ces fichiers contiennent plusieurs codecs : {names}."), names=names))
    return packages[0]


def read_packages(files: Mapping[str, bytes], *, name: str = "") -> tuple[Package, ...]:
    """By name; archives are opened. `name` chooses one of several, and renames a single one. Raises `NothingToImport`, `ArchiveRefused`,
    and `SeveralCodecs` when there are too many to be imported at once."""
    texts = normalised({path: data for name_, file in files.items() for path, data in unpacked(name_, file).items()})
    found = {package.name: package for package in (*_device_repository(texts), *_device_profiles(texts))}
    if not found:
        found = {package.name: package for package in _bare(texts)}
    wanted = slugify(name)[:_LONGEST_NAME]
    if wanted in found:
        return (found[wanted],)
    if not found:
        raise NothingToImport
    if wanted and len(found) == 1:
        (only,) = found.values()
        return (Package(name=wanted, source=only.source, examples=only.examples, origin=only.origin),)
    if len(found) > _MOST_PACKAGES:
        raise SeveralCodecs(
            format_lazy(_("Ces fichiers contiennent {count} codecs : donnez le nom d’un seul."), count=str(len(found)))
        )
    return tuple(found[one] for one in sorted(found))


# --- The Things Network: a YAML that names the program of each function, with examples -------------------------------


def _device_repository(texts: Texts) -> Iterator[Package]:
    for path, text in texts.items():
        if path.suffix.lower() not in {".yaml", ".yml"} or not any(member in text for member in _DECODERS):
            continue
        try:
            told = read_yaml(text)
        except Unreadable:
            continue
        if isinstance(told, dict) and (package := _of_yaml(path, told, texts)):
            yield package


def _of_yaml(path: PurePosixPath, told: Mapping[str, Any], texts: Texts) -> Package | None:
    sources: dict[str, str] = {}
    examples: list[Example] = []
    for member, function in _DECODERS.items():
        part = told.get(member)
        if not isinstance(part, dict):
            continue
        file = texts.get(_beside(path, str(part.get("fileName", ""))))
        if file is None or len(file) > LARGEST_CODEC:
            continue
        sources[function] = file
        examples += _examples_of(function, part.get("examples"))
    if not sources:
        return None
    stem = path.stem.removesuffix("-codec").removesuffix("_codec")
    return Package(
        name=_name(path.parent.name, stem),
        source=_one_text(sources),
        examples=tuple(examples[:MOST_EXAMPLES]),
        origin=str(path),
    )


def _beside(path: PurePosixPath, name: str) -> PurePosixPath:
    steps: list[str] = []
    for step in (*path.parent.parts, *PurePosixPath(name).parts):
        if step == "..":
            del steps[-1:]
        elif step != ".":
            steps.append(step)
    return PurePosixPath(*steps)


def _one_text(sources: Mapping[str, str]) -> str:
    """Different files for different functions may give one name to two things: each in its own scope then."""
    if len(set(sources.values())) == 1:
        return next(iter(sources.values()))
    return "\n".join(_scope(function, source) for function, source in sources.items())


def _scope(function: str, source: str) -> str:
    names = [function]
    if function == "decodeUplink":  # the file that decodes may normalise too
        names.append("normalizeUplink")
    told = ", ".join(f"{name}: typeof {name} === 'function' ? {name} : undefined" for name in names)
    return f"var {{ {', '.join(names)} }} = (function () {{\n{source}\nreturn {{ {told} }};\n}})();\n"


def _examples_of(function: str, rows: Any) -> Iterator[Example]:
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not isinstance(row.get("input"), dict):
            continue
        description, expected = _description(row.get("description")), _object(row.get("output"))
        yield Example(description=description, function=function, input=row["input"], expected=expected)
        normalised_output = row.get("normalizedOutput")
        if isinstance(normalised_output, dict) and "data" in expected:
            given = {**row["input"], "data": expected["data"]}
            yield Example(description=description, function="normalizeUplink", input=given, expected=normalised_output)


# --- ChirpStack: programs in `codecs/`, named by the TOML of a device, with `test_decode_….json` beside them ---------


def _device_profiles(texts: Texts) -> Iterator[Package]:
    named = {name for path, text in texts.items() if path.suffix.lower() == ".toml" for name in _codecs_of_toml(text)}
    for path, text in texts.items():
        if path.suffix.lower() != ".js" or len(text) > LARGEST_CODEC:
            continue
        tests = {prefix: texts.get(path.with_name(f"{prefix}{path.stem}.json")) for prefix in _TESTS}
        if path.name not in named and not any(tests.values()):
            continue
        examples = [one for prefix, test in tests.items() if test for one in _examples_of_test(_TESTS[prefix], test)]
        vendor = path.parent.parent if path.parent.name == "codecs" else path.parent
        yield Package(
            name=_name(vendor.name, path.stem),
            source=text,
            examples=tuple(examples[:MOST_EXAMPLES]),
            origin=str(path),
        )


def _codecs_of_toml(text: str) -> Iterator[str]:
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    device = told.get("device")
    rows = device.get("firmware") if isinstance(device, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("codec"), str):
            yield PurePosixPath(row["codec"]).name


def _examples_of_test(function: str, text: str) -> Iterator[Example]:
    try:
        rows = read_json(text)
    except Unreadable:
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("input"), dict):
            yield Example(
                description=_description(row.get("name")),
                function=function,
                input=row["input"],
                expected=_object(row.get("expected")),
            )


# --- A bare program --------------------------------------------------------------------------------------------------


def _bare(texts: Texts) -> Iterator[Package]:
    for path, text in texts.items():
        forms = [form for forms in FUNCTIONS.values() for form in forms]
        if path.suffix.lower() == ".js" and len(text) <= LARGEST_CODEC and any(form in text for form in forms):
            yield Package(name=_name(path.parent.name, path.stem), source=text, origin=str(path))


def _name(folder: str, stem: str) -> str:
    maker, model = slugify(folder), slugify(stem)
    whole = model if model.startswith(maker) else f"{maker}-{model}".strip("-")
    return whole[:_LONGEST_NAME] or "codec"


def _description(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST_DESCRIPTION]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
