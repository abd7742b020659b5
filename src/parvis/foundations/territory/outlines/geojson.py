"""A file of outlines given by a city: GeoJSON (RFC 7946), plain or gzipped, any export that carries the INSEE code."""

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from parvis.foundations.territory.outlines.shapes import Outline, outline_of, union_of
from parvis.foundations.territory.reference import Member
from parvis.kernel.errors import Refusal

INSEE_PROPERTIES = ("code_insee", "code", "insee", "INSEE_COM", "insee_com", "codgeo", "CODGEO", "com_code", "id")
"""Names under which the usual publishers write the INSEE code, tried in this order, then the feature's own `id`."""

Feature = dict[str, Any]


class NotGeoJson(Refusal):
    """The file is not a GeoJSON collection of features."""

    code = "not-geojson"


class NoMatchingCommune(Refusal):
    """No feature of the file bears the INSEE code of a member of the EPCI."""

    code = "no-matching-commune"


def features_in(path: Path) -> list[Feature]:
    """Raises `NotGeoJson`."""
    try:
        document = json.loads(_content(path))
    except UnicodeDecodeError:
        raise NotGeoJson(
            _("%(path)s n’est pas du texte UTF-8 : un GeoJSON est attendu.") % {"path": path.name}
        ) from None
    except json.JSONDecodeError as error:
        raise NotGeoJson(
            _("%(path)s n’est pas un GeoJSON lisible (ligne %(line)s, colonne %(column)s : %(error)s).")
            % {"path": path.name, "line": error.lineno, "column": error.colno, "error": error.msg}
        ) from None
    return _features(document, path)


def _content(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError):
        raise NotGeoJson(_("%(path)s est une archive gzip abîmée.") % {"path": path.name}) from None
    except OSError as error:
        raise NotGeoJson(
            _("%(path)s ne peut être lu : %(error)s.") % {"path": path, "error": error.strerror or error}
        ) from None


def _features(document: Any, path: Path) -> list[Feature]:
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        found = document.get("type") if isinstance(document, dict) else type(document).__name__
        raise NotGeoJson(
            _("%(path)s : une « FeatureCollection » GeoJSON est attendue, le fichier contient : %(found)s.")
            % {"path": path.name, "found": found}
        )
    rows = document.get("features")
    if (
        not isinstance(rows, list)
        or not rows
        or not all(isinstance(row, dict) and row.get("type") == "Feature" for row in rows)
    ):
        raise NotGeoJson(_("%(path)s ne contient aucun objet géographique (« features »).") % {"path": path.name})
    return rows


def properties_of(feature: Feature) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def outlines_of(features: Sequence[Feature], members: Iterable[Member], *, path: Path) -> dict[str, Outline]:
    """Outline of each member found, by INSEE code; parts of a merged commune are joined.

    Raises `NoMatchingCommune`, `UnusableOutline`.
    """
    members = list(members)
    found = _by_code(features, {code for member in members for code in (member.code, *member.former_codes)})
    if not found:
        raise NoMatchingCommune(_no_match(features, members, path))
    outlines = {}
    for member in members:
        parts = [
            outline_of(feature.get("geometry"), name=member.name)
            for code in (member.code, *member.former_codes)
            for feature in found.get(code, ())
        ]
        if parts:
            outlines[member.code] = parts[0] if len(parts) == 1 else union_of(parts)
    return outlines


def _by_code(features: Iterable[Feature], wanted: set[str]) -> dict[str, list[Feature]]:
    found: dict[str, list[Feature]] = {}
    for feature in features:
        code = next((code for code in _codes(feature) if code in wanted), None)
        if code is not None:
            found.setdefault(code, []).append(feature)
    return found


def _codes(feature: Feature) -> list[str]:
    properties = properties_of(feature)
    values = [properties.get(name) for name in INSEE_PROPERTIES] + [feature.get("id")]
    # A spreadsheet has often eaten the leading zero of 01004.
    return [str(value).zfill(5) for value in values if isinstance(value, str | int)]


def _no_match(features: Sequence[Feature], members: Sequence[Member], path: Path) -> str:
    seen = sorted({codes[0] for feature in features if (codes := _codes(feature))})
    if not seen:
        return _("%(path)s : aucune propriété ne porte le code INSEE des communes (attendue : %(names)s).") % {
            "path": path.name,
            "names": ", ".join(INSEE_PROPERTIES[:4]),
        }
    return _(
        "%(path)s : aucune des %(count)s communes attendues (%(wanted)s…) ne s’y trouve ; codes lus : %(seen)s…"
    ) % {
        "path": path.name,
        "count": len(members),
        "wanted": ", ".join(f"{member.code} {member.name}" for member in members[:3]),
        "seen": ", ".join(seen[:5]),
    }
