"""A subscription as a whole document: created, patched, checked (ETSI GS CIM 009 V1.8.1, 5.2.12, 5.8.1 and 5.8.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.telemetry.context.attributes import NULL, parse_instant
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.names import shown, uri
from parvis.telemetry.context.query.q import parsed
from parvis.telemetry.context.subscriptions.conditions import entity_query
from parvis.telemetry.context.subscriptions.members import READERS, read_member
from parvis.telemetry.context.subscriptions.notification_members import check_notification

KIND = "Subscription"
_READ_IN_A_CONTEXT = frozenset(("q", "csf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`document` without id and type. `query_context`: of the names in `q` and `csf`, None to leave the one they have."""

    urn: str | None = None
    document: dict[str, Any] = field(default_factory=dict)
    query_context: Context | None = None


def read_new(body: Mapping[str, Any], context: Context, *, now: datetime) -> Draft:
    """Raises `BadRequestData`."""
    if body.get("type", body.get("@type")) != KIND:
        raise BadRequestData(f"type: {KIND} is expected")
    urn = body.get("id", body.get("@id"))
    given = {name: value for name, value in body.items() if name in READERS and value is not None}
    document = {name: read_member(name, value, context) for name, value in given.items()}
    _check_future(document, now)
    check_whole(document, context)
    return Draft(urn=None if urn is None else uri(urn, "id"), document=document, query_context=context)


def patched(
    document: Mapping[str, Any], fragment: Mapping[str, Any], context: Context, known: Context, *, now: datetime
) -> Draft:
    """The document after a patch; null takes a member away. `known`: the context its `q` has been read in until now.

    A `notification` with an endpoint replaces the one there is, one without changes only what it names. Raises `BadRequestData`.
    """
    if (kind := fragment.get("type", fragment.get("@type", KIND))) != KIND:
        raise BadRequestData(f"type: {KIND} is expected, not {shown(kind)}")
    after = dict(document)
    for name, value in fragment.items():
        if name not in READERS:
            if name == "id" and value in (None, NULL):
                raise BadRequestData("id: it cannot be taken away")
        elif value is None or value == NULL:
            after.pop(name, None)
        elif name == "notification" and isinstance(value, dict) and "endpoint" not in value:
            after[name] = _notification_patched(after.get(name, {}), value, context)
        else:
            after[name] = read_member(name, value, context)
    _check_future({name: after[name] for name in after if name in fragment}, now)
    read_again = _READ_IN_A_CONTEXT & fragment.keys()
    check_whole(after, context if read_again else known)
    return Draft(document=after, query_context=context if read_again else None)


def _notification_patched(before: Mapping[str, Any], given: Mapping[str, Any], context: Context) -> dict[str, Any]:
    gone = {name for name, value in given.items() if value is None or value == NULL}
    read = read_member("notification", {name: given[name] for name in given.keys() - gone}, context)
    return {name: value for name, value in before.items() if name not in gone} | dict(read)


def _check_future(document: Mapping[str, Any], now: datetime) -> None:
    if "expiresAt" in document and parse_instant(document["expiresAt"]) <= now:
        raise BadRequestData("expiresAt: it has passed")


def check_whole(document: Mapping[str, Any], context: Context) -> None:
    """What a document must hold, and what does not go together. Raises `BadRequestData`."""
    if "notification" not in document:
        raise BadRequestData("notification is missing")
    if "entities" not in document and "watchedAttributes" not in document:
        raise BadRequestData("entities or watchedAttributes is missing")
    if "timeInterval" in document:
        for other in ("throttling", "watchedAttributes"):
            if other in document:
                raise BadRequestData(f"timeInterval and {other} exclude each other")
    check_notification(document["notification"])
    entity_query(document, context)
    if "csf" in document:
        parsed(document["csf"], context)
