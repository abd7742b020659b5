"""The territory as the kit draws it: in outline, and with a point on it."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from parvis.capabilities.design.cartography import Plan, plan
from parvis.foundations.territory import selectors as territory


@dataclass(frozen=True, kw_only=True)
class Located:
    plan: Plan
    x: int
    y: int
    commune: str
    code: str


def territory_plan() -> Plan | None:
    """None before a territory is loaded."""
    return _plan_of(territory.revision())


@lru_cache(maxsize=2)
def _plan_of(revision: UUID | None) -> Plan | None:
    return plan(territory.outlines())


def locate(longitude: float, latitude: float) -> Located | None:
    """A point of EPSG:4326 on the drawing; None before a territory is loaded."""
    drawn = territory_plan()
    if drawn is None:
        return None
    commune = territory.commune_at(longitude, latitude)
    x, y = drawn.projection.point(longitude, latitude)
    return Located(plan=drawn, x=x, y=y, commune=commune.name if commune else "", code=commune.code if commune else "")
