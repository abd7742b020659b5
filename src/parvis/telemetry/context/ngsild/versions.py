"""Entities for clients of an earlier NGSI-LD (`Prefer: ngsi-ld=1.5`; ETSI GS CIM 009 V1.9.1, 6.3.18 and 4.3.6.8)."""

from collections.abc import Mapping
from typing import Any

from parvis.telemetry.context.attributes import VALUE_MEMBERS, Instance, instances_of

Version = tuple[int, int]

_SINCE: Mapping[str, Version] = {
    "LanguageProperty": (1, 4),
    "VocabProperty": (1, 7),
    "JsonProperty": (1, 8),
    "ListProperty": (1, 8),
    "ListRelationship": (1, 8),
}
"""The version that brought the kind. Before, it was a Property."""


def downgraded(instance: Instance, version: Version) -> Instance:
    """The instance in kinds that this version knows; the very one given when it does."""
    kind = instance.get("type", "Property")
    if _SINCE.get(kind, version) <= version:
        return instance
    member = VALUE_MEMBERS[kind]
    value = instance[member]
    if kind == "ListRelationship" and type(value) is list:
        value = [one["object"] for one in value]
    kept = {key: one for key, one in instance.items() if key not in ("type", member, "objectType", "valueType")}
    return {"type": "Property", "value": value} | kept


def is_altered(attributes: Mapping[str, Any], version: Version) -> bool:
    """Whether a client of this version would not be shown these attributes as they are."""
    return any(
        downgraded(one, version) is not one for attribute in attributes.values() for one in instances_of(attribute)
    )
