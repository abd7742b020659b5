"""Between a row and a `Stored`: what the columns hold, and what is derived from the attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.ngsild.geometry import bounds_of
from parvis.telemetry.context.places import area_code_at, place_of
from parvis.telemetry.context.searching import SEARCHED, search_text
from parvis.telemetry.context.states import UNKNOWN, state_code
from parvis.telemetry.context.store.values import Stored

COLUMNS = (
    "id, urn, type, more_types, scopes, attributes::text, organisation_id, area_code, synthetic, source,"
    " created_at, modified_at, expires_at"
)
"""What `stored_of` reads, in this order."""

_decode = msgspec.json.Decoder().decode
_SEARCHED = (*SEARCHED, "address")


def stored_of(row: Sequence[Any], tenant_id: int) -> Stored:
    """Of a row that begins with `COLUMNS`."""
    (
        id_,
        urn,
        type_,
        more,
        scopes,
        attributes,
        organisation_id,
        area_code,
        synthetic,
        source,
        created,
        modified,
        expires,
    ) = row[:13]
    return Stored(
        id=id_,
        tenant_id=tenant_id,
        urn=urn,
        types=[type_, *more],
        scopes=scopes,
        attributes=_decode(attributes),
        organisation_id=organisation_id,
        area_code=area_code,
        synthetic=synthetic,
        source=source,
        created_at=created,
        modified_at=modified,
        expires_at=expires,
    )


@dataclass(frozen=True, slots=True)
class Derived:
    """The columns that maps, lists and queries look at, so as not to open the documents. `bounds` is the text of a box."""

    longitude: float | None = None
    latitude: float | None = None
    area_code: str = ""
    state: int = UNKNOWN
    search: str = ""
    bounds: str | None = None


def derived_of(stored: Stored, before: Stored | None, known: Derived) -> Derived:
    """`known` is what was derived from `before`; what does not depend on the attributes that changed is taken from it."""
    attributes, old = stored.attributes, before.attributes if before else {}
    place = known
    if before is None or attributes.get("location") != old.get("location"):
        place = _place(attributes)
    if stored.tenant_id != CITY:
        return Derived(place.longitude, place.latitude, place.area_code, UNKNOWN, "", place.bounds)
    search = known.search
    if before is None or any(attributes.get(name) != old.get(name) for name in _SEARCHED):
        search = search_text(stored.urn, attributes)
    state = state_code(stored.types[0], attributes)
    return Derived(place.longitude, place.latitude, place.area_code, state, search, place.bounds)


def _place(attributes: Mapping[str, Any]) -> Derived:
    if "location" not in attributes:
        return Derived()
    try:
        point = place_of(attributes)
    except ValueError:  # a geometry the standard accepts and no point can stand for
        point = None
    bounds = box_of(attributes)
    if point is None:
        return Derived(bounds=bounds)
    return Derived(longitude=point[0], latitude=point[1], area_code=area_code_at(*point), bounds=bounds)


def box_of(attributes: Mapping[str, Any]) -> str | None:
    """The smallest box around `location`, as PostgreSQL writes it: `(east,north),(west,south)`."""
    box = bounds_of(attributes)
    return None if box is None else f"({box[2]},{box[3]}),({box[0]},{box[1]})"


def row_of(stored: Stored, derived: Derived) -> dict[str, Any]:
    """As the statements that insert and update read it from JSON."""
    return {
        "id": stored.id or None,
        "urn": stored.urn,
        "type": stored.types[0],
        "more_types": stored.types[1:],
        "scopes": stored.scopes,
        "attributes": stored.attributes,
        "organisation_id": stored.organisation_id,
        "synthetic": stored.synthetic,
        "source": stored.source,
        "created_at": stored.created_at,
        "modified_at": stored.modified_at,
        "expires_at": stored.expires_at,
        "longitude": derived.longitude,
        "latitude": derived.latitude,
        "area_code": derived.area_code,
        "state": derived.state,
        "search": derived.search,
        "bounds": derived.bounds,
    }
