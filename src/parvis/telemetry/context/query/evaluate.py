"""The matcher: whether a stored thing answers a query. SQL may only widen what this function says (`query.sql`)."""

from collections.abc import Callable, Mapping

from parvis.telemetry.context.query.compare import satisfies
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.targets import Target, is_present, links, targets
from parvis.telemetry.context.query.terms import Absent, And, Compared, Or, Path, Present, Term
from parvis.telemetry.context.store.values import Stored

Linked = Callable[[list[str]], Mapping[str, Stored]]
"""The things of these URNs that exist; asked once per relationship and level."""


def matches(query: EntityQuery, stored: Stored, *, linked: Linked | None = None) -> bool:
    """`linked` None: nothing that a relationship points at is known."""
    if query.selectors and not any(one.selects(stored.urn, stored.types) for one in query.selectors):
        return False
    if not all(_has_one(stored, names) for names in (query.attributes, query.kept) if names):
        return False
    if query.scope is not None and not query.scope.holds(stored.scopes):
        return False
    if query.q is not None and not holds(query.q, stored, linked=linked):
        return False
    return query.geo is None or query.geo.holds(stored)


def _has_one(stored: Stored, names: tuple[str, ...]) -> bool:
    return any(stored.attributes.get(name) for name in names)


def holds(term: Term, stored: Stored, *, linked: Linked | None = None) -> bool:
    match term:
        case And(parts):
            return all(holds(part, stored, linked=linked) for part in parts)
        case Or(parts):
            return any(holds(part, stored, linked=linked) for part in parts)
        case Present(path):
            return any(is_present(thing, last) for thing, last in _ends(stored, path, linked))
        case Absent(path):
            return not any(is_present(thing, last) for thing, last in _ends(stored, path, linked))
        case Compared(path):
            return any(satisfies(target, term) for target in _targets(stored, path, linked))


def _targets(stored: Stored, path: Path, linked: Linked | None) -> list[Target]:
    return [target for thing, last in _ends(stored, path, linked) for target in targets(thing, last)]


def _ends(stored: Stored, path: Path, linked: Linked | None) -> list[tuple[Stored, Path]]:
    """The things at the end of the relationships, and what is asked of them."""
    if path.beyond is None:
        return [(stored, path)]
    urns = links(stored, path.names)
    known = linked(urns) if linked is not None and urns else {}
    things = [known[urn] for urn in urns if urn in known]
    if path.towards is not None:
        things = [thing for thing in things if path.towards.holds(thing.types)]
    return [end for thing in things for end in _ends(thing, path.beyond, linked)]
