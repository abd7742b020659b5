"""The things that relationships point at, read once per request and level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.ngsild.expiring import living
from parvis.telemetry.context.query.targets import links
from parvis.telemetry.context.query.terms import Path, Term, paths_of
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Stored


@dataclass(slots=True)
class Links:
    """What is known so far, by URN; None: there is no such thing, or none that this caller sees."""

    tenant_id: int
    rights: BrokerRights
    now: datetime
    known: dict[str, Stored | None] = field(default_factory=dict)

    def __call__(self, urns: Sequence[str]) -> Mapping[str, Stored]:
        self.read(urns)
        return {urn: thing for urn in urns if (thing := self.known[urn]) is not None}

    def read(self, urns: Iterable[str]) -> None:
        """All those that are not known yet, by one statement."""
        missing = [urn for urn in dict.fromkeys(urns) if urn not in self.known]
        if not missing:
            return
        found = load(missing, tenant_id=self.tenant_id, now=self.now)
        for urn in missing:
            thing = found.get(urn)
            alive = None if thing is None else living(thing, self.now)
            self.known[urn] = None if alive is None else self.rights.visible(alive)

    def prepare(self, term: Term, things: Sequence[Stored]) -> None:
        """Reads at once all that this query will ask of these things, level by level."""
        for path in paths_of(term):
            self._follow(path, things)

    def _follow(self, path: Path, things: Sequence[Stored]) -> None:
        if path.beyond is None or not things:
            return
        urns = dict.fromkeys(urn for thing in things for urn in links(thing, path.names))
        self._follow(path.beyond, list(self(list(urns)).values()))
