"""A query of entities, as GET, POST, subscriptions and federation understand it (ETSI GS CIM 009 V1.8.1, 5.7.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.telemetry.context.query.geo import GeoQuery
from parvis.telemetry.context.query.patterns import compiled
from parvis.telemetry.context.query.scopes import ScopeSelection
from parvis.telemetry.context.query.terms import Term, names_an_attribute, paths_of
from parvis.telemetry.context.query.types import TypeSelection


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One EntitySelector. `pattern` (searched, case-sensitive) counts only without `ids`; `types` None: any."""

    types: TypeSelection | None = None
    ids: tuple[str, ...] = ()
    pattern: str = ""

    def selects(self, urn: str, types: Sequence[str]) -> bool:
        return (self.types is None or self.types.holds(types)) and self.allows(urn)

    def allows(self, urn: str) -> bool:
        if self.ids:
            return urn in self.ids
        return not self.pattern or compiled(self.pattern).found(urn)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityQuery:
    """`selectors` are alternatives; none: any entity. Names are stored names.

    `attributes` (of `attrs`): at least one must be there. `kept` (of `pick`) likewise, but that alone does not narrow a query.
    """

    selectors: tuple[Selector, ...] = ()
    q: Term | None = None
    geo: GeoQuery | None = None
    scope: ScopeSelection | None = None
    attributes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def is_too_broad(self) -> bool:
        """Without `local=true`: neither type, attribute, attribute of `q` nor place narrows it (5.7.2.4)."""
        return not (
            any(selector.types is not None for selector in self.selectors)
            or self.attributes
            or self.geo is not None
            or (self.q is not None and names_an_attribute(self.q))
        )


def names_asked(query: EntityQuery) -> frozenset[str]:
    """The attributes it looks at."""
    conditions = () if query.q is None else (path.names[0] for path in paths_of(query.q))
    place = () if query.geo is None else query.geo.names[:1]
    return frozenset((*query.attributes, *query.kept, *conditions, *place))
