"""Which types and attributes there are among the things that live now (ETSI GS CIM 009 V1.8.1, 5.7.5 to 5.7.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.broker.rights import personal_attributes
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.finding import Caller, bounded, found


@dataclass(frozen=True, slots=True)
class Census:
    """Things of this type that have this attribute in this kind (`Property`, …)."""

    type: str
    attribute: str
    kind: str
    count: int


def types(caller: Caller, *, only: str | None = None) -> dict[str, int]:
    """How many things of each type the caller sees."""
    return dict(_rows("types_alive", caller, only))


def attributes(caller: Caller, *, of_type: str | None = None, only: str | None = None) -> list[Census]:
    """By type and attribute, as far as the caller sees them."""
    counted = (Census(*row) for row in _rows("census", caller, of_type, attribute=only))
    reached = caller.rights.attributes
    return [
        one
        for one in counted
        if one.attribute not in personal_attributes((one.type,)) and (reached is None or one.attribute in reached)
    ]


def holders(caller: Caller, attribute: str) -> int:
    """How many things that the caller sees have this attribute, whatever their types."""
    query = EntityQuery(attributes=(attribute,))
    return found(query, caller, limit=0, count=True).total or 0


def _rows(name: str, caller: Caller, of_type: str | None, **more: Any) -> Sequence[tuple[Any, ...]]:
    seen = caller.rights.types
    if of_type is not None:
        seen = frozenset((of_type,)) if seen is None else seen & {of_type}
    areas, organisations = caller.rights.areas, caller.rights.organisations
    with bounded(), hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", name),
            {
                "tenant": caller.tenant_id,
                "now": caller.now,
                "types": None if seen is None else sorted(seen),
                "areas": None if areas is None else sorted(areas),
                "organisations": None if organisations is None else sorted(organisations),
                **more,
            },
        )
        return cursor.fetchall()
