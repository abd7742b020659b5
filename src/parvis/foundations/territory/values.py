"""An area as other packages receive it: a value, not a row."""

from dataclasses import dataclass

from parvis.foundations.territory.models import AreaKind


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaRef:
    """`code`: INSEE of a commune, SIREN of an EPCI."""

    id: int
    kind: AreaKind
    code: str
    name: str
