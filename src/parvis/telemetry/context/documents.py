"""A thing as an NGSI-LD document, normalized (ETSI GS CIM 009 V1.8.1, 4.5.1)."""

from typing import Any

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.presenting import specs_of


def normalized(entity: Entity, *, system: bool = False) -> dict[str, Any]:
    """`system` adds createdAt and modifiedAt; attributes declared personal are left out."""
    specs = specs_of(entity.type)
    document: dict[str, Any] = {"id": entity.urn, "type": entity.type}
    if entity.scopes:
        document["scope"] = entity.scopes[0] if len(entity.scopes) == 1 else entity.scopes
    if system:
        document |= {"createdAt": instant_text(entity.created_at), "modifiedAt": instant_text(entity.modified_at)}
    return document | {
        name: attribute
        for name, attribute in entity.attributes.items()
        if name not in specs or not specs[name].personal
    }
