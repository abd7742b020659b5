"""The members of a subscription one by one: what a client may give for each, and how it is kept (ETSI GS CIM 009 V1.8.1, 5.2.12).

Types and attributes are kept under their stored names. Every reader raises `BadRequestData`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.checking import check_value
from parvis.telemetry.context.ngsild.instants import instant, parse_datetime
from parvis.telemetry.context.ngsild.names import DEFAULT_DATASET, uri
from parvis.telemetry.context.query.patterns import compiled
from parvis.telemetry.context.subscriptions.notification_members import (
    as_it_is,
    flag,
    names,
    notification,
    text,
)
from parvis.telemetry.context.subscriptions.triggers import TRIGGERS

Reader = Callable[[Any, Context], Any]

_TYPE = re.compile(r"[^(),|;\s]+")
_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\Z")
_MOST_SECONDS = 10 * 365 * 86_400


def _entities(given: Any, context: Context) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise BadRequestData("entities: an array with at least one selector is expected")
    return [_selector(one, context) for one in given]


def _selector(given: Any, context: Context) -> dict[str, Any]:
    """An EntitySelector (5.2.33)."""
    if not isinstance(given, dict):
        raise BadRequestData("entities: a selector must be an object")
    kind = given.get("type", given.get("@type"))
    if isinstance(kind, list) and kind and all(isinstance(one, str) for one in kind):
        kind = ",".join(kind)
    if not isinstance(kind, str) or not kind.strip():
        raise BadRequestData("entities: a selector must hold a type")
    kept: dict[str, Any] = {"type": types_named(kind, context.name)}
    wanted = given.get("id", given.get("@id"))
    if wanted is not None:
        ids = wanted if isinstance(wanted, list) else [wanted]
        if not ids:
            raise BadRequestData("entities: id is an empty array")
        kept["id"] = [uri(one, "entities: id") for one in ids] if isinstance(wanted, list) else uri(wanted)
    if "idPattern" in given:
        kept["idPattern"] = text(given["idPattern"], context)
        compiled(kept["idPattern"])
    return kept


def types_named(selection: str, name_of: Callable[[str], str]) -> str:
    """A selection of types with each type renamed."""
    return _TYPE.sub(lambda found: found[0] if found[0] == "*" else name_of(found[0]), selection)


def _triggers(given: Any, _context: Context) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(one, str) and one in TRIGGERS for one in given):
        raise BadRequestData(f"notificationTrigger: some of {', '.join(TRIGGERS)} are expected")
    return list(dict.fromkeys(given))


def _seconds(given: Any, _context: Context) -> int | float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= _MOST_SECONDS:
        raise BadRequestData("timeInterval, throttling: a number of seconds above 0 is expected")
    return given


def _geo_query(given: Any, context: Context) -> dict[str, Any]:
    """Its names are stored ones; whether it is a whole geo-query is seen when it is compiled."""
    if not isinstance(given, dict):
        raise BadRequestData("geoQ: an object is expected")
    check_value(given, 0, False)
    if "geoproperty" not in given:
        return given
    path = text(given["geoproperty"], context)
    parts = [path] if ":" in path else path.split(".")
    return given | {"geoproperty": ".".join(context.attribute_name(part) for part in parts)}


def _datasets(given: Any, _context: Context) -> list[str]:
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise BadRequestData("datasetId: an empty array")
    return [one if one == DEFAULT_DATASET else uri(one, "A datasetId") for one in listed]


def _instant(given: Any, _context: Context) -> str:
    return instant(parse_datetime(given, "expiresAt"))


def _context_link(given: Any, _context: Context) -> str:
    return uri(given, "jsonldContext")


def _names_or_text(given: Any, context: Context) -> list[str]:
    """Also comma separated, as in addresses."""
    return names(given.split(",") if isinstance(given, str) else given, context)


def _version(given: Any, _context: Context) -> str:
    if not isinstance(given, str) or not _VERSION.match(given):
        raise BadRequestData("ngsildConformance: a version such as 1.6 is expected")
    return given


def _temporal_query(given: Any, context: Context) -> dict[str, Any]:
    """That of a subscription to sources (5.2.21)."""
    if not isinstance(given, dict) or given.get("timerel") not in ("before", "after", "between"):
        raise BadRequestData("temporalQ: timerel before, after or between is expected")
    for name in ("timeAt", "endTimeAt"):
        if name in given:
            parse_datetime(given[name], name)
    if "timeAt" not in given or (given["timerel"] == "between" and "endTimeAt" not in given):
        raise BadRequestData("temporalQ: timeAt, and endTimeAt for between, are expected")
    as_it_is(given, context)
    return dict(given)


READERS: Mapping[str, Reader] = {
    "subscriptionName": text,
    "description": text,
    "entities": _entities,
    "watchedAttributes": names,
    "notificationTrigger": _triggers,
    "timeInterval": _seconds,
    "throttling": _seconds,
    "q": text,
    "csf": text,
    "geoQ": _geo_query,
    "scopeQ": text,
    "temporalQ": _temporal_query,
    "lang": text,
    "datasetId": _datasets,
    "jsonKeys": _names_or_text,
    "expandValues": _names_or_text,
    "splitEntities": flag,
    "localOnly": flag,
    "isActive": flag,
    "expiresAt": _instant,
    "jsonldContext": _context_link,
    "ngsildConformance": _version,
    "notification": notification,
}
"""What a client may write. Other members (status, counters…) are the broker's to say and passed over."""

NAMED = frozenset(("watchedAttributes", "jsonKeys", "expandValues"))
"""Members that are arrays of stored names."""


def read_member(name: str, given: Any, context: Context) -> Any:
    try:
        return READERS[name](given, context)
    except BadRequestData as error:
        raise BadRequestData(f"{name}: {error.detail}" if name not in error.detail else error.detail) from None
