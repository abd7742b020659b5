"""The core @context of NGSI-LD as our own data (ETSI GS CIM 009 V1.8.1, annex B, with the terms V1.9.1 adds).

It is protected and comes last in every effective context: no other context changes the meaning of its terms. Nothing of the
package is imported here.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

CORE_URL: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
NGSI_LD: Final = "https://uri.etsi.org/ngsi-ld/"
DEFAULT_VOCABULARY: Final = NGSI_LD + "default-context/"

CORE_PLACE = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/")
"""Where ETSI publishes the versions of the core: nothing else is looked for there."""
_VERSION = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v1\.([3-9]))?\.jsonld\Z")

KEYWORDS: Mapping[str, str] = {"id": "@id", "type": "@type"}
PREFIXES: Mapping[str, str] = {"ngsi-ld": NGSI_LD, "geojson": "https://purl.org/geojson/vocab#"}
_DUBLIN_CORE = "http://purl.org/dc/terms/"

_PLAIN = """
    Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime EntityMap
    EntityType EntityTypeInfo EntityTypeList ExecutionResultDetails GeoProperty JsonProperty LanguageProperty ListProperty
    ListRelationship Notification Property Relationship Snapshot SnapshotNotification Subscription TemporalProperty Time VocabProperty
    accept aggrMethods aggrParams aggrPeriodDuration attrs cacheDuration collation containedBy:isContainedBy contextSourceAlias
    contextSourceInfo contextSourceUptime cooldown csf data detail endpoint entities entity entityCount entityMap:hasEntityMap
    entityMapLifetime:hasEntityMapLifetime error errors expandValues format geoQ geoproperty georel idPattern information isActive join
    joinLevel:hasJoinLevel jsonKeys jsonldContext key:hasKey lang lastN linkedMaps localOnly location management managementInterval mode
    ngsildConformance ngsildproof notUpdated notification notificationTrigger notifierInfo observationInterval observationSpace omit
    operationSpace operations ordering pick previousValue:hasPreviousValue q reason receiverInfo refreshRate registrationId
    registrationName resultStatus scope scopeQ showChanges snapshotId snapshotLifetime snapshotPriority snapshotStatus
    splitEntities:hasSplitEntities status subscriptionName sysAttrs temporalQ throttling timeInterval timeout timeproperty timerel
    timesFailed timesSent triggerReason unchanged unitCode updated uri value:hasValue
"""
_VOCAB = """
    attributeList attributeName attributeNames attributeTypes attributes objectType:hasObjectType previousVocab:hasPreviousVocab
    propertyNames relationshipNames typeList typeName typeNames valueType:hasValueType vocab:hasVocab watchedAttributes
"""
_ID = "datasetId entityId instanceId object:hasObject previousObject:hasPreviousObject subscriptionId success tenant"
_DATETIME = """
    contextSourceTimeAt createdAt deletedAt endAt endTimeAt expiresAt lastFailure lastNotification lastSuccess lastUsedAt modifiedAt
    notifiedAt observedAt startAt timeAt
"""
_JSON = "contextSourceExtras json:hasJSON previousJson:hasPreviousJson problemDetails"
_LIST = """
    avg bbox=geojson:bbox coordinates=geojson:coordinates distinctCount entityList jsons languageMaps:hasLanguageMaps max min
    objectList:hasObjectList objectLists:hasObjectLists objects:hasObjects objectsLists:hasObjectsLists orderBy
    previousObjectList:hasPreviousObjectList previousValueList:hasPreviousValueList snapshotQueries snapshotQueriesDetails
    snapshotTemporalQueries snapshotTemporalQueriesDetails stddev sum sumsq totalCount valueList:hasValueList valueLists:hasValueLists
    values:hasValues vocabs:hasVocabs
"""
_GEOJSON = """
    Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon geometry properties
"""


def _definitions() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Term, IRI as the published document writes it, members of the definition besides `@id`."""
    groups: tuple[tuple[str, dict[str, str]], ...] = (
        (_PLAIN, {}),
        (_VOCAB, {"@type": "@vocab"}),
        (_ID, {"@type": "@id"}),
        (_DATETIME, {"@type": "DateTime"}),
        (_JSON, {"@type": "@json"}),
        (_LIST, {"@container": "@list"}),
        ("features=geojson:features", {"@container": "@set"}),
        ("dataset:hasDataset", {"@container": "@index"}),
        ("languageMap:hasLanguageMap previousLanguageMap:hasPreviousLanguageMap", {"@container": "@language"}),
    )
    for words, members in groups:
        for word in words.split():
            term, given, compact = word.partition("=")
            if not given:
                term, _, local = word.partition(":")
                compact = "ngsi-ld:" + (local or term)
            yield term, compact, members
    for term in _GEOJSON.split():
        yield term, "geojson:" + term, {}
    for term in ("description", "title"):
        yield term, _DUBLIN_CORE + term, {}
    for term in ("attributeCount", "attributeDetails"):  # relative in the published V1.8
        yield term, DEFAULT_VOCABULARY + term, {}
    yield "langString", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", {}


def _whole(compact: str) -> str:
    prefix, _, local = compact.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else compact


CORE_IRIS: Mapping[str, str] = {term: _whole(compact) for term, compact, _ in _definitions()}
"""IRI of each term; `id` and `type`, which are keywords, and the prefixes are not among them."""

_MEMBERS = """
    id type scope datasetId instanceId observedAt createdAt modifiedAt deletedAt expiresAt unitCode objectType valueType lang value
    object languageMap vocab json valueList objectList previousValue previousObject previousLanguageMap previousVocab previousJson
    previousValueList previousObjectList entity entityList
"""
NEVER_ATTRIBUTES = frozenset(_MEMBERS.split())
"""Core terms that are members of entities and attributes by themselves, and so name no attribute (V1.8.1, 4.5.0)."""


def is_core(url: str) -> bool:
    """Whether it is a published version of the core; all are answered with this one."""
    return _VERSION.match(url) is not None


@cache
def core_document() -> Mapping[str, Any]:
    """The document `{"@context": …}` equal to the published one in meaning."""
    terms: dict[str, Any] = {"@version": 1.1, "@protected": True, **PREFIXES, **KEYWORDS}
    for term, compact, members in sorted(_definitions()):
        terms[term] = {"@id": compact, **members} if members else compact
    return {"@context": {**terms, "@vocab": DEFAULT_VOCABULARY}}
