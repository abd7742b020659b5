"""The order of a list: `orderBy=name,type;desc,location;dist-asc` (ETSI GS CIM 009 V1.9.1, 4.23).

Numbers come before strings, strings before dates that are objects and all else, what is absent last in both directions. Equal: by creation.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any

from shapely.geometry.base import BaseGeometry

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.query.geo import distance_m, geometries
from parvis.telemetry.context.query.q import parsed_path
from parvis.telemetry.context.query.targets import targets
from parvis.telemetry.context.query.terms import Names, Path
from parvis.telemetry.context.store.values import Stored

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{2,8})*\Z", re.ASCII)
"""A language, script and region (BCP 47); extensions such as `-u-co-phonebk` ask for tables that are not here."""
_MOST_KEYS = 10


class Direction(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"
    NEAREST = "dist-asc"
    FARTHEST = "dist-desc"


@dataclass(frozen=True, slots=True)
class Key:
    path: Path
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """`reference`: from where distances are measured. `collated`: letters before accents and case, as people read."""

    keys: tuple[Key, ...]
    collated: bool = False
    reference: BaseGeometry | None = None

    def sorted(self, things: Sequence[Stored]) -> list[Stored]:
        ordered = list(things)
        for key in reversed(self.keys):  # stable: the last key first
            valued = [(self._value(thing, key), thing) for thing in ordered]
            present = [(value, thing) for value, thing in valued if value is not None]
            backwards = key.direction in (Direction.DESCENDING, Direction.FARTHEST)
            present.sort(key=itemgetter(0), reverse=backwards)  # `reverse` keeps equal ones in their order
            absent = [thing for value, thing in valued if value is None]
            ordered = [thing for _, thing in present] + absent
        return ordered

    def _value(self, thing: Stored, key: Key) -> tuple[int, Any] | None:
        if key.direction in (Direction.NEAREST, Direction.FARTHEST):
            assert self.reference is not None
            found = [distance_m(geometry, self.reference) for geometry in geometries(thing, key.path.names)]
            distances = [distance for distance in found if distance is not None]
            return (0, min(distances)) if distances else None
        target = next(targets(thing, key.path), None)
        return None if target is None else self._rank(target.value)

    def _rank(self, value: Any) -> tuple[int, Any]:
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        if isinstance(value, bool):
            return 2, value
        if isinstance(value, int | float):
            return 0, value
        if isinstance(value, str):
            return 1, collation_key(value) if self.collated else value
        return 3, ""


def collation_key(text: str) -> tuple[str, str, str]:
    """Letters first, then accents, then case: what European alphabets share, as PostgreSQL and Python here know no tables of languages."""
    decomposed = unicodedata.normalize("NFD", text)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return letters, decomposed.casefold(), text.swapcase()


def ordering(
    keys: Sequence[str], names: Names, *, collation: str = "", reference: BaseGeometry | None = None
) -> Ordering | None:
    """None without keys. Raises BadRequestData."""
    if collation and not _TAG.match(collation):
        raise BadRequestData(f"collation: {collation[:40]!r} is no language tag.")
    if not keys:
        return None
    if len(keys) > _MOST_KEYS:
        raise BadRequestData(f"orderBy: at most {_MOST_KEYS} members.")
    read = tuple(_key(text, names) for text in keys)
    if reference is None and any(key.direction in (Direction.NEAREST, Direction.FARTHEST) for key in read):
        raise BadRequestData("orderBy: distances need a place, orderFrom with geometry.")
    return Ordering(keys=read, collated=bool(collation), reference=reference)


def _key(text: str, names: Names) -> Key:
    path, _, direction = text.strip().partition(";")
    try:
        found = Direction(direction or "asc")
    except ValueError as error:
        raise BadRequestData(f"orderBy: {direction[:40]!r} is none of asc, desc, dist-asc, dist-desc.") from error
    parsed = parsed_path(path, names)
    if parsed.beyond is not None:
        raise BadRequestData("orderBy: linked entities do not order.")
    return Key(parsed, found)
