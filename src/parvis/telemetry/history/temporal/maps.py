"""Lists of the ids of a query of the past, by which its later pages stay the same (ETSI GS CIM 009 V1.8.1, 5.14)."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote

from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import ResourceNotFound
from parvis.telemetry.context.federation.entity_maps import HEADER, HERE, entity_map, keep, path_of
from parvis.telemetry.context.models import EntityMap
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.context.query.entities import Selector


def named_map(asked: Asked) -> EntityMap | None:
    """The one that the request names, if it still is."""
    urn = unquote(asked.headers.get(HEADER.lower(), "")).rstrip("/").rpartition("/")[2]
    try:
        return entity_map(urn, tenant_id=asked.tenant.id, now=asked.now)
    except ResourceNotFound:
        return None


def new_map(asked: Asked, urns: Iterable[str]) -> EntityMap:
    return keep({urn: [HERE] for urn in urns}, asked)


def header_of(row: EntityMap) -> dict[str, str]:
    return {HEADER: path_of(row)}


def limited_to(row: EntityMap, asks: Wanted) -> Wanted:
    """The same query of the things of the map only."""
    selectors = asks.query.selectors or (Selector(),)
    limited = (
        replace(one, ids=tuple(urn for urn in row.entities if not one.ids or urn in one.ids)) for one in selectors
    )
    kept = tuple(one for one in limited if one.ids)
    return replace(asks, query=replace(asks.query, selectors=kept or (Selector(ids=(_NOTHING,)),)))


_NOTHING = "urn:ngsi-ld:null"  # the id of no thing
