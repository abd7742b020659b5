"""Types and attributes that other brokers hold (ETSI GS CIM 009 V1.8.1, 5.7.5 to 5.7.10)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.discovery import SourceQuery
from parvis.telemetry.context.federation.forwarding import Forward, Reply, context_of, is_back, send, warnings_of
from parvis.telemetry.context.federation.matching import Selector, Wanted
from parvis.telemetry.context.federation.reads import looped, sources_of
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.query.census import Census


@dataclass(slots=True, kw_only=True)
class Elsewhere:
    """`types`: how many entities of each, 0 where that is not told. `attributes`: with an empty type or kind where that is not told.
    `holders`: how many entities have the attribute asked for."""

    types: dict[str, int] = field(default_factory=dict)
    attributes: list[Census] = field(default_factory=list)
    holders: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def types_elsewhere(asked: Asked, *, details: bool) -> Elsewhere:
    """All the types; with the names of their attributes if details are wanted."""
    name = operations.RETRIEVE_TYPE_DETAILS if details else operations.RETRIEVE_TYPES
    return _told(asked, name, "/types", Wanted(), details=details)


def type_elsewhere(asked: Asked, name: str) -> Elsewhere:
    """One type, its attributes and their kinds. `name` is a stored name."""
    wanted = Wanted(selectors=(Selector(types=frozenset((name,))),))
    return _told(asked, operations.RETRIEVE_TYPE_INFO, "/types/", wanted, name=name)


def attributes_elsewhere(asked: Asked, *, details: bool) -> Elsewhere:
    """All the attributes; with the types that have them if details are wanted."""
    name = operations.RETRIEVE_ATTRIBUTE_DETAILS if details else operations.RETRIEVE_ATTRIBUTES
    return _told(asked, name, "/attributes", Wanted(), details=details)


def attribute_elsewhere(asked: Asked, name: str) -> Elsewhere:
    """One attribute, its kinds and the types that have it. `name` is a stored name."""
    wanted = Wanted(attributes=frozenset((name,)))
    return _told(asked, operations.RETRIEVE_ATTRIBUTE_INFO, "/attributes/", wanted, name=name)


def _told(
    asked: Asked, operation: str, path: str, wanted: Wanted, *, details: bool = False, name: str = ""
) -> Elsewhere:
    if asked.rights.limited:  # what others count is told whole: it cannot be narrowed to what this caller reaches
        return Elsewhere()
    found = [source for source, _ in SourceQuery(wanted=wanted).found(sources_of(asked)) if source.supports(operation)]
    if not found:
        return Elsewhere()
    if is_back(asked):
        return Elsewhere(headers=looped(asked))
    forwards = []
    for source in found:
        context = context_of(source, asked.context)
        forwards.append(
            Forward(
                source=source,
                method="GET",
                path=path + (quote(context.term(name), safe="") if name else ""),
                context=context,
                params=(("details", "true"),) if details else (),
            )
        )
    return _summed(asked, send(asked, forwards), name)


def _summed(asked: Asked, replies: list[Reply], name: str) -> Elsewhere:
    elsewhere = Elsewhere()
    checked = []
    for reply in replies:
        try:
            if reply.error is None:
                _add(elsewhere, reply, name)
            checked.append(reply)
        except (LdError, KeyError, TypeError, ValueError) as error:
            broken = error if isinstance(error, LdError) else LdError(str(error))
            checked.append(Reply(forward=reply.forward, error=broken, warning="111 answered no NGSI-LD"))
    elsewhere.headers = warnings_of(asked, checked)
    return elsewhere


def _add(elsewhere: Elsewhere, reply: Reply, name: str) -> None:
    """What an answer tells, as far as the source is registered for it."""
    source, context = reply.forward.source, reply.forward.context
    attributes: list[Census] = []
    for one in reply.body if isinstance(reply.body, list) else [reply.body]:
        match one["type"]:
            case "EntityTypeList":
                names = map(context.name, one["typeList"])
                elsewhere.types |= {one: elsewhere.types.get(one, 0) for one in names if _claims(source, one, "")}
            case "AttributeList":
                attributes += [Census("", context.name(term), "", 0) for term in one["attributeList"]]
            case "EntityType" | "EntityTypeInfo":
                kind = context.name(one["typeName"])
                if _claims(source, kind, ""):
                    elsewhere.types[kind] = elsewhere.types.get(kind, 0) + int(one.get("entityCount", 0))
                attributes += _of_type(kind, one, context)
            case "Attribute":
                attributes += _of_attribute(one, context)
                if name and _claims(source, "", name):
                    elsewhere.holders += int(one.get("attributeCount", 0))
    elsewhere.attributes += [one for one in attributes if _claims(source, one.type, one.attribute)]


def _of_type(kind: str, told: dict[str, Any], context: Context) -> Iterator[Census]:
    for term in told.get("attributeNames", ()):
        yield Census(kind, context.name(term), "", 0)
    for one in told.get("attributeDetails", ()):
        for known in one.get("attributeTypes") or ("",):
            yield Census(kind, context.name(one["attributeName"]), known, 0)


def _of_attribute(told: dict[str, Any], context: Context) -> Iterator[Census]:
    name = context.name(told["attributeName"])
    for term in told.get("typeNames") or ():
        for known in told.get("attributeTypes") or ("",):
            yield Census(context.name(term), name, known, 0)


def _claims(source: Source, kind: str, attribute: str) -> bool:
    """Whether it is registered for entities of this type, and this attribute; empty: whatever it is."""
    return any(
        (not kind or not one.entities or any(kind in info.types for info in one.entities))
        and (not attribute or one.names is None or attribute in one.names)
        for one in source.information
    )
