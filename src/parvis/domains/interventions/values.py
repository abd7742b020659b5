"""Frozen values at the border of the domain."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class InterventionOrder:
    """`cause_urn` empty: opened by hand. `actor` is the URN of who asks. Longitude and latitude EPSG:4326."""

    title: str
    subject: str
    cause_urn: str = ""
    thing_urn: str = ""
    organisation_id: int
    longitude: float | None
    latitude: float | None
    area_code: str = ""
    address: str = ""
    description: str = ""
    priority: str = "normal"
    actor: str


@dataclass(frozen=True, kw_only=True)
class InterventionRef:
    """`created` tells a new intervention from one that was already open for the cause."""

    urn: str
    number: str
    state: str
    created: bool
