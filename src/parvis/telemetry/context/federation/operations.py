"""What a context source may be asked to do (ETSI GS CIM 009 V1.8.1, 4.20): operations, and the groups that stand for several."""

from collections.abc import Iterable

CREATE_ENTITY = "createEntity"
UPDATE_ENTITY = "updateEntity"
APPEND_ATTRS = "appendAttrs"
UPDATE_ATTRS = "updateAttrs"
DELETE_ATTRS = "deleteAttrs"
DELETE_ENTITY = "deleteEntity"
MERGE_ENTITY = "mergeEntity"
REPLACE_ENTITY = "replaceEntity"
REPLACE_ATTRS = "replaceAttrs"
PURGE_ENTITY = "purgeEntity"
CREATE_BATCH = "createBatch"
UPSERT_BATCH = "upsertBatch"
UPDATE_BATCH = "updateBatch"
DELETE_BATCH = "deleteBatch"
MERGE_BATCH = "mergeBatch"
UPSERT_TEMPORAL = "upsertTemporal"
APPEND_ATTRS_TEMPORAL = "appendAttrsTemporal"
DELETE_ATTRS_TEMPORAL = "deleteAttrsTemporal"
UPDATE_INSTANCE_TEMPORAL = "updateAttrInstanceTemporal"
DELETE_INSTANCE_TEMPORAL = "deleteAttrInstanceTemporal"
DELETE_TEMPORAL = "deleteTemporal"
RETRIEVE_ENTITY = "retrieveEntity"
QUERY_ENTITY = "queryEntity"
QUERY_BATCH = "queryBatch"
RETRIEVE_TEMPORAL = "retrieveTemporal"
QUERY_TEMPORAL = "queryTemporal"
RETRIEVE_TYPES = "retrieveEntityTypes"
RETRIEVE_TYPE_DETAILS = "retrieveEntityTypeDetails"
RETRIEVE_TYPE_INFO = "retrieveEntityTypeInfo"
RETRIEVE_ATTRIBUTES = "retrieveAttrTypes"
RETRIEVE_ATTRIBUTE_DETAILS = "retrieveAttrTypeDetails"
RETRIEVE_ATTRIBUTE_INFO = "retrieveAttrTypeInfo"
CREATE_SUBSCRIPTION = "createSubscription"
UPDATE_SUBSCRIPTION = "updateSubscription"
RETRIEVE_SUBSCRIPTION = "retrieveSubscription"
QUERY_SUBSCRIPTION = "querySubscription"
DELETE_SUBSCRIPTION = "deleteSubscription"
RETRIEVE_ENTITY_MAP = "retrieveEntityMap"
UPDATE_ENTITY_MAP = "updateEntityMap"
DELETE_ENTITY_MAP = "deleteEntityMap"
CREATE_ENTITY_MAP = "createEntityMapQueryEntity"
CREATE_ENTITY_MAP_TEMPORAL = "createEntityMapQueryTemporal"
RETRIEVE_IDENTITY = "retrieveContextSourceIdentity"

_RETRIEVE = frozenset((RETRIEVE_ENTITY, QUERY_ENTITY))
_UPDATE = frozenset((UPDATE_ENTITY, UPDATE_ATTRS, REPLACE_ENTITY, REPLACE_ATTRS))
_DISCOVERY = frozenset(
    (
        RETRIEVE_TYPES,
        RETRIEVE_TYPE_DETAILS,
        RETRIEVE_TYPE_INFO,
        RETRIEVE_ATTRIBUTES,
        RETRIEVE_ATTRIBUTE_DETAILS,
        RETRIEVE_ATTRIBUTE_INFO,
    )
)
_SUBSCRIPTIONS = frozenset(
    (CREATE_SUBSCRIPTION, UPDATE_SUBSCRIPTION, RETRIEVE_SUBSCRIPTION, QUERY_SUBSCRIPTION, DELETE_SUBSCRIPTION)
)
_MAPS = frozenset(
    (RETRIEVE_ENTITY_MAP, UPDATE_ENTITY_MAP, DELETE_ENTITY_MAP, CREATE_ENTITY_MAP, CREATE_ENTITY_MAP_TEMPORAL)
)
_ASSOCIATION = _RETRIEVE | {QUERY_BATCH} | _DISCOVERY | _SUBSCRIPTIONS

FEDERATION = _ASSOCIATION | _MAPS
"""What a registration allows that says nothing: reading only."""

GROUPS = {
    "federationOps": FEDERATION,
    "associationOps": _ASSOCIATION,
    "retrieveOps": _RETRIEVE,
    "updateOps": _UPDATE,
    "redirectionOps": _RETRIEVE
    | _UPDATE
    | {CREATE_ENTITY, APPEND_ATTRS, DELETE_ATTRS, DELETE_ENTITY, MERGE_ENTITY, PURGE_ENTITY},
}

_BATCHES = frozenset((CREATE_BATCH, UPSERT_BATCH, UPDATE_BATCH, DELETE_BATCH, MERGE_BATCH))
_TEMPORAL = frozenset(
    (
        UPSERT_TEMPORAL,
        APPEND_ATTRS_TEMPORAL,
        DELETE_ATTRS_TEMPORAL,
        UPDATE_INSTANCE_TEMPORAL,
        DELETE_INSTANCE_TEMPORAL,
        DELETE_TEMPORAL,
        RETRIEVE_TEMPORAL,
        QUERY_TEMPORAL,
    )
)

ALL = frozenset().union(*GROUPS.values(), _BATCHES, _TEMPORAL, {RETRIEVE_IDENTITY})

AUXILIARY = _RETRIEVE | {QUERY_BATCH, RETRIEVE_TEMPORAL, QUERY_TEMPORAL}
"""All that may be asked of an auxiliary source (4.3.6.2)."""


def is_operation(name: object) -> bool:
    return isinstance(name, str) and (name in ALL or name in GROUPS)


def expanded(names: Iterable[str]) -> frozenset[str]:
    """Operations, the groups replaced by their members."""
    return frozenset().union(*(GROUPS.get(name, frozenset((name,))) for name in names))
