"""Catalogues of translations, extracted and compiled with Babel so that no gettext program is needed.

The source language is French; each package has `locale/en/LC_MESSAGES/django.po`.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import templatize

from parvis.kernel.packages import ROOT, discover

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
LANGUAGE = "en"
SHARED = ("kernel", "project")
"""Layers that are no package: their catalogue is that of `project`."""


def catalogue_path(directory: Path) -> Path:
    return directory / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def directories() -> list[Path]:
    return [package.directory for package in discover()] + [ROOT / "project"]


def messages_in(directory: Path) -> Iterator[tuple[str, int, str | tuple[str, ...], str | None]]:
    """File, line, message id (or singular and plural), context."""
    roots = [ROOT / name for name in SHARED] if directory == ROOT / "project" else [directory]
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "tests" in path.parts or "migrations" in path.parts:
                continue
            if path.suffix != ".py" and "templates" not in path.parts:
                continue
            text = path.read_text()
            source = text if path.suffix == ".py" else templatize(text, origin=str(path))
            for line, ids, _comments, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
                yield path.relative_to(ROOT).as_posix(), line, ids, context


def update_catalogues() -> dict[str, int]:
    """Adds new messages, drops those no longer used; answers how many of each package have no translation."""
    missing = {}
    for directory in directories():
        path = catalogue_path(directory)
        old = read_catalogue(path)
        new = Catalog(locale=LANGUAGE, project="parvis", charset="utf-8", fuzzy=False)
        for _file, _line, ids, context in messages_in(directory):
            if new.get(ids if isinstance(ids, str) else ids[0], context) is None:
                known = old.get(ids if isinstance(ids, str) else ids[0], context)
                new.add(ids, known.string if known and known.id == ids else None, context=context)
        if not len(new):
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = BytesIO()
        write_po(buffer, new, width=120, omit_header=False, sort_output=True)
        path.write_bytes(
            re.sub(
                rb'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By): [^"]*"\n',
                b"",
                buffer.getvalue(),
            )
        )
        missing[directory.name] = len([message for message in new if message.id and not _translated(message.string)])
    return missing


def _translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    if not string:
        return False
    return isinstance(string, str) or all(string)


def read_catalogue(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def compile_catalogues() -> int:
    """Writes the `.mo` beside each `.po` that is newer, and the French plurals; answers how many sources were new.

    French needs no translation, but gettext would count as English does ("0 alarmes") without a catalogue that says how.
    """
    written = 0
    for directory in directories():
        source = catalogue_path(directory)
        target = source.with_suffix(".mo")
        if source.exists() and (not target.exists() or target.stat().st_mtime < source.stat().st_mtime):
            with target.open("wb") as file:
                write_mo(file, read_catalogue(source))
            _write_french_plurals(directory, read_catalogue(source))
            written += 1
    return written


def _write_french_plurals(directory: Path, english: Catalog) -> None:
    french = Catalog(locale="fr", charset="utf-8", fuzzy=False)
    for message in english:
        if isinstance(message.id, list | tuple):
            french.add(tuple(message.id), tuple(message.id), context=message.context)
    if len(french):
        target = directory / "locale" / "fr" / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, french)


def untranslated() -> list[str]:
    """Messages in the sources without an English text, as `file:line: message`."""
    faults = []
    for directory in directories():
        catalogue = read_catalogue(catalogue_path(directory))
        for file, line, ids, context in messages_in(directory):
            first = ids if isinstance(ids, str) else ids[0]
            known = catalogue.get(first, context)
            if first and (known is None or not _translated(known.string)):
                faults.append(f"{file}:{line}: {first!r} has no English text")
    return faults
