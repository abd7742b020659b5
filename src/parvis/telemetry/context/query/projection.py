"""Which members of an entity are answered: `attrs`, `pick`, `omit`, also of linked entities: `name,owner{name}` (CIM 009, 4.21)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.query.terms import ENTITY_MEMBERS

_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Members:
    """A list of members as written: `beyond` what is listed of the entities that one of them points at."""

    names: tuple[str, ...]
    beyond: Mapping[str, "Members"] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many relationships are followed."""
        return max((1 + members.depth for members in self.beyond.values()), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Of one level. `attrs` keeps id, type and scope beside the attributes it names; `pick` keeps what it names only."""

    attrs: Members | None = None
    pick: Members | None = None
    omit: Members | None = None

    def keeps(self, member: str) -> bool:
        """Of `id`, `type`, `scope`, or the stored name of an attribute."""
        if self.attrs is not None and member not in ENTITY_MEMBERS and member not in self.attrs.names:
            return False
        if self.pick is not None and member not in self.pick.names:
            return False
        return self.omit is None or member not in self.omit.names or member in self.omit.beyond

    def beyond(self, relationship: str) -> "Projection | None":
        """Of the entities that this relationship points at; None: complete."""
        attrs, pick, omit = (
            None if members is None else members.beyond.get(relationship)
            for members in (self.attrs, self.pick, self.omit)
        )
        if attrs is None and pick is None and omit is None:
            return None
        return Projection(attrs=attrs, pick=pick, omit=omit)

    @property
    def depth(self) -> int:
        return max(members.depth for members in (self.attrs, self.pick, self.omit, _NOTHING) if members is not None)

    @property
    def needed(self) -> tuple[str, ...]:
        """Attributes without any of which nothing would be left of an entity; empty when something always is."""
        named = self.attrs or self.pick
        if named is None or (self.attrs is None and not ENTITY_MEMBERS.isdisjoint(named.names)):
            return ()
        return tuple(name for name in named.names if name not in ENTITY_MEMBERS)


_NOTHING = Members(())


def projection(
    *, attrs: str | None, pick: str | None, omit: str | None, name_of: Callable[[str], str]
) -> Projection | None:
    """Each None when absent. None when nothing is said. Raises BadRequestData."""
    if attrs is None and pick is None and omit is None:
        return None
    if attrs is not None and (pick is not None or omit is not None):
        raise BadRequestData("attrs cannot be combined with pick or omit.")
    read = [None if text is None else members(text, name_of) for text in (attrs, pick, omit)]
    made = Projection(attrs=read[0], pick=read[1], omit=read[2])
    if made.attrs is not None and not {"id", "type"}.isdisjoint(made.attrs.names):
        raise BadRequestData("attrs names attributes: id and type are none.")
    _check_apart(made.pick, made.omit)
    return made


def _check_apart(pick: Members | None, omit: Members | None) -> None:
    if pick is None or omit is None:
        return
    for name in set(pick.names) & set(omit.names):
        if name not in pick.beyond or name not in omit.beyond:
            raise BadRequestData(f"{name!r} is both picked and omitted.")
        _check_apart(pick.beyond[name], omit.beyond[name])


def members(text: str, name_of: Callable[[str], str]) -> Members:
    """Of `a,b|c{d,e}`. Raises BadRequestData."""
    found, at = _members(text, 0, name_of, 0)
    if at != len(text):
        raise _malformed(text)
    return found


def _members(text: str, at: int, name_of: Callable[[str], str], depth: int) -> tuple[Members, int]:
    names: list[str] = []
    beyond: dict[str, Members] = {}
    if depth > _DEEPEST:
        raise BadRequestData(f"Linked members are listed at most {_DEEPEST} deep.")
    while True:
        end = at
        while end < len(text) and text[end] not in ",|{}":
            end += 1
        name = _name(text[at:end].strip(), text, name_of)
        names.append(name)
        at = end
        if at < len(text) and text[at] == "{":
            beyond[name], at = _members(text, at + 1, name_of, depth + 1)
            if at >= len(text) or text[at] != "}":
                raise _malformed(text)
            at += 1
        if at < len(text) and text[at] in ",|":
            at += 1
            continue
        return Members(tuple(dict.fromkeys(names)), beyond), at


def _name(term: str, text: str, name_of: Callable[[str], str]) -> str:
    if not term or any(char in term for char in ";()[]\"' "):
        raise _malformed(text)
    return term if term in ENTITY_MEMBERS else name_of(term)


def _malformed(text: str) -> BadRequestData:
    return BadRequestData(f"The list of members is malformed: {text[:80]!r}.")
