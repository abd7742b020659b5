"""Bodies of writes as they are forwarded: what the client sent, less what is not the source's, in the names the source is spoken to in."""

from collections.abc import Mapping
from typing import Any

from parvis.telemetry.context.attributes import OWN_MEMBERS
from parvis.telemetry.context.federation.matching import Names
from parvis.telemetry.context.jsonld.context import Context

_OF_ENTITY = frozenset(
    ("id", "@id", "type", "@type", "scope", "expiresAt", "createdAt", "modifiedAt", "deletedAt", "@context")
)


def reduced(document: Mapping[str, Any], names: Names | None, context: Context, target: Context) -> dict[str, Any]:
    """An entity or a fragment of one, without `@context`. `names`: the attributes to keep, all when None."""
    if document.get("type") == "Feature" and isinstance(document.get("properties"), dict):
        document = {key: document[key] for key in ("id",) if key in document} | document["properties"]
    kept: dict[str, Any] = {}
    for term, given in document.items():
        if term == "@context":
            continue
        if term in _OF_ENTITY:
            kept[term] = _types(given, context, target) if term in ("type", "@type") else given
        elif names is None or context.attribute_name(term) in names:
            kept[_renamed(term, context, target)] = retermed(given, context, target)
    return kept


def attribute_body(document: Mapping[str, Any], context: Context, target: Context) -> Any:
    """The fragment of one attribute."""
    return retermed({key: value for key, value in document.items() if key != "@context"}, context, target)


def retermed(attribute: Any, context: Context, target: Context) -> Any:
    """An attribute with its sub-attributes under the names of another @context; values are data and stay."""
    if target is context:
        return attribute
    if isinstance(attribute, list):
        return [retermed(one, context, target) for one in attribute]
    if not isinstance(attribute, dict):
        return attribute
    return {
        key if key in OWN_MEMBERS else _renamed(key, context, target): value
        if key in OWN_MEMBERS
        else retermed(value, context, target)
        for key, value in attribute.items()
    }


def _renamed(term: str, context: Context, target: Context) -> str:
    return term if target is context else target.term(context.name(term))


def _types(given: Any, context: Context, target: Context) -> Any:
    if target is context:
        return given
    if isinstance(given, list):
        return [_renamed(one, context, target) for one in given]
    return _renamed(given, context, target)
