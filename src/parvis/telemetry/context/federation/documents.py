"""Registration documents (ETSI GS CIM 009 V1.8.1, 5.2.9): what a client gives, the form in which it is kept, what a client gets.

Kept: as it was given, with entity types, attributes and Context Source Properties under their stored names, without `@context`, nulls
and what is ours to tell.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from parvis.telemetry.context.attributes import NULL
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.members import (
    Reader,
    duration,
    geometry_member,
    interval,
    key_values,
    management,
    pattern,
    scopes,
    string,
    text,
    uri_member,
    uris,
)
from parvis.telemetry.context.federation.sources import Mode
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.names import shown, uri

TYPE = "ContextSourceRegistration"
_TYPES = (TYPE, f"https://uri.etsi.org/ngsi-ld/{TYPE}")
READ_ONLY = frozenset(
    ("status", "timesSent", "timesFailed", "lastSuccess", "lastFailure", "createdAt", "modifiedAt", "deletedAt")
)
_MANDATORY = ("information", "endpoint")
_ALIASES = {"@id": "id", "@type": "type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A registration as it will be kept. `urn` is None when the client leaves its id to us."""

    urn: str | None
    document: dict[str, Any]
    expires_at: datetime | None

    @property
    def alias(self) -> str:
        return str(self.document.get("contextSourceAlias", ""))


def read_registration(given: Mapping[str, Any], context: Context, *, now: datetime) -> Draft:
    """Raises `BadRequestData`."""
    asked = _members(given)
    if asked.get("type") not in _TYPES:
        raise BadRequestData(f"The type must be {TYPE}.")
    if "id" in asked and asked["id"] is None:
        raise BadRequestData("The id is null.")
    kept = {name: value for name, value in asked.items() if not _is_null(value)}
    urn = uri(kept.pop("id")) if "id" in kept else None
    del kept["type"]
    document = _read_members(kept, context)
    _check_whole(document)
    return Draft(urn=urn, document=document, expires_at=_expiry(document, now))


def patched(
    document: Mapping[str, Any], given: Mapping[str, Any], context: Context, *, urn: str, now: datetime
) -> Draft:
    """The document with the members of a fragment in place of its own; null takes a member away (5.9.3). Raises `BadRequestData`."""
    asked = _members(given)
    if asked.pop("type", TYPE) not in _TYPES:
        raise BadRequestData(f"The type must stay {TYPE}.")
    if asked.pop("id", urn) != urn:
        raise BadRequestData("The id of a registration cannot be changed.")
    if gone := [name for name in _MANDATORY if name in asked and _is_null(asked[name])]:
        raise BadRequestData(f"{gone[0]} is mandatory and cannot be removed.")
    nulled = {_stored(name, context) for name, value in asked.items() if _is_null(value)}
    changes = _read_members({name: value for name, value in asked.items() if not _is_null(value)}, context)
    result = {name: value for name, value in document.items() if name not in nulled} | changes
    _check_whole(result)
    if "expiresAt" in changes:
        expires_at = _expiry(changes, now)
    else:
        expires_at = parse_datetime(result["expiresAt"]) if "expiresAt" in result else None
    return Draft(urn=urn, document=result, expires_at=expires_at)


