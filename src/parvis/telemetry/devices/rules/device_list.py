"""A list of devices as makers, network servers and spreadsheets give it: which column is what, each row as text.

Keys of devices stay in the network server: a column that holds them is not read, and a cell that looks like one is refused.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.kernel.errors import Refusal
from parvis.kernel.french import folded

MOST_ROWS = 200_000  # twice the devices of the largest city we know of
_LONGEST_CELL = 2000
_DELIMITERS = ";,\t|"

EUI, NAME, PROFILE, THING, TYPE = "eui", "name", "profile", "thing", "type"
ORGANISATION, CLASS, NETWORK_NAME = "organisation", "class", "network_name"
LONGITUDE, LATITUDE, ACTIVE = "longitude", "latitude", "active"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    EUI: ("dev_eui", "deveui", "eui", "device_eui", "eui_du_capteur", "identifiant_eui"),
    NAME: ("name", "nom", "device_name", "libelle", "designation", "label"),
    PROFILE: ("profile", "profil", "device_profile", "device_profile_name", "profil_de_capteur"),
    THING: ("thing", "equipement", "urn", "entity", "entite", "inventaire", "numero_d_inventaire", "objet"),
    TYPE: ("type", "entity_type", "thing_type", "type_d_equipement"),
    ORGANISATION: ("organisation", "organization", "owner", "proprietaire", "service"),
    CLASS: ("class", "classe", "device_class", "lorawan_class"),
    NETWORK_NAME: ("network_name", "device_id", "nom_reseau", "nom_dans_le_serveur_de_reseau"),
    LONGITUDE: ("longitude", "lon", "lng", "long", "x"),
    LATITUDE: ("latitude", "lat", "y"),
    ACTIVE: ("active", "actif", "enabled", "is_active"),
}
"""What a row may say, with the names its column is known by: lower case, without accents, words joined by `_`."""

_KEY = re.compile(r"key(s|_?\d+)?(_|\Z)|(\A|_)(cle|clef|secret|token|password|mot_de_passe|pin|claim\w*)s?(_|\Z)")
_LOOKS_LIKE_KEY = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{2}([:\- ][0-9a-fA-F]{2}){15}")


class ListRefused(Refusal):
    """The list cannot be read at all; the message says why."""

    code = "devices-list"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """`values` by the names of `COLUMNS`: what is absent stays as it is, None empties it. `line` 1 is that of the header."""

    line: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    line: int
    eui: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceList:
    """`key_columns` held keys and were not read; nobody knows what `unknown_columns` are for."""

    rows: Sequence[DeviceRow]
    refused: Sequence[RefusedRow] = ()
    key_columns: Sequence[str] = ()
    unknown_columns: Sequence[str] = ()


@dataclass(slots=True)
class _Columns:
    at: dict[int, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_devices_csv(content: bytes | str) -> DeviceList:
    """UTF-8, UTF-16 or Windows-1252, separated by `;` `,` tabulations or `|`; the first row names the columns.

    Raises `ListRefused`.
    """
    text = content if isinstance(content, str) else _decoded(content)
    lines = _lines(text.removeprefix("\ufeff"))
    _line, header = next(lines, (1, []))
    columns = _columns(header)
    rows: list[DeviceRow] = []
    refused: list[RefusedRow] = []
    for line, cells in lines:
        if not any(cells):
            continue
        if len(rows) + len(refused) >= MOST_ROWS:
            raise ListRefused(
                _("La liste dépasse %(most)d lignes : envoyez-la en plusieurs fois.") % {"most": MOST_ROWS}
            )
        values = {name: cells[at] for at, name in columns.at.items() if at < len(cells) and cells[at]}
        if reason := _problem(cells, values):
            eui = values.get(EUI, "")
            refused.append(RefusedRow(line=line, eui="" if _LOOKS_LIKE_KEY.search(eui) else eui[:40], reason=reason))
        else:
            rows.append(DeviceRow(line=line, values=values))
    return DeviceList(rows=rows, refused=refused, key_columns=columns.keys, unknown_columns=columns.unknown)


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin on, cells without their outer spaces."""
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ListRefused(_("Ligne %(line)d : %(error)s.") % {"line": line, "error": error}) from error
        yield line, [cell.strip() for cell in cells]


def _columns(header: Sequence[str]) -> _Columns:
    names = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
    found = _Columns()
    for at, title in enumerate(header):
        key = re.sub(r"[^0-9a-z]+", "_", folded(title)).strip("_")
        name = names.get(key, "")
        if _KEY.search(key):
            found.keys.append(title[:60])
        elif name and name not in found.at.values():
            found.at[at] = name
        elif title:
            found.unknown.append(title[:60])
    if EUI not in found.at.values():
        problem = _("Aucune colonne ne donne le DevEUI : nommez-la « dev_eui ». Colonnes du fichier : %(columns)s.")
        raise ListRefused(problem % {"columns": ", ".join(title[:60] for title in header[:30] if title) or "–"})
    return found


def _problem(cells: Sequence[str], values: Mapping[str, str]) -> str:
    if any("\0" in cell for cell in cells):
        return _("caractère nul dans une cellule")
    if any(len(value) > _LONGEST_CELL for value in values.values()):
        return _("cellule trop longue")
    for name, value in values.items():
        if _LOOKS_LIKE_KEY.fullmatch(value):
            return str(
                format_lazy(gettext_lazy("une clé dans la colonne « {name} » : elle n’est pas gardée"), name=name)
            )
    return ""
