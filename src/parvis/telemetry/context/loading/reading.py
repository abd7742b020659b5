"""A file becomes records: values by column, a geometry, the line they come from. Nothing is understood yet."""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from parvis.kernel.errors import Refusal
from parvis.telemetry.context.loading.report import Rejected

_GZIP = b"\x1f\x8b"
_DELIMITERS = ";,\t|"
_LONGEST_CELL = 50_000_000  # a commune's outline in a cell passes csv's 128 KiB
_WGS84 = ("CRS84", "4326")


class FileRefused(Refusal):
    """The file cannot be read at all; the message says where and what to do."""

    code = "unreadable-file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    line: int
    values: dict[str, Any]
    geometry: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`is_text`: every value is the text of a cell, whose type is still to be guessed."""

    columns: tuple[str, ...]
    records: list[Record]
    is_text: bool
    decimal_comma: bool = False
    rejected: list[Rejected] = field(default_factory=list)


def read(path: Path, *, encoding: str = "utf-8") -> Table:
    """Raises `FileRefused`."""
    content = _content(path)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _geojson(content)
    return _csv(_decoded(content, encoding))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP) else content
    except FileNotFoundError:
        raise FileRefused(_("Le fichier %(path)s n’existe pas.") % {"path": path}) from None
    except (gzip.BadGzipFile, EOFError, OSError) as error:
        raise FileRefused(
            _("Le fichier %(path)s est illisible : %(error)s.") % {"path": path, "error": error}
        ) from error


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise FileRefused(_("L’encodage « %(encoding)s » est inconnu.") % {"encoding": encoding}) from None
    except UnicodeDecodeError as error:
        hint = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        problem = _(
            "Ligne %(line)d : le texte n’est pas en %(encoding)s (octet 0x%(byte)02X)."
            " Enregistrez le fichier en UTF-8, ou ajoutez --encoding %(hint)s."
        )
        line = content.count(b"\n", 0, error.start) + 1
        told = {"line": line, "encoding": encoding.upper(), "byte": content[error.start], "hint": hint}
        raise FileRefused(problem % told) from error


def _csv(text: str) -> Table:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
    csv.field_size_limit(_LONGEST_CELL)
    lines = _rows(text, delimiter)
    _line, header = next(lines, (1, []))
    columns = [name.strip() for name in header]
    _check_header(columns)
    table = Table(columns=tuple(filter(None, columns)), records=[], is_text=True, decimal_comma=delimiter != ",")
    for line, row in lines:
        if problem := _row_problem(columns, row):
            table.rejected.append(Rejected(line=line, reason=problem))
        elif any(row):
            values = {name: cell for name, cell in zip(columns, row, strict=False) if name}
            table.records.append(Record(line=line, values=values))
    return table


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin on, cells without their outer spaces."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(_("Ligne %(line)d : %(error)s.") % {"line": line, "error": error}) from error
        yield line, [cell.strip() for cell in row]


def _check_header(columns: list[str]) -> None:
    named = [name for name in columns if name]
    if not named:
        raise FileRefused(_("Le fichier est vide : la première ligne doit nommer les colonnes."))
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise FileRefused(_("La première ligne nomme deux fois : %(names)s.") % {"names": ", ".join(twice)})


def _row_problem(columns: list[str], row: list[str]) -> str:
    if any(row[len(columns) :]) or any(cell and not name for name, cell in zip(columns, row, strict=False)):
        return _("plus de cellules que de colonnes nommées")
    if any(row) and len(row) < len(columns):
        return _("%(found)d cellules pour %(expected)d colonnes") % {"found": len(row), "expected": len(columns)}
    if any("\0" in cell for cell in row):
        return _("caractère nul dans une cellule")
    return ""


def _geojson(content: bytes) -> Table:
    try:
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FileRefused(_("Ce n’est pas un JSON valide : %(error)s.") % {"error": error}) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise FileRefused(_("Ce JSON n’est pas un GeoJSON : il faut un objet « FeatureCollection »."))
    _check_reference_system(document)
    table = Table(columns=_property_names(features), records=[], is_text=False)
    for rank, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
            table.rejected.append(Rejected(line=rank, reason=_("ce n’est pas un objet « Feature »")))
            continue
        values = {"id": feature["id"]} if feature.get("id") is not None else {}
        values |= feature.get("properties") or {}
        table.records.append(Record(line=rank, values=values, geometry=feature.get("geometry")))
    return table


def _property_names(features: list[Any]) -> tuple[str, ...]:
    """In order of first appearance, the feature's own `id` first."""
    names: dict[str, None] = {}
    for feature in features:
        if isinstance(feature, dict):
            if feature.get("id") is not None:
                names.setdefault("id")
            names.update(dict.fromkeys(feature.get("properties") or ()))
    return tuple(names)


def _check_reference_system(document: dict[str, Any]) -> None:
    named = str(((document.get("crs") or {}).get("properties") or {}).get("name", ""))
    if named and not named.endswith(_WGS84):
        raise FileRefused(
            _("Les coordonnées sont en %(crs)s : convertissez le fichier en WGS 84 (EPSG:4326).") % {"crs": named}
        )
