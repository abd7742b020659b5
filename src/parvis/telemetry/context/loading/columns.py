"""Which column is the identifier, the place, an attribute; found by their usual names in French open data, or as told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from parvis.kernel.errors import Refusal
from parvis.telemetry.context.attributes import CORE_TERMS, is_attribute_name
from parvis.telemetry.context.searching import folded

LONGITUDE, LATITUDE = "longitude", "latitude"

_IDS = [
    "id",
    "identifiant",
    "id_objet",
    "code",
    "reference",
    "ref",
    "numero",
    "num",
    "uid",
    "gid",
    "fid",
    "objectid",
    "id_local",
]
_LONGITUDES = [
    "longitude",
    "lon",
    "long",
    "lng",
    "x",
    "coord_x",
    "coordx",
    "x_wgs84",
    "lon_wgs84",
    "longitude_wgs84",
    "xlong",
]
_LATITUDES = ["latitude", "lat", "y", "coord_y", "coordy", "y_wgs84", "lat_wgs84", "latitude_wgs84", "ylat"]
_POINTS = ["geo_point_2d", "geo_point", "geopoint", "coordonnees_geographiques"]
"""Open data portals write `latitude, longitude` in one cell."""
_SHAPES = ["geo_shape", "geometry", "geom", "geojson"]
_NAMES = ["nom", "libelle", "designation", "intitule"]


class ColumnsRefused(Refusal):
    """The columns cannot be understood as told; the message names those there are."""

    code = "wrong-columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Columns by role; `attributes` gives the column of each attribute. `point` holds `latitude, longitude` as text."""

    id: str
    longitude: str = ""
    latitude: str = ""
    point: str = ""
    shape: str = ""
    attributes: Mapping[str, str]


def plan(
    columns: Sequence[str], *, id_column: str = "", mapping: Mapping[str, str], located: bool, only_mapped: bool = False
) -> Plan:
    """`mapping` gives columns by attribute, `longitude` and `latitude` among them. `located`: the file has geometries.

    Raises `ColumnsRefused`.
    """
    for column in (id_column, *mapping.values()):
        if column and column not in columns:
            raise ColumnsRefused(_missing(column, columns))
    by_name = {_key(column): column for column in reversed(columns)}
    found_id = id_column or _first(by_name, _IDS)
    if not found_id:
        problem = _(
            "Aucune colonne d’identifiant n’est reconnue ; nommez-la avec --id. Colonnes du fichier : %(columns)s."
        )
        raise ColumnsRefused(problem % {"columns": ", ".join(columns)})
    longitude = mapping.get(LONGITUDE) or _first(by_name, _LONGITUDES) or _only_ending(columns, "_lon")
    latitude = mapping.get(LATITUDE) or _first(by_name, _LATITUDES) or _only_ending(columns, "_lat")
    point, shape = _first(by_name, _POINTS), _first(by_name, _SHAPES)
    if not located and not (longitude and latitude) and not point and not shape:
        problem = _(
            "Aucune colonne de coordonnées n’est reconnue ; nommez-les avec --map longitude=COLONNE --map latitude=COLONNE."
            " Colonnes du fichier : %(columns)s."
        )
        raise ColumnsRefused(problem % {"columns": ", ".join(columns)})
    taken = {found_id, longitude, latitude, point, shape}
    attributes = _named(mapping)
    if not only_mapped:
        attributes |= _unnamed([one for one in columns if one not in taken and one not in mapping.values()], attributes)
    return Plan(id=found_id, longitude=longitude, latitude=latitude, point=point, shape=shape, attributes=attributes)


def attribute_name(column: str) -> str:
    """`Type de lanterne` and `type_de_lanterne` give `typeDeLanterne`; letters and digits of ASCII only."""
    parts = [part for part in re.split(r"[^0-9A-Za-z]+", _unaccented(column)) if part]
    if not parts:
        return ""
    first, *others = parts
    first = first.lower() if first.isupper() else first[0].lower() + first[1:]
    return first + "".join(one.capitalize() if one.isupper() else one[0].upper() + one[1:] for one in others)


def _unaccented(text: str) -> str:
    return "".join(folded(letter).upper() if letter.isupper() else folded(letter) for letter in text)


def _key(column: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", folded(column)).strip("_")


def _first(by_name: Mapping[str, str], names: Sequence[str]) -> str:
    return next((by_name[name] for name in names if name in by_name), "")


def _only_ending(columns: Sequence[str], ending: str) -> str:
    found = [column for column in columns if _key(column).endswith(ending)]
    return found[0] if len(found) == 1 else ""


def _named(mapping: Mapping[str, str]) -> dict[str, str]:
    named = {name: column for name, column in mapping.items() if name not in (LONGITUDE, LATITUDE)}
    for name in named:
        if not is_attribute_name(name):
            problem = _(
                "« %(name)s » n’est pas un nom d’attribut NGSI-LD : une lettre, puis des lettres, des chiffres ou « _ »,"
                " et aucun mot réservé (id, type, scope…)."
            )
            raise ColumnsRefused(problem % {"name": name})
    return named


def _unnamed(columns: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """The attributes of the columns nobody named, under a name made from theirs."""
    attributes: dict[str, str] = {}
    for column in columns:
        name = "name" if _key(column) in _NAMES and "name" not in {*known, *attributes} else attribute_name(column)
        if not is_attribute_name(name) or name in CORE_TERMS:
            problem = _(
                "La colonne « %(column)s » ne peut pas donner son nom à un attribut NGSI-LD :"
                " ajoutez --map NOM=%(column)s pour lui en donner un."
            )
            raise ColumnsRefused(problem % {"column": column})
        if other := attributes.get(name) or known.get(name):
            problem = _(
                "Les colonnes « %(one)s » et « %(other)s » donneraient le même attribut « %(name)s » : ajoutez --map NOM=%(one)s."
            )
            raise ColumnsRefused(problem % {"one": column, "other": other, "name": name})
        attributes[name] = column
    return attributes


def _missing(column: str, columns: Sequence[str]) -> str:
    problem = _("La colonne « %(column)s » n’existe pas. Colonnes du fichier : %(columns)s.")
    return problem % {"column": column, "columns": ", ".join(columns)}
