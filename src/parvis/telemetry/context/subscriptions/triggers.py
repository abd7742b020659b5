"""What has to happen to an entity for a subscriber to be told (ETSI GS CIM 009 V1.8.1, 5.2.12 and 5.8.6)."""

from collections.abc import Collection

from parvis.kernel.contributions import EntityChange, InstanceChange

ENTITY_CREATED = "entityCreated"
ENTITY_UPDATED = "entityUpdated"
ENTITY_DELETED = "entityDeleted"
ATTRIBUTE_CREATED = "attributeCreated"
ATTRIBUTE_UPDATED = "attributeUpdated"
ATTRIBUTE_DELETED = "attributeDeleted"

OF_ATTRIBUTES = (ATTRIBUTE_CREATED, ATTRIBUTE_UPDATED, ATTRIBUTE_DELETED)
TRIGGERS = (ENTITY_CREATED, ENTITY_UPDATED, ENTITY_DELETED, *OF_ATTRIBUTES)
BY_DEFAULT = (ATTRIBUTE_CREATED, ATTRIBUTE_UPDATED)


def asked_for(listed: Collection[str] | None) -> frozenset[str]:
    """`entityUpdated` stands for the three of attributes."""
    triggers = set(listed or BY_DEFAULT)
    if ENTITY_UPDATED in triggers:
        triggers.update(OF_ATTRIBUTES)
    return frozenset(triggers)


def is_triggered(change: EntityChange, triggers: frozenset[str], watched: frozenset[str] | None) -> bool:
    """`watched` None: any attribute. It narrows the triggers of attributes only."""
    if change.before is None and ENTITY_CREATED in triggers:
        return True
    if change.after is None:
        if ENTITY_DELETED in triggers:
            return True
        return ATTRIBUTE_DELETED in triggers and (
            bool(change.before.attributes) if watched is None else not watched.isdisjoint(change.before.attributes)
        )
    return any(
        (watched is None or instance.attribute in watched) and what_happened(instance) in triggers
        for instance in change.instances
    )


def what_happened(instance: InstanceChange) -> str:
    if instance.before is None:
        return ATTRIBUTE_CREATED
    return ATTRIBUTE_DELETED if instance.after is None else ATTRIBUTE_UPDATED
