"""Types and attributes by the names people know, and what there is to choose from."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from parvis.telemetry.context.presenting import attribute_label, type_label
from parvis.telemetry.context.states import entity_types
from parvis.telemetry.history.lake.models import KeepRule, LakeFile

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Values and labels, by label, without the one that stands for all. What a package declares, and what was archived."""

    types: Pairs
    attributes: Pairs


def choices() -> Choices:
    types = {kind.name for kind in entity_types().values()}
    attributes = {spec.name for kind in entity_types().values() for spec in kind.attributes}
    for contents in LakeFile.objects.active().values_list("contents", flat=True):
        for _tenant, entity_type, attribute, _rows, _first in contents:
            types.add(entity_type)
            attributes.add(attribute)
    return Choices(
        types=_sorted({name: type_label(name, plural=True) for name in types}),
        attributes=_sorted({name: _label(name) for name in attributes}),
    )


def _sorted(labels: dict[str, str]) -> Pairs:
    """One label of several names is told apart by the name."""
    seen = list(labels.values())
    named = ((name, label if seen.count(label) == 1 else f"{label} ({name})") for name, label in labels.items() if name)
    return sorted(named, key=lambda pair: pair[1].casefold())


def subject(rule: KeepRule) -> str:
    """What it is about, in a sentence."""
    if not rule.attribute:
        return _("toutes les mesures des %(type)s") % {"type": _lower(type_label(rule.entity_type, plural=True))}
    label = attribute_label(rule.entity_type, rule.attribute)
    if not rule.entity_type:
        return _("%(attribute)s, de tous les objets") % {"attribute": _label(rule.attribute)}
    return _("%(attribute)s des %(type)s") % {
        "attribute": label,
        "type": _lower(type_label(rule.entity_type, plural=True)),
    }


def _label(attribute: str) -> str:
    """As the first type that declares it calls it."""
    declaring = (kind.name for kind in entity_types().values() if any(one.name == attribute for one in kind.attributes))
    return attribute_label(next(declaring, ""), attribute)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
