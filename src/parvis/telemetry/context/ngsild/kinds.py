"""The value of each kind of attribute, as a client may write it and as it is stored (ETSI GS CIM 009 V1.8.1, 4.5.2 to 4.5.24).

Every reader answers the stored value, and raises BadRequestData. A demand of deletion never reaches them.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from parvis.telemetry.context.attributes import NULL, NULL_MAP
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.checking import check_text, check_value
from parvis.telemetry.context.ngsild.geometry import geometry
from parvis.telemetry.context.ngsild.names import shown, uri

if TYPE_CHECKING:
    from parvis.telemetry.context.jsonld.context import Context

ValueReader = Callable[[Any, "Context", int, bool], Any]
"""Of the value given, the writer's context, its depth, and whether `urn:ngsi-ld:null` may stand inside."""

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
"""A language tag (RFC 5646), by its outer form."""
_MOST_TAG = 64


def _property(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if value is None:
        raise BadRequestData("The value of a Property is null.")
    check_value(value, depth, nulls)
    return value


def _geo_property(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if nulls and type(value) is dict and not ("type" in value and "coordinates" in value):
        check_value(value, depth, nulls)  # a part, to be merged: the whole is checked then
        return value
    found = geometry(value)
    if len(found) > 2:
        check_value(found, depth, nulls)
    return found


def _relationship(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    return uri(value, "The object of a Relationship")


def _language_property(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if type(value) is not dict or not value:
        raise BadRequestData(f"A languageMap is an object of texts by language: {shown(value)}.")
    for tag, texts in value.items():
        check_tag(tag)
        for text in texts if type(texts) is list else (texts,):
            if type(text) is not str:
                raise BadRequestData(f"A languageMap holds something else than text: {shown(text)}.")
            check_value(text, depth, nulls)
    return value


def check_tag(tag: str) -> None:
    """Of a language, or `@none`. Raises BadRequestData."""
    if tag != "@none" and (len(tag) > _MOST_TAG or not _TAG.match(tag)):
        raise BadRequestData(f"This is not a language tag: {shown(tag)}.")


def _vocab_property(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if type(value) is str:
        return _expanded(value, context)
    if type(value) is not list or not value:
        raise BadRequestData(f"A vocab is a term or an array of terms: {shown(value)}.")
    return [_expanded(one, context) for one in value]


def _expanded(term: Any, context: "Context") -> str:
    if type(term) is not str or not term or term == NULL:
        raise BadRequestData(f"A vocab holds something else than a term: {shown(term)}.")
    check_text(term)
    return context.expand_value(term)


def _json_property(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if type(value) is not dict and not (type(value) is list and all(type(one) is dict for one in value)):
        raise BadRequestData(f"A json is an object or an array of objects: {shown(value)}.")
    check_value(value, depth, nulls)
    return value


def _list_property(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if type(value) is not list:
        raise BadRequestData(f"A valueList is an array: {shown(value)}.")
    check_value(value, depth, False)
    return value


def _list_relationship(value: Any, context: "Context", depth: int, nulls: bool) -> Any:
    if type(value) is not list:
        raise BadRequestData(f"An objectList is an array: {shown(value)}.")
    return [{"object": uri(_object_of(one), "A member of an objectList")} for one in value]


def _object_of(given: Any) -> Any:
    return given["object"] if type(given) is dict and given.keys() == {"object"} else given


READERS: Mapping[str, ValueReader] = {
    "Property": _property,
    "GeoProperty": _geo_property,
    "Relationship": _relationship,
    "LanguageProperty": _language_property,
    "VocabProperty": _vocab_property,
    "JsonProperty": _json_property,
    "ListProperty": _list_property,
    "ListRelationship": _list_relationship,
}

_LIST_NULLS: tuple[Any, ...] = ([NULL], [{"object": NULL}])


def asks_deletion(member: str, value: Any) -> bool:
    """Whether this value of an attribute is the NGSI-LD null of its kind."""
    if value == NULL:
        return True
    if member == "languageMap":
        return bool(value == NULL_MAP)
    return member in ("valueList", "objectList", "vocab") and value in _LIST_NULLS


def deletion_of(kind: str) -> Any:
    """How an instance in stored form says that it is deleted."""
    return NULL_MAP if kind == "LanguageProperty" else NULL


UNITS = frozenset(["Property", "ListProperty"])
"""The kinds that may have a unitCode."""
RELATIONS = frozenset(["Relationship", "ListRelationship"])
"""The kinds that may have an objectType, and no valueType."""
GEO_ONLY = frozenset(["location", "observationSpace", "operationSpace"])
"""Attributes the core declares to be GeoProperties (4.7)."""
PROOF = "ngsildproof"
"""The one attribute that may hold the sealed id and type, as bare text (4.5.2.2)."""
