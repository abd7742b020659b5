"""Areas for tests of every package: a made-up EPCI whose communes are squares side by side."""

from itertools import count
from typing import Any

from parvis.foundations.territory.models import Area, AreaKind

WEST, SOUTH, SIDE = 5.0, 47.0, 0.1

_numbers = count(1)


def square(west: float, south: float, side: float = SIDE) -> dict[str, Any]:
    """Corner and side in degrees."""
    east, north = round(west + side, 6), round(south + side, 6)
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def _placed(west: float, south: float, side: float) -> dict[str, Any]:
    return {
        "geometry": square(west, south, side),
        "west": west,
        "south": south,
        "east": round(west + side, 6),
        "north": round(south + side, 6),
        "longitude": west + side / 2,
        "latitude": south + side / 2,
    }


def make_epci(
    *, code: str = "200000000", name: str = "Parvis Métropole", legal_form: str = "METRO", **fields: Any
) -> Area:
    return Area.objects.create(
        kind=AreaKind.EPCI,
        code=code,
        siren=code,
        name=name,
        legal_form=legal_form,
        **{**_placed(WEST, SOUTH, 1.0), **fields},
    )


def make_commune(
    *, parent: Area | None = None, code: str = "", name: str = "", rank: int | None = None, **fields: Any
) -> Area:
    """The `rank`-th square from the west, 0.1 degree a side. Without `parent` the EPCI is found or made."""
    number = next(_numbers)
    place = number % 10 if rank is None else rank
    parent = parent or Area.objects.filter(kind=AreaKind.EPCI).first() or make_epci()
    return Area.objects.create(
        kind=AreaKind.COMMUNE,
        code=code or f"99{number % 1000:03}",
        name=name or f"Commune {number}",
        parent=parent,
        **{"population": 1000, **_placed(round(WEST + place * SIDE, 6), SOUTH, SIDE), **fields},
    )


def make_district(*, parent: Area, name: str = "Centre", code: str = "", **fields: Any) -> Area:
    """The south-western quarter of a commune made by `make_commune`."""
    assert parent.west is not None
    assert parent.south is not None
    return Area.objects.create(
        kind=AreaKind.DISTRICT,
        code=code or f"{parent.code}-1",
        name=name,
        parent=parent,
        **{**_placed(parent.west, parent.south, SIDE / 2), **fields},
    )
