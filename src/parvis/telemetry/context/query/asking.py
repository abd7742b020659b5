"""What a query means in the @context of its request: which entities, what of them, joined with what, in which order."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.geo import GeoQuery, geo_query, reference_of
from parvis.telemetry.context.query.given import Given, GivenGeo, GivenSelector
from parvis.telemetry.context.query.ordering import Ordering, ordering
from parvis.telemetry.context.query.patterns import compiled
from parvis.telemetry.context.query.projection import Projection, projection
from parvis.telemetry.context.query.q import parsed, parsed_path
from parvis.telemetry.context.query.scopes import scope_selection
from parvis.telemetry.context.query.terms import Term, depth_of
from parvis.telemetry.context.query.types import type_selection

ANY_TYPE = "*"
NO_DATASET = "@none"
DEEPEST_JOIN = 10
_MOST_IDS = 10_000


class Join(StrEnum):
    NONE = "@none"
    INLINE = "inline"
    FLAT = "flat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`whole`: `type=*`, every entity of this broker. `contained_by`: URIs not to expand again. `csf` selects registrations."""

    query: EntityQuery
    whole: bool = False
    csf: Term | None = None
    projection: Projection | None = None
    join: Join = Join.NONE
    level: int = 1
    contained_by: frozenset[str] = frozenset()
    lang: str = ""
    dataset_ids: frozenset[str] | None = None
    geometry_property: str = "location"
    order: Ordering | None = None

    def check_breadth(self, *, local: bool) -> None:
        """Raises BadRequestData for a query of everything that does not say so."""
        if self.query.is_too_broad and not local and not self.whole:
            raise BadRequestData(
                "The query is too broad: it needs a type, an attribute, a condition on an attribute, a place, or local=true."
            )


def wanted(given: Given, context: Context) -> Wanted:
    """Raises BadRequestData, TooComplexQuery."""
    name_of = context.attribute_name
    projected = projection(attrs=given.attrs, pick=given.pick, omit=given.omit, name_of=name_of)
    expanding = [name_of(term) for term in given.expand_values]
    made = Wanted(
        query=EntityQuery(
            selectors=tuple(_selector(one, context) for one in given.selectors),
            q=None if given.q is None else parsed(given.q, context, expanding=expanding),
            geo=None if given.geo is None else _geo(given.geo, context),
            scope=None if given.scope is None else scope_selection(given.scope),
            attributes=projected.needed if projected is not None and projected.attrs is not None else (),
            kept=projected.needed if projected is not None and projected.attrs is None else (),
        ),
        whole=any(one.types == ANY_TYPE for one in given.selectors),
        csf=None if given.csf is None else parsed(given.csf, context),
        projection=projected,
        join=_join(given.join),
        level=min(given.level, DEEPEST_JOIN),
        contained_by=frozenset(uri(one, "containedBy") for one in given.contained_by),
        lang=given.lang,
        dataset_ids=frozenset(map(_dataset, given.datasets)) if given.datasets else None,
        geometry_property="location" if given.geometry_property is None else name_of(given.geometry_property),
        order=_order(given, context),
    )
    _check_depth(made)
    return made


def _selector(given: GivenSelector, context: Context) -> Selector:
    if len(given.ids) > _MOST_IDS:
        raise BadRequestData(f"id: at most {_MOST_IDS}.")
    if given.pattern is not None:
        compiled(given.pattern)
    return Selector(
        types=None if given.types in (None, ANY_TYPE) else type_selection(given.types or "", context.name),
        ids=tuple(map(uri, given.ids)),
        pattern=given.pattern or "",
    )


def _geo(given: GivenGeo, context: Context) -> GeoQuery:
    if given.georel is None or given.geometry is None or given.coordinates is None:
        raise BadRequestData("A geo-query has georel, geometry and coordinates.")
    names = ("location",) if given.geoproperty is None else parsed_path(given.geoproperty, context).names
    return geo_query(georel=given.georel, geometry=given.geometry, coordinates=given.coordinates, names=names)


def _join(text: str | None) -> Join:
    try:
        return Join(text or Join.NONE)
    except ValueError as error:
        raise BadRequestData("join is inline, flat or @none.") from error


def _dataset(text: str) -> str:
    return text if text == NO_DATASET else uri(text, "A datasetId")


def _order(given: Given, context: Context) -> Ordering | None:
    reference: Any = None
    if given.order_from is not None:
        reference = reference_of(given.order_geometry or "Point", given.order_from)
    return ordering(given.order_by, context, collation=given.collation, reference=reference)


def _check_depth(made: Wanted) -> None:
    """Raises BadRequestData for linked entities asked of without the join that reaches them."""
    reached = made.level if made.join is not Join.NONE else 0
    depth = max(
        0 if made.query.q is None else depth_of(made.query.q),
        0 if made.projection is None else made.projection.depth,
    )
    if depth > reached:
        raise BadRequestData("Linked entities are asked of too deep: it takes join, and a joinLevel that reaches them.")
