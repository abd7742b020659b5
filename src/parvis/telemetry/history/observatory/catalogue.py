"""What may be asked: the numbers of declared attributes that tell nothing of a person. All else does not exist here."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.states import entity_types
from parvis.telemetry.history.lake.models import LakeFile


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An attribute and the types that have it, by their labels."""

    attribute: str
    label: str
    unit_code: str
    types: tuple[tuple[str, str], ...]


def open_types(attribute: str) -> tuple[str, ...]:
    """The types of which this attribute may be shown: those that declare it, and not as personal."""
    return tuple(
        kind.name
        for kind in entity_types().values()
        if any(spec.name == attribute and not spec.personal for spec in kind.attributes)
    )


def unit_of(attribute: str, types: Sequence[str]) -> str:
    """The common unit of the attribute; empty when the types do not agree."""
    units = {spec.unit_code for kind in types for spec in entity_types()[kind].attributes if spec.name == attribute}
    return units.pop() if len(units) == 1 else ""


def choices() -> list[Choice]:
    """What the files hold and may be asked, by label."""
    there = {
        (entity_type, attribute)
        for contents in LakeFile.objects.active().values_list("contents", flat=True)
        for tenant, entity_type, attribute, _rows, _first in contents
        if tenant == CITY
    }
    found = []
    for attribute in sorted({attribute for _type, attribute in there}):
        types = [name for name in open_types(attribute) if (name, attribute) in there]
        if types:
            spec = next(one for one in entity_types()[types[0]].attributes if one.name == attribute)
            found.append(
                Choice(
                    attribute=attribute,
                    label=str(spec.label),
                    unit_code=unit_of(attribute, types),
                    types=tuple((name, str(entity_types()[name].plural)) for name in types),
                )
            )
    return sorted(found, key=lambda one: one.label.casefold())
