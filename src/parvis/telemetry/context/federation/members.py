"""Readers of the members of a registration: each gives what is kept, or raises `BadRequestData`."""

import re
from collections.abc import Callable
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild import names
from parvis.telemetry.context.ngsild.geometry import geometry
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.names import dataset_id, shown, uri
from parvis.telemetry.context.query.patterns import compiled

Reader = Callable[[Any, str, Context], Any]
"""Of the value given, the name of the member, the @context of the request."""

_DURATION = re.compile(
    r"P(?=[\dT])(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?W)?(\d+([.,]\d+)?D)?"
    r"(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?\Z",
    re.ASCII,
)


def string(value: Any, member: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRequestData(f"{member} must be a text that is not empty: {shown(value)}.")
    return value


def pattern(value: Any) -> str:
    """One that is found in linear time."""
    text = string(value, "idPattern")
    compiled(text)
    return text


def text(value: Any, member: str, _context: Context) -> str:
    return string(value, member)


def uri_member(value: Any, member: str, _context: Context) -> str:
    return uri(value, member)


def uris(value: Any, member: str, _context: Context) -> Any:
    for one in value if isinstance(value, list) and value else [value]:
        dataset_id(one)
    return value


def scopes(value: Any, _member: str, _context: Context) -> Any:
    names.scopes(value)
    return value


def geometry_member(value: Any, member: str, _context: Context) -> dict[str, Any]:
    """A bare geometry, or a GeoProperty that holds one (5.2.9 gives a geometry; older clients the property)."""
    if isinstance(value, dict) and value.get("type") == "GeoProperty":
        value = value.get("value")
    return geometry(value)


def interval(value: Any, member: str, _context: Context) -> dict[str, Any]:
    if not isinstance(value, dict) or "startAt" not in value or value.keys() - {"startAt", "endAt"}:
        raise BadRequestData(f"{member} must hold startAt, and may hold endAt.")
    start = parse_datetime(value["startAt"], f"{member}.startAt")
    if "endAt" in value and parse_datetime(value["endAt"], f"{member}.endAt") < start:
        raise BadRequestData(f"{member} ends before it starts.")
    return value


def duration(value: Any, member: str, _context: Context) -> str:
    if not isinstance(value, str) or not _DURATION.match(value):
        raise BadRequestData(f"{member} must be a duration of ISO 8601: {shown(value)}.")
    return value


def key_values(value: Any, member: str, _context: Context) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        raise BadRequestData(f"{member} must be an array that is not empty.")
    for pair in value:
        if not isinstance(pair, dict) or pair.keys() != {"key", "value"}:
            raise BadRequestData(f"{member}: each element holds a key and a value.")
        if not all(isinstance(part, str) and part.isprintable() for part in pair.values()) or not pair["key"]:
            raise BadRequestData(f"{member}: key and value are texts.")
    return value


def management(value: Any, member: str, context: Context) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise BadRequestData(f"{member} must be an object that is not empty.")
    for name, part in value.items():
        match name:
            case "localOnly":
                if not isinstance(part, bool):
                    raise BadRequestData("management.localOnly must be true or false.")
            case "cacheDuration":
                duration(part, "management.cacheDuration", context)
            case "timeout" | "cooldown":
                if isinstance(part, bool) or not isinstance(part, int | float) or not 0 < part < 86_400_000:
                    raise BadRequestData(f"management.{name} must be a number of milliseconds above 0.")
            case _:
                raise BadRequestData(f"management has no member {shown(name)}.")
    return value
