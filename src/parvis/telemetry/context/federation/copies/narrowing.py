"""What of a subscription concerns a source, and the subscription to make there (ETSI GS CIM 009 V1.8.1, 5.8.1.4 and 5.12)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.copies.naming import Copy, notified_at
from parvis.telemetry.context.federation.discovery import SourceQuery
from parvis.telemetry.context.federation.forwarding import context_of
from parvis.telemetry.context.federation.matching import Reach, Selector, Wanted
from parvis.telemetry.context.federation.sources import EntityInfo, Source, is_callable
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.q import parsed
from parvis.telemetry.context.query.types import names_in, type_selection
from parvis.telemetry.context.subscriptions.conditions import ANY_TYPE
from parvis.telemetry.context.subscriptions.documents import KIND
from parvis.telemetry.context.subscriptions.limits import rights_of_limits
from parvis.telemetry.context.subscriptions.presenting import member_shown

_AS_IT_IS = (
    "subscriptionName",
    "notificationTrigger",
    "datasetId",
    "throttling",
    "timeInterval",
    "isActive",
    "expiresAt",
    "splitEntities",
    "expandValues",
    "jsonKeys",
)
"""Members a source is told. Format, language and projection are not: what it tells is drawn here, for our subscriber."""

_CONDITIONS = ("q", "geoQ", "scopeQ")
"""Where entities are split over several brokers, no single one can judge them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A copy that should be at a source. `document` is in the words of `context`, without `@context`."""

    source: Source
    urn: str
    document: dict[str, Any]
    context: Context


def wishes(row: Subscription, sources: Sequence[Source], now: datetime) -> list[Wish]:
    """The copies to have of a subscription now. Raises what a @context that cannot be had raises."""
    return [
        Wish(source=source, urn=copy.urn, document=_narrowed(row, how, copy, context), context=context)
        for source, how in concerned(row, sources, now)
        for copy, context in [(Copy(row.pk, source.id), context_of(source, _context(row)))]
    ]


def concerned(row: Subscription, sources: Sequence[Source], now: datetime) -> list[tuple[Source, Reach]]:
    """The sources that hold what it follows and take subscriptions; none for one that is to stay here, or whose subscriber may not see
    what comes from elsewhere: nothing tells whose the things of a neighbour are, nor in which commune."""
    rights = rights_of_limits(row.limits)
    if (
        not sources
        or row.subject != Subject.ENTITIES
        or row.document.get("localOnly")
        or (row.expires_at is not None and row.expires_at <= now)
        or rights.areas is not None
        or rights.organisations is not None
    ):
        return []
    via = frozenset(row.document.get("via", ()))
    able = [
        one
        for one in sources
        if one.supports(operations.CREATE_SUBSCRIPTION) and is_callable(one.endpoint) and one.alias not in via
    ]
    return list(_query(row).found(able)) if able else []


def selectors_of(document: Mapping[str, Any]) -> tuple[Selector, ...]:
    """Of the entities of a subscription, as registrations are asked about them."""
    return tuple(
        Selector(types=_types(one["type"]), ids=frozenset(_ids(one)), pattern=one.get("idPattern", ""))
        for one in document.get("entities", ())
    )


def _types(selection: str) -> frozenset[str] | None:
    return None if selection == ANY_TYPE else frozenset(names_in(type_selection(selection, str)))


def _ids(kept: Mapping[str, Any]) -> list[str]:
    given = kept.get("id", ())
    return [given] if isinstance(given, str) else list(given)


def _query(row: Subscription) -> SourceQuery:
    document = row.document
    members: tuple[EntityQuery, ...] = ()
    if "csf" in document:
        members = (EntityQuery(q=parsed(document["csf"], _context(row))),)
    return SourceQuery(
        wanted=Wanted(
            selectors=selectors_of(document),
            attributes=frozenset(document.get("watchedAttributes", ())) or None,
            dataset_ids=frozenset(document.get("datasetId", ())),
        ),
        members=members,
    )


def _context(row: Subscription) -> Context:
    """The one in which its `q` is written: it is passed on letter by letter."""
    return resolve(row.query_context, tenant_id=row.tenant_id, keep_inline=True, counted=False)


def _narrowed(row: Subscription, how: Reach, copy: Copy, context: Context) -> dict[str, Any]:
    kept = row.document
    told: dict[str, Any] = {name: kept[name] for name in _AS_IT_IS if name in kept}
    if not kept.get("splitEntities"):
        told |= {name: kept[name] for name in _CONDITIONS if name in kept}
    if entities := list(_entities(kept, how)):
        told["entities"] = entities
    notification: dict[str, Any] = {}
    if how.attributes is not None:
        if "timeInterval" not in kept:  # which excludes them
            told["watchedAttributes"] = sorted(how.attributes)
        if all(one.names is not None for one, _ in how.information):
            notification["attributes"] = sorted(map(context.term, _held(how)))
    shown = {name: member_shown(name, value, context) for name, value in told.items()}
    for name in ("sysAttrs", "showChanges"):
        if kept["notification"].get(name):
            notification[name] = True
    notification["endpoint"] = {"uri": notified_at(), "accept": "application/json"}
    return {"id": copy.urn, "type": KIND} | shown | {"notification": notification}


def _held(how: Reach) -> frozenset[str]:
    """All attributes the source is registered for, of things that are followed."""
    return frozenset().union(*(one.names or () for one, _ in how.information))


def _entities(document: Mapping[str, Any], how: Reach) -> Iterator[dict[str, Any]]:
    """The selectors of both sides at once; each of them once."""
    seen: list[dict[str, Any]] = []
    asked = document.get("entities") or [{"type": ANY_TYPE}]
    for _, infos in how.information:
        if not infos and "entities" not in document:
            return
        for one in [selector for kept in asked for selector in (_both(kept, infos) if infos else [dict(kept)])]:
            if one not in seen:
                seen.append(one)
    yield from seen


def _both(kept: Mapping[str, Any], infos: Sequence[EntityInfo]) -> Iterator[dict[str, Any]]:
    types, ids, pattern = _types(kept["type"]), _ids(kept), kept.get("idPattern", "")
    for info in infos:
        if not Selector(types=types, ids=frozenset(ids), pattern=pattern).meets(info):
            continue
        selector: dict[str, Any] = {"type": _shared(kept["type"], types, info.types)}
        if info.id:
            selector["id"] = info.id
        elif ids:
            found = [one for one in ids if info.pattern is None or info.pattern.found(one)]
            selector["id"] = found[0] if len(found) == 1 else found
        elif pattern or info.pattern is not None:
            selector["idPattern"] = pattern or info.searched
        yield selector


def _shared(selection: str, types: frozenset[str] | None, held: frozenset[str]) -> str:
    """The types both sides name; a selection by `;` stays as it is, what comes beyond the registration is dropped when it comes."""
    if types is not None and ";" in selection:
        return selection
    return ",".join(sorted(held if types is None else types & held))
