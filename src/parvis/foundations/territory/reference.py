"""The official list of intercommunalities and of their members, read from the npm package `@etalab/decoupage-administratif`.

Codes INSEE COG, members and legal populations DGCL (Licence Ouverte). Populations are the EPCI members' figures: `population`
of `communes.json` is of another reference year, and the two do not add up.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.kernel.errors import Refusal

PACKAGE = "@etalab/decoupage-administratif"
SOURCE = "INSEE (COG), DGCL, populations légales ; @etalab/decoupage-administratif"
LICENCE = "Licence Ouverte 2.0"


class UnknownIntercommunality(Refusal):
    """No EPCI with this SIREN; the message suggests near ones."""

    code = "unknown-epci"


class ReferenceMissing(Refusal):
    """The npm package of the official list is not installed."""

    code = "reference-missing"


@dataclass(frozen=True, kw_only=True)
class Member:
    """`former_codes`: INSEE codes of the communes merged into this one, by which older outlines name its parts."""

    code: str
    siren: str
    name: str
    population: int
    department_code: str
    postal_codes: tuple[str, ...]
    former_codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Intercommunality:
    """`legal_form` is METRO, MET69, CU, CA, CC or EPT; members by decreasing population."""

    siren: str
    name: str
    legal_form: str
    population: int
    members: tuple[Member, ...]

    @property
    def department_code(self) -> str:
        """Of the most populated member: an EPCI may lie across several."""
        return self.members[0].department_code


def intercommunality(siren: str) -> Intercommunality:
    """Raises `UnknownIntercommunality`, naming near ones when `siren` is a name or a mistyped number."""
    found = _found(re.sub(r"\s", "", siren), Path(settings.NODE_MODULES))
    if found is not None:
        return found
    raise UnknownIntercommunality(_unknown(siren))


@lru_cache(maxsize=2)
def _found(siren: str, node_modules: Path) -> Intercommunality | None:
    """Only the few EPCI asked for are kept: the whole list is 40 MB of objects."""
    return next((_built(row) for row in _intercommunalities() if row["code"] == siren), None)


def near(text: str, *, limit: int = 5) -> list[tuple[str, str]]:
    """(SIREN, name) of the EPCI whose name or number looks like `text`, nearest first."""
    rows = [(row["code"], row["nom"]) for row in _intercommunalities()]
    number = re.sub(r"\s", "", text)
    if number.isdigit():
        codes = difflib.get_close_matches(number, [code for code, _name in rows], n=limit, cutoff=0.7)
        return [(code, name) for wanted in codes for code, name in rows if code == wanted]
    folded = _folded(text)
    scored = sorted(((_likeness(folded, _folded(name)), -len(name), code, name) for code, name in rows), reverse=True)
    return [(code, name) for score, _length, code, name in scored[:limit] if score > 0.55]


def _likeness(wanted: str, name: str) -> float:
    if re.search(rf"\b{re.escape(wanted)}\b", name):
        return 1.0
    whole = difflib.SequenceMatcher(None, wanted, name).ratio()
    return max([whole, *(difflib.SequenceMatcher(None, wanted, word).ratio() * 0.9 for word in name.split())])


def _unknown(siren: str) -> str:
    found = near(siren)
    if not found:
        return _("Aucune intercommunalité française n’a le SIREN « %(siren)s ».") % {"siren": siren}
    return _("Aucune intercommunalité française n’a le SIREN « %(siren)s ». Vouliez-vous dire : %(near)s ?") % {
        "siren": siren,
        "near": ", ".join(f"{name} ({code})" for code, name in found),
    }


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())


def _built(row: dict[str, Any]) -> Intercommunality:
    communes = _communes({member["code"] for member in row["membres"]})
    members = sorted(
        (_member(member, communes.get(member["code"], {})) for member in row["membres"]),
        key=lambda member: (-member.population, member.code),
    )
    return Intercommunality(
        siren=row["code"],
        name=row["nom"],
        legal_form=row["type"],
        population=row["populationMunicipale"],
        members=tuple(members),
    )


def _member(member: dict[str, Any], commune: dict[str, Any]) -> Member:
    return Member(
        code=member["code"],
        siren=member.get("siren") or commune.get("siren", ""),
        name=commune.get("nom") or member["nom"],
        population=member["populationMunicipale"],
        department_code=commune.get("departement", member["code"][:2]),
        postal_codes=tuple(commune.get("codesPostaux", ())),
        former_codes=tuple(commune.get("anciensCodes", ())),
    )


def _communes(codes: set[str]) -> dict[str, dict[str, Any]]:
    return {
        row["code"]: row for row in _read("communes.json") if row["code"] in codes and row["type"] == "commune-actuelle"
    }


def _intercommunalities() -> Iterator[dict[str, Any]]:
    yield from _read("epci.json")
    yield from _read("ept.json")


def _read(name: str) -> list[dict[str, Any]]:
    path = Path(settings.NODE_MODULES) / PACKAGE / "data" / name
    try:
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]
    except FileNotFoundError:
        raise ReferenceMissing(
            _("La liste officielle des communes est introuvable (%(path)s) : lancez « make install ».") % {"path": path}
        ) from None
