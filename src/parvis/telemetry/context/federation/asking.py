"""What a client asks of the registrations in an address: types, ids, attributes, conditions, time (ETSI GS CIM 009 V1.8.1, 5.10.2)."""

from datetime import datetime

from parvis.telemetry.context.broker.asking import Asked, Query
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.federation.discovery import Period, SourceQuery
from parvis.telemetry.context.federation.matching import Selector, Wanted
from parvis.telemetry.context.federation.members import pattern
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.names import dataset_id, uri
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.geo import geo_query
from parvis.telemetry.context.query.q import parsed
from parvis.telemetry.context.query.scopes import scope_selection
from parvis.telemetry.context.query.types import names_in, type_selection

_GEO = ("georel", "geometry", "coordinates", "geoproperty")
_TIME = ("timerel", "timeAt", "endTimeAt", "timeproperty")


def source_query(asked: Asked) -> SourceQuery:
    """Raises `BadRequestData`, also when nothing narrows it."""
    query = asked.query
    if not any(name in query for name in ("type", "attrs", "id", "q", "georel")):
        raise BadRequestData("type, attrs, id, q or a geo-query is needed.")
    return SourceQuery(wanted=_wanted(asked), members=_members(asked), period=period_of(query))


def _wanted(asked: Asked) -> Wanted:
    query, context = asked.query, asked.context
    types = None
    if "type" in query and query.get("type") != "*":
        types = frozenset(names_in(type_selection(query.get("type"), context.name)))
    ids = frozenset(uri(one) for one in query.listed("id"))
    searched = pattern(query.get("idPattern")) if "idPattern" in query else ""
    attributes = frozenset(context.attribute_name(one) for one in query.listed("attrs")) or None
    return Wanted(
        selectors=(Selector(types=types, ids=ids, pattern=searched),),
        attributes=attributes,
        dataset_ids=frozenset(map(dataset_id, query.listed("datasetId"))),
    )


def _members(asked: Asked) -> tuple[EntityQuery, ...]:
    query = asked.query
    found = [EntityQuery(q=parsed(query.get(name), asked.context)) for name in ("q", "csf") if name in query]
    if any(name in query for name in _GEO):
        geo = geo_query(
            georel=query.get("georel"),
            geometry=query.get("geometry"),
            coordinates=query.get("coordinates"),
            names=(asked.context.name(query.get("geoproperty", "location")),),
        )
        found.append(EntityQuery(geo=geo))
    if "scopeQ" in query:
        found.append(EntityQuery(scope=scope_selection(query.get("scopeQ"))))
    return tuple(found)


def period_of(query: Query) -> Period | None:
    """Raises `BadRequestData`."""
    if not any(name in query for name in _TIME):
        return None
    return period(
        query.get("timerel"), query.get("timeAt"), query.get("endTimeAt"), query.get("timeproperty") or "observedAt"
    )


def period(relation: str, at: str, end: str, timeproperty: str) -> Period:
    """Raises `BadRequestData`."""
    if timeproperty not in ("observedAt", "createdAt", "modifiedAt", "deletedAt"):
        raise BadRequestData("timeproperty must be observedAt, createdAt, modifiedAt or deletedAt.")
    managed = timeproperty != "observedAt"
    start: datetime = parse_datetime(at, "timeAt")
    match relation:
        case "before":
            return Period(start=None, end=start, managed=managed)
        case "after":
            return Period(start=start, end=None, managed=managed)
        case "between":
            return Period(start=start, end=parse_datetime(end, "endTimeAt"), managed=managed)
    raise BadRequestData("timerel must be before, after or between.")
