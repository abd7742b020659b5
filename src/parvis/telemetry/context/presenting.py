"""How the attributes of a thing read: a label, a text, a unit, an age. For pages and for the map's popups."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from parvis.kernel import units
from parvis.kernel.contributions import AttributeSpec
from parvis.telemetry.context.attributes import VALUE_MEMBERS, default_instance, observed_at_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.states import entity_types

MOST_DECIMALS = 3

HIDDEN = frozenset({"name", "location"})
"""Shown elsewhere on the page: the title, the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`target` is the URN a Relationship points at."""

    name: str
    label: str
    text: str
    unit: str = ""
    observed_at: datetime | None = None
    target: str = ""


def type_label(type_name: str, *, plural: bool = False) -> str:
    """The name itself, in words, for a type no package declares."""
    kind = entity_types().get(type_name)
    if kind is None:
        return in_words(type_name)
    return str(kind.plural if plural else kind.label)


def type_icon(type_name: str) -> str:
    kind = entity_types().get(type_name)
    return "box" if kind is None else kind.icon


def specs_of(type_name: str) -> Mapping[str, AttributeSpec]:
    kind = entity_types().get(type_name)
    return {} if kind is None else {spec.name: spec for spec in kind.attributes}


def attribute_label(type_name: str, name: str) -> str:
    spec = specs_of(type_name).get(name)
    return in_words(name) if spec is None else str(spec.label)


def in_words(name: str) -> str:
    """`batteryLevel` gives `Battery level`, for what nobody has named in French."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.rpartition("/")[2]).replace("_", " ").strip()
    return words[:1].upper() + words[1:].lower() if words else name


def facts(entity: Entity) -> list[Fact]:
    """Declared attributes first, in their order, then the others by name; personal ones are left out."""
    return list(_facts(entity))


def _facts(entity: Entity) -> Iterator[Fact]:
    specs = specs_of(entity.type)
    others = sorted(entity.attributes.keys() - specs.keys())
    for name in (*specs, *others):
        spec = specs.get(name)
        attribute = entity.attributes.get(name)
        instance = default_instance(attribute)
        if instance is None or name in HIDDEN or (spec is not None and spec.personal):
            continue
        value = instance.get(VALUE_MEMBERS.get(instance.get("type", "Property"), "value"))
        code = instance.get("unitCode") or (spec.unit_code if spec else "")
        yield Fact(
            name=name,
            label=attribute_label(entity.type, name),
            text=text(value),
            unit=units.symbol(code) if code else "",
            observed_at=observed_at_of(attribute),
            target=value if instance.get("type") == "Relationship" and isinstance(value, str) else "",
        )


def text(value: Any) -> str:  # noqa: PLR0911 - one line for each kind of value
    """A JSON value as people write it."""
    match value:
        case bool():
            return _("oui") if value else _("non")
        case int():
            return number_format(value, use_l10n=True, force_grouping=True)
        case float():
            shown = f"{value:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")
            decimals = len(shown.partition(".")[2])
            return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)
        case None:
            return "–"
        case {"type": str(kind), "coordinates": _coordinates}:
            return kind
        case dict():
            return ", ".join(text(one) for one in value.values())
        case list():
            return ", ".join(map(text, value))
        case _:
            return str(value)
