"""One change as one subscriber is told it: the entity, what was taken away, what it was before (ETSI GS CIM 009 V1.8.1, 5.8.6)."""

from datetime import datetime
from typing import Any

from msgspec import structs

from parvis.telemetry.context.attributes import (
    NULL,
    NULL_MAP,
    PREVIOUS_MEMBERS,
    VALUE_MEMBERS,
    Instance,
    instances_of,
)
from parvis.telemetry.context.ngsild.instants import instant
from parvis.telemetry.context.ngsild.merging import by_dataset, packed
from parvis.telemetry.context.ngsild.rendering import Kind
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.delivery.targets import Target
from parvis.telemetry.context.subscriptions.snapshots import Snapshot
from parvis.telemetry.context.subscriptions.triggers import ATTRIBUTE_DELETED


def entity_told(snapshot: Snapshot, target: Target) -> Stored | None:
    """With deleted instances in the form that says so, and previous values; None when the subscriber may see nothing of it."""
    told = snapshot.stored()
    if snapshot.deleted:
        told = structs.replace(told, attributes=_all_gone(snapshot, target), scopes=[])
    elif snapshot.touched:
        told = structs.replace(told, attributes=_with_changes(snapshot, target))
    return target.rights.visible(told)


def with_deletion(document: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """A deleted entity says so, also without `sysAttrs`."""
    if snapshot.deleted:
        document["deletedAt"] = instant(snapshot.at)
    return document


def _all_gone(snapshot: Snapshot, target: Target) -> dict[str, Any]:
    """The attributes of a deleted entity: told to those who ask for deletions of attributes or for changes."""
    if ATTRIBUTE_DELETED not in target.triggers and not target.shows_changes:
        return {}
    return {
        name: packed(
            {one.get("datasetId", ""): _gone(one, snapshot.at, target, bare=True) for one in instances_of(attribute)}
        )
        for name, attribute in snapshot.attributes.items()
        if target.watched is None or name in target.watched
    }


def _with_changes(snapshot: Snapshot, target: Target) -> dict[str, Any]:
    attributes = dict(snapshot.attributes)
    tells_deletions = ATTRIBUTE_DELETED in target.triggers or target.shows_changes
    for touched in snapshot.touched:
        known = by_dataset(attributes.get(touched.attribute))
        if touched.attribute == "scope":
            continue
        if not touched.gone:
            if target.shows_changes and touched.dataset_id in known:
                known[touched.dataset_id] = known[touched.dataset_id] | _previous(touched.before)
        elif tells_deletions:
            known[touched.dataset_id] = _gone(touched.before, snapshot.at, target)
        attributes[touched.attribute] = packed(known)
    _once_when_all_is_gone(attributes, snapshot)
    return {name: attribute for name, attribute in attributes.items() if attribute is not None}


def _once_when_all_is_gone(attributes: dict[str, Any], snapshot: Snapshot) -> None:
    """Of an attribute deleted with all its instances the default one tells it, when there was one."""
    for name in {touched.attribute for touched in snapshot.touched if touched.gone} - snapshot.attributes.keys():
        instances = instances_of(attributes.get(name))
        default = [one for one in instances if "datasetId" not in one]
        if len(instances) > 1 and default:
            attributes[name] = default[0]


def _gone(before: Instance, at: datetime, target: Target, *, bare: bool = False) -> Instance:
    """`bare`: also a languageMap is the bare null, as the conformance suite has it for deleted entities."""
    kind = before.get("type", "Property")
    if target.representation.kind is Kind.SIMPLIFIED:
        kind = "Property"  # whatever it was, the bare null stands for it
    null: Any = NULL_MAP if kind == "LanguageProperty" and not bare else NULL
    gone: Instance = {"type": kind, VALUE_MEMBERS[kind]: null}
    for name in ("datasetId", "createdAt", "modifiedAt"):
        if name in before:
            gone[name] = before[name]
    gone["deletedAt"] = instant(at)
    return gone | (_previous(before) if target.shows_changes else {})


def _previous(before: Instance) -> Instance:
    member = VALUE_MEMBERS[before.get("type", "Property")]
    return {PREVIOUS_MEMBERS[member]: before[member]} if member in before else {}
