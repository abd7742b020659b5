"""NGSI-LD attribute instances in normalized form, and which of two instances is the present one.

An attribute is one instance, or a list of instances told apart by `datasetId` (ETSI GS CIM 009 V1.8.1, 4.5.5). The rule of
time: an observation replaces what was observed strictly before it; an inventory never replaces an observation.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from parvis.telemetry.context.values import RESULT_QUALITY, quality_of

Instance = dict[str, Any]

VALUE_MEMBERS = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}

NULL = "urn:ngsi-ld:null"
"""In place of a value: delete what bears it (4.5.0). It is no value, no id and no object."""

NULL_MAP = {"@none": NULL}
"""The same in place of a languageMap."""

PREVIOUS_MEMBERS = {member: f"previous{member[0].upper()}{member[1:]}" for member in VALUE_MEMBERS.values()}
"""Where a notification tells the value before the change (4.5.2 to 4.5.24); output only."""

SYSTEM_MEMBERS = frozenset(["createdAt", "modifiedAt", "deletedAt", "expiresAt", "instanceId"])

OWN_MEMBERS = (
    frozenset(
        [
            "type",
            "observedAt",
            "datasetId",
            "unitCode",
            "objectType",
            "valueType",
            "lang",
            "entityIdSealed",
            "entityTypeSealed",
            "previousVocab",
        ]
    )
    | frozenset(VALUE_MEMBERS.values())
    | SYSTEM_MEMBERS
)
"""All that an instance holds besides its sub-attributes."""

NAME = re.compile(r"[^\W\d_]\w*(:[^\W\d_]\w*)?\Z")

CORE_TERMS = frozenset(
    [
        "id",
        "type",
        "scope",
        "datasetId",
        "instanceId",
        "observedAt",
        "createdAt",
        "modifiedAt",
        "deletedAt",
        "expiresAt",
        "unitCode",
        "value",
        "object",
        "languageMap",
        "vocab",
        "json",
        "valueList",
        "objectList",
        "previousValue",
        "entity",
        "entityList",
        "lang",
    ]
)
"""Members of the core @context that are not reified: no attribute may be named so."""


def is_attribute_name(name: str) -> bool:
    """Whether NGSI-LD allows an attribute of this name: letters, digits, `_`, perhaps a prefix; or a full IRI."""
    if name in CORE_TERMS:
        return False
    return bool(NAME.match(name)) or name.startswith(("http://", "https://", "urn:"))


def property_of(value: Any, *, unit_code: str = "", observed_at: datetime | None = None) -> Instance:
    """A Property in normalized form; `observed_at` aware."""
    instance: Instance = {"type": "Property", "value": value}
    if unit_code:
        instance["unitCode"] = unit_code
    if observed_at is not None:
        instance["observedAt"] = instant_text(observed_at)
    return instance


def geo_property_of(geometry: Mapping[str, Any]) -> Instance:
    """A GeoProperty of a GeoJSON geometry (EPSG:4326, lon/lat)."""
    return {"type": "GeoProperty", "value": dict(geometry)}


def relationship_to(urn: str) -> Instance:
    return {"type": "Relationship", "object": urn}


@lru_cache(maxsize=4096)  # the attributes of one uplink share theirs
def instant_text(instant: datetime) -> str:
    """`2026-01-05T08:00:00Z`: UTC and `Z` only, microseconds only when there are any (CIM 009, 4.6.3)."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> datetime:
    """Raises ValueError."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def instances_of(attribute: Any) -> list[Instance]:
    """The instances of an attribute in stored form; none of an attribute that is not there (None)."""
    if attribute is None:
        return []
    return attribute if isinstance(attribute, list) else [attribute]


def is_deletion(instance: Instance) -> bool:
    """Whether the instance says that it is to be, or was, deleted."""
    member = VALUE_MEMBERS.get(instance.get("type", "Property"), "value")
    value = instance.get(member)
    return value == NULL or (member == "languageMap" and value == NULL_MAP)


def default_instance(attribute: Any) -> Instance | None:
    """The instance without `datasetId`, of an attribute that may be a list of instances."""
    if isinstance(attribute, list):
        return next((one for one in attribute if "datasetId" not in one), None)
    return attribute if isinstance(attribute, dict) else None


def value_of(attribute: Any) -> Any:
    """The simplified value of the default instance; None when there is none."""
    instance = default_instance(attribute)
    if instance is None:
        return None
    return instance.get(VALUE_MEMBERS.get(instance.get("type", "Property"), "value"))


def observed_at_of(attribute: Any) -> datetime | None:
    instance = default_instance(attribute)
    text = instance.get("observedAt") if instance else None
    return parse_instant(text) if text else None


def text_of(attribute: Any, language: str = "fr") -> str:
    """A name or description to show: the text of a Property, or the best language of a LanguageProperty."""
    value = value_of(attribute)
    if isinstance(value, dict):
        value = value.get(language) or value.get("@none") or next(iter(value.values()), "")
    return value if isinstance(value, str) else ""


def observed(attribute: Any, value: Any, observed_at: datetime, unit_code: str, quality: str = "") -> Any:
    """The attribute once its default instance holds this observation; other instances and sub-attributes are kept, but for the quality."""
    before = default_instance(attribute)
    if isinstance(value, dict) and value.get("type") == "Point" and "coordinates" in value:
        after = geo_property_of(value)
    else:
        after = {"type": "Property", "value": value}
    kept = {} if before is None or before.get("type") != after["type"] else before
    after = kept | after | {"observedAt": instant_text(observed_at)}
    if unit_code:
        after["unitCode"] = unit_code
    if quality:
        after[RESULT_QUALITY] = quality_of(quality)
    else:
        after.pop(RESULT_QUALITY, None)
    if isinstance(attribute, list):
        return [after, *(one for one in attribute if "datasetId" in one)]
    return after


def inventoried(stored: Mapping[str, Any], draft: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of `draft` that replace those of `stored`; empty when the inventory teaches nothing."""
    return {
        name: attribute
        for name, attribute in draft.items()
        if stored.get(name) != attribute and _may_replace(stored.get(name), attribute)
    }


def _may_replace(stored: Any, draft: Any) -> bool:
    known = observed_at_of(stored)
    if known is None:
        return True
    told = observed_at_of(draft)
    return told is not None and told > known
