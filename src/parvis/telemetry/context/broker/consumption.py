"""Reading entities: by id, by query, and purging those of a query (ETSI GS CIM 009 V1.8.1, 5.7.1, 5.7.2, 6.4 and 6.5)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, Page, document, page_of, paged
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Endpoint, Right, endpoint
from parvis.telemetry.context.broker.media import WITH_GEO, Media
from parvis.telemetry.context.broker.preferences import as_understood, version_of
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.federation import entity_maps
from parvis.telemetry.context.federation.reads import Local, queried, retrieved
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.ngsild.rendering import Kind, Representation, feature_collection, render
from parvis.telemetry.context.query.asking import Join, Wanted, wanted
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.finding import Caller, Found, found
from parvis.telemetry.context.query.geojson import as_feature
from parvis.telemetry.context.query.given import given_by_address
from parvis.telemetry.context.query.joining import Joiner
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.query.types import type_selection
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Stored

_SHAPE = (
    parameters.text("attrs", "attributes, comma separated: at least one is there, and only these are answered"),
    parameters.text("pick", "members to answer, those of linked entities in braces"),
    parameters.text("omit", "members to leave out"),
    parameters.DATASET,
    parameters.LANG,
    parameters.FORMAT,
    parameters.OPTIONS,
    parameters.text("geometryProperty", "the GeoProperty that is the geometry of the GeoJSON"),
    parameters.text("join", "linked entities: inline, flat or @none"),
    parameters.number("joinLevel", 1, "how many relationships are followed"),
    parameters.text("containedBy", "URIs of entities that are not expanded again"),
)
MAPS = (
    parameters.flag("entityMap", "keep the ids of the result for later pages"),
    parameters.text("entityMapLifetime", "ISO 8601 duration for which they are kept"),
    parameters.flag("splitEntities", "entities are spread over several sources"),
)
CONDITIONS = (
    parameters.text("id", "URIs, comma separated"),
    parameters.TYPE,
    parameters.text("idPattern", "regular expression, searched in the id"),
    parameters.text("q", "condition on attributes"),
    parameters.text("csf", "condition on context sources"),
    parameters.text("scopeQ", "scopes"),
    parameters.text("georel", "relation to a geometry: near;maxDistance==metres, within, …"),
    parameters.text("geometry", "kind of the geometry"),
    parameters.text("coordinates", "its coordinates, a JSON array, longitude first"),
    parameters.text("geoproperty", "the GeoProperty that is compared; location by default"),
    parameters.text("expandValues", "attributes whose compared values are terms of the @context"),
    parameters.text("jsonKeys", "attributes within whose values keys are no terms"),
)


@endpoint(
    "GET",
    "/entities/{entityId}",
    right=Right.READ,
    parameters=(*_SHAPE, *MAPS, parameters.TYPE, parameters.LOCAL),
    accepts=WITH_GEO,
    answers={200: "the entity, or an array of it and its linked ones", 404: "no such entity, or nothing left of it"},
)
def _retrieve(asked: Asked) -> Answer:
    """Reads an entity, with the entities it is linked to if they are wanted."""
    urn = uri(asked.path["entityId"])
    asks = wanted(given_by_address(asked.query), asked.context)
    here = load([urn], tenant_id=asked.tenant.id, now=asked.now).get(urn)
    here = None if here is None else _caller(asked).sees(here)  # before others tell of it, which may change its types
    thing, holders, headers = retrieved(asked, asks, urn, here)
    thing = None if thing is None else _visible(asked, thing)
    needed = asks.query.attributes + asks.query.kept
    if thing is None or (needed and not any(thing.attributes.get(name) for name in needed)):
        raise _nothing_of(urn, headers)
    shown = answered(asked, [thing], asks)
    if not shown:
        raise _nothing_of(urn, headers)
    if entity_maps.is_wished(asked):
        headers = headers | entity_maps.of_one(asked, urn, holders)
    body = shown[0] if len(shown) == 1 else _collected(asked, shown)
    return as_understood(asked, document(asked, body, headers=headers), [thing])


def _nothing_of(urn: str, headers: dict[str, str]) -> ResourceNotFound:
    missing = ResourceNotFound(f"There is no entity {urn}, or nothing is left of it.")
    missing.headers = headers
    return missing


def _visible(asked: Asked, thing: Stored) -> Stored | None:
    """As far as the caller may read it, and if it is of the type asked for."""
    types = type_selection(asked.query.get("type"), asked.context.name) if "type" in asked.query else None
    if types is not None and not types.holds(thing.types):
        return None
    return _caller(asked).sees(thing)


def _caller(asked: Asked) -> Caller:
    return Caller(tenant_id=asked.tenant.id, rights=asked.rights, now=asked.now)


@endpoint(
    "GET",
    "/entities",
    right=Right.READ,
    parameters=(
        *CONDITIONS,
        *_SHAPE,
        *MAPS,
        parameters.text("orderBy", "members, each with ;asc, ;desc, ;dist-asc or ;dist-desc"),
        parameters.text("collation", "language of the order of texts"),
        parameters.text("orderFrom", "coordinates from which distances are measured"),
        *parameters.PAGING,
        parameters.LOCAL,
    ),
    accepts=WITH_GEO,
    answers={200: "those that match"},
)
def _query(asked: Asked) -> Answer:
    """Finds entities."""
    page = page_of(asked)
    asks = wanted(given_by_address(asked.query), asked.context)
    if asks.whole and "local" in asked.query and not asked.local:
        raise BadRequestData("type=* is of this broker only: it excludes local=false.")
    return answer_of(asked, asks, page)


def answer_of(asked: Asked, asks: Wanted, page: Page) -> Answer:
    """Of a query by address or by document. Raises BadRequestData when it is too broad."""
    asks.check_breadth(local=asked.local)
    links = _caller(asked).links()
    local, status = local_of(asked, asks, links), 200
    if entity_maps.is_wished(asked):
        result, headers, status = entity_maps.paged(asked, asks, page, local)
    else:
        result, headers = queried(asked, asks, page, local)
    shown = answered(asked, result.things, asks, links)
    body = _collected(asked, shown) if asked.accept is Media.GEO else shown
    answer = paged(asked, body, page, more=result.more, total=result.total, status=status)
    answer.headers |= headers
    return as_understood(asked, answer, result.things)


def local_of(asked: Asked, asks: Wanted, links: Links | None = None) -> Local:
    """How pages of what this broker holds are read."""
    caller = _caller(asked)

    def local(query: EntityQuery, part: Page) -> Found:
        return found(
            query, caller, limit=part.limit, offset=part.offset, count=part.count, order=asks.order, links=links
        )

    return local


def answered(asked: Asked, things: Sequence[Stored], asks: Wanted, links: Links | None = None) -> list[dict[str, Any]]:
    """As the client wants them: representation, projection, linked entities; Features for GeoJSON. Without those of which nothing is left."""
    how = representation(asked, asks)
    links = links or _caller(asked).links()
    joiner = Joiner(links=links, context=asked.context, how=how, level=asks.level, contained_by=asks.contained_by)
    if asks.join is Join.INLINE:
        shown = list(zip(things, joiner.inline(things, asks.projection), strict=True))
    else:
        wanted_things = [(thing, asks.projection) for thing in things]
        if asks.join is Join.FLAT:
            wanted_things = joiner.flat(things, asks.projection)
        shown = [(thing, render(thing, asked.context, replace(how, projection=kept))) for thing, kept in wanted_things]
    if asked.accept is Media.GEO:
        return [as_feature(thing, drawn, asks.geometry_property) for thing, drawn in shown if drawn]
    return [drawn for _, drawn in shown if drawn]


def representation(asked: Asked, asks: Wanted) -> Representation:
    """Without projection. Raises BadRequestData."""
    if "geometryProperty" in asked.query and asked.accept is not Media.GEO:
        raise BadRequestData("geometryProperty is for Accept: application/geo+json.")
    options = asked.query.options
    kind = Kind.NORMALIZED
    if not options.isdisjoint(("keyValues", "simplified")):
        kind = Kind.SIMPLIFIED
    elif "concise" in options:
        kind = Kind.CONCISE
    return Representation(
        kind=kind,
        sys_attrs="sysAttrs" in options,
        lang=asks.lang,
        dataset_ids=asks.dataset_ids,
        version=version_of(asked),
    )


def _collected(asked: Asked, shown: list[dict[str, Any]]) -> Any:
    return feature_collection(shown) if asked.accept is Media.GEO else shown


ENDPOINTS: tuple[Endpoint, ...] = (_retrieve, _query)