def rendered(urn: str, document: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """What a client reads, its names those of its @context."""
    body: dict[str, Any] = {"id": urn, "type": TYPE}
    for name, value in document.items():
        if name == "information":
            body[name] = [_rendered_information(one, context) for one in value]
        else:
            body[name if name in _READERS else context.term(name)] = value
    return body


def _rendered_information(given: Mapping[str, Any], context: Context) -> dict[str, Any]:
    body = dict(given)
    if "entities" in body:
        body["entities"] = [one | {"type": _renamed(one["type"], context.term)} for one in body["entities"]]
    for member in ("propertyNames", "relationshipNames"):
        if member in body:
            body[member] = [context.term(name) for name in body[member]]
    return body


def _renamed(names: str | list[str], rename: Callable[[str], str]) -> str | list[str]:
    return [rename(one) for one in names] if isinstance(names, list) else rename(names)


def _members(given: Mapping[str, Any]) -> dict[str, Any]:
    """What counts: neither @context nor what is ours to tell."""
    return {
        _ALIASES.get(name, name): value for name, value in given.items() if name != "@context" and name not in READ_ONLY
    }


def _is_null(value: Any) -> bool:
    return value is None or value == NULL


def _stored(name: str, context: Context) -> str:
    return name if name in _READERS else context.name(name)


def _read_members(given: Mapping[str, Any], context: Context) -> dict[str, Any]:
    document = {}
    for name, value in given.items():
        reader = _READERS.get(name)
        document[_stored(name, context)] = value if reader is None else reader(value, name, context)
    return document


def _check_whole(document: Mapping[str, Any]) -> None:
    for name in _MANDATORY:
        if name not in document:
            raise BadRequestData(f"{name} is mandatory.")
    if "\\u0000" in json.dumps(document):
        raise BadRequestData("A text holds a NUL character, which cannot be stored.")
    mode = document.get("mode")
    if mode == Mode.AUXILIARY and not operations.expanded(document.get("operations", ())) <= operations.AUXILIARY:
        raise BadRequestData("An auxiliary source is only read: retrieveOps, retrieveEntity, queryEntity, queryBatch.")
    if mode == Mode.EXCLUSIVE and not settings.PARVIS_OPEN_BROKER:
        _check_exclusive(document["information"])


def _check_exclusive(information: list[dict[str, Any]]) -> None:
    """4.3.6.3. An open broker takes the looser ones that older conformance checks register."""
    for one in information:
        if not one.get("entities") or any("id" not in entity or "idPattern" in entity for entity in one["entities"]):
            raise BadRequestData("An exclusive source holds entities that are named by their id.")
        if not (one.get("propertyNames") or one.get("relationshipNames")):
            raise BadRequestData("An exclusive source holds attributes that are named.")


def _expiry(document: Mapping[str, Any], now: datetime) -> datetime | None:
    if "expiresAt" not in document:
        return None
    expires_at = parse_datetime(document["expiresAt"], "expiresAt")
    if expires_at <= now:
        raise BadRequestData("expiresAt is in the past.")
    return expires_at


def _information(value: Any, _member: str, context: Context) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise BadRequestData("information must be an array that is not empty.")
    return [_one_information(one, context) for one in value]


def _one_information(given: Any, context: Context) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        raise BadRequestData(f"An element of information must be an object that is not empty: {shown(given)}.")
    body: dict[str, Any] = {}
    for name, value in given.items():
        match name:
            case "entities":
                if not isinstance(value, list) or not value:
                    raise BadRequestData("information.entities must be an array that is not empty.")
                body[name] = [_entity_info(one, context) for one in value]
            case "propertyNames" | "relationshipNames":
                body[name] = [context.attribute_name(one) for one in _names(value, name)]
            case _:
                raise BadRequestData(f"information has no member {shown(name)}.")
    return body


def _entity_info(given: Any, context: Context) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadRequestData(f"An element of entities must be an object: {shown(given)}.")
    given = {_ALIASES.get(name, name): value for name, value in given.items()}
    if unknown := given.keys() - {"id", "idPattern", "type"}:
        raise BadRequestData(f"entities has no member {shown(min(unknown))}.")
    if "type" not in given:
        raise BadRequestData("An element of entities needs a type.")
    types = _names(given["type"], "type") if isinstance(given["type"], list) else [string(given["type"], "type")]
    body: dict[str, Any] = {}
    if "id" in given:
        body["id"] = uri(given["id"])
    if "idPattern" in given:
        body["idPattern"] = pattern(given["idPattern"])
    names = [context.name(one) for one in types]
    return body | {"type": names if isinstance(given["type"], list) else names[0]}


def _names(value: Any, member: str) -> list[str]:
    if not isinstance(value, list) or not value:
        raise BadRequestData(f"{member} must be an array that is not empty.")
    return [string(one, member) for one in value]


def _operations(value: Any, member: str, _context: Context) -> list[str]:
    if not isinstance(value, list) or not value:
        raise BadRequestData("operations must be an array that is not empty.")
    for one in value:
        if not operations.is_operation(one):
            raise BadRequestData(f"There is no such operation or group of operations: {shown(one)}.")
    return value


def _mode(value: Any, _member: str, _context: Context) -> str:
    if value not in tuple(Mode):
        raise BadRequestData(f"mode must be one of {', '.join(Mode)}: {shown(value)}.")
    return str(value)


_READERS: Mapping[str, Reader] = {
    "information": _information,
    "mode": _mode,
    "operations": _operations,
    "endpoint": uri_member,
    "registrationName": text,
    "description": text,
    "tenant": text,
    "contextSourceAlias": text,
    "contextSourceInfo": key_values,
    "scope": scopes,
    "location": geometry_member,
    "observationSpace": geometry_member,
    "operationSpace": geometry_member,
    "observationInterval": interval,
    "managementInterval": interval,
    "expiresAt": text,
    "datasetId": uris,
    "refreshRate": duration,
    "management": management,
}
