"""Finding registrations (ETSI GS CIM 009 V1.8.1, 5.10.2 and 5.12).

For `q`, `csf`, a geo-query and `scopeQ` a registration is taken for an entity whose attributes are its members.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from parvis.telemetry.context.federation.matching import Reach, Wanted, reach
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.ngsild.geometry import is_geometry
from parvis.telemetry.context.ngsild.names import scopes
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.store.values import Stored

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a temporal query asks of the intervals of a source. `managed`: of `managementInterval`, else of `observationInterval`."""

    start: datetime | None
    end: datetime | None
    managed: bool = False

    def holds(self, source: Source) -> bool:
        interval = source.managed if self.managed else source.observed
        return interval is not None and interval.meets(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """`members`: each is asked of the registration itself (`q` and `csf` apart); without `period` only sources without intervals."""

    wanted: Wanted
    members: tuple[EntityQuery, ...] = ()
    period: Period | None = None

    def found(self, sources: Sequence[Source]) -> Iterator[tuple[Source, Reach]]:
        for source in sources:
            if (how := self.reach(source)) is not None:
                yield source, how

    def reach(self, source: Source) -> Reach | None:
        """None: it does not match."""
        if not self._in_time(source):
            return None
        how = reach(source, self.wanted)
        if how is None or not self.members:
            return how
        stored = as_stored(source)
        return how if all(matches(query, stored) for query in self.members) else None

    def _in_time(self, source: Source) -> bool:
        if self.period is not None:
            return self.period.holds(source)
        return source.observed is None and source.managed is None


def as_stored(source: Source) -> Stored:
    given = source.document.get("scope")
    return Stored(
        urn=source.urn,
        types=["ContextSourceRegistration"],
        attributes={name: _instance(value) for name, value in source.document.items() if name != "scope"},
        scopes=scopes(given) if given else [],
        created_at=_EVER,
        modified_at=_EVER,
    )


def _instance(value: Any) -> Mapping[str, Any]:
    """A member as an attribute: one already written as an attribute as it is, a geometry as a GeoProperty."""
    if is_geometry(value):
        return {"type": "GeoProperty", "value": value}
    if isinstance(value, dict):
        if value.get("type") in ("Property", "GeoProperty", "Relationship", "LanguageProperty"):
            return value
        return {name: {"type": "Property", "value": part} for name, part in value.items() if name != "type"} | {
            "type": "Property",
            "value": value,
        }
    return {"type": "Property", "value": value}


def narrowed(document: Mapping[str, Any], how: Reach) -> dict[str, Any]:
    """The registration with the matching elements of `information` only."""
    information = document["information"]
    return {**document, "information": [information[one.position] for one, _ in how.information]}
