"""The query inside a subscription: which entities it is about, and what must hold of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.geo import GeoQuery, geo_query
from parvis.telemetry.context.query.q import parsed
from parvis.telemetry.context.query.scopes import scope_selection
from parvis.telemetry.context.query.types import one_of, type_selection

ANY_TYPE = "*"


def entity_query(document: Mapping[str, Any], context: Context) -> EntityQuery:
    """`context` is the one of the names in `q`. Raises `BadRequestData`: this is also how a document is checked."""
    return EntityQuery(
        selectors=tuple(_selector(one) for one in document.get("entities", ())),
        q=parsed(document["q"], context, expanding=document.get("expandValues", ())) if "q" in document else None,
        geo=_geo(document["geoQ"]) if "geoQ" in document else None,
        scope=scope_selection(document["scopeQ"]) if "scopeQ" in document else None,
    )


def _selector(kept: Mapping[str, Any]) -> Selector:
    ids = kept.get("id", ())
    return Selector(
        types=None if kept["type"] == ANY_TYPE else type_selection(kept["type"], str),
        ids=(ids,) if isinstance(ids, str) else tuple(ids),
        pattern=kept.get("idPattern", ""),
    )


def _geo(kept: Mapping[str, Any]) -> GeoQuery:
    missing = [name for name in ("georel", "geometry", "coordinates") if name not in kept]
    if missing:
        raise BadRequestData(f"geoQ: {', '.join(missing)} is missing")
    if not isinstance(kept["georel"], str) or not isinstance(kept["geometry"], str):
        raise BadRequestData("geoQ: georel and geometry are texts")
    name = kept.get("geoproperty", "location")
    return geo_query(
        georel=kept["georel"],
        geometry=kept["geometry"],
        coordinates=kept["coordinates"],
        names=(name,) if ":" in name else tuple(name.split(".")),
    )


def ids_of(query: EntityQuery) -> frozenset[str] | None:
    """The only entities it can be about, when every selector names them; None: others too."""
    if not query.selectors or not all(selector.ids for selector in query.selectors):
        return None
    return frozenset(urn for selector in query.selectors for urn in selector.ids)


def types_of(selectors: Sequence[Selector]) -> frozenset[str] | None:
    """Types of which every entity selected has at least one; None: any."""
    if not selectors or any(selector.types is None for selector in selectors):
        return None
    return frozenset().union(*(one_of(selector.types) for selector in selectors if selector.types is not None))
