"""Resource paths (OGC 18-088, 9.2): from the root of the service to a set, an entity, a property, its value or references."""

import re
from dataclasses import dataclass

from parvis.telemetry.history.sensorthings.identity import Key, key_of
from parvis.telemetry.history.sensorthings.lexing import plain
from parvis.telemetry.history.sensorthings.model import ID_NAMES, NAVIGATIONS, SELF_LINK, Kind
from parvis.telemetry.history.sensorthings.problems import BadRequest, NotFound
from parvis.telemetry.history.sensorthings.properties import PROPERTIES

MOST_STEPS = 12
_STEP = re.compile(r"(\w+)(?:\(('(?:[^']|'')*'|[^'()]*)\))?\Z")


@dataclass(frozen=True, slots=True)
class Step:
    """`key` None: the whole set, or the one entity to which a way to one leads. `name` as in the path."""

    name: str
    kind: Kind
    many: bool
    key: Key | None = None

    @property
    def is_set(self) -> bool:
        return self.many and self.key is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePath:
    """`members` is the path within a property; `value`: `$value`, the bare text; `references`: `$ref`."""

    steps: tuple[Step, ...]
    property: str = ""
    members: tuple[str, ...] = ()
    value: bool = False
    references: bool = False


def parse(path: str) -> ResourcePath:
    """Of a decoded path, without the slash it begins with. Raises `StaError`."""
    segments = plain(path).removesuffix("/").split("/")
    if len(segments) > MOST_STEPS:
        raise BadRequest(f"a path has at most {MOST_STEPS} steps")
    last = segments.pop() if segments[-1] in ("$ref", "$value") else ""
    if not segments:
        raise NotFound("there is nothing at that address")
    steps: list[Step] = []
    while segments and (step := _step(segments[0], steps)):
        steps.append(step)
        segments.pop(0)
    found = ResourcePath(steps=tuple(steps), references=last == "$ref", value=last == "$value")
    if segments:
        found = _of_property(found, segments)
    if (found.value and not found.property) or (found.references and found.property):
        raise BadRequest(f"{last} does not follow that")
    return found


def _step(segment: str, before: list[Step]) -> Step | None:
    """None when the segment does not name a set or a way to another entity."""
    match = _STEP.match(segment)
    name = match[1] if match else ""
    if not before:
        if name not in list(Kind):
            raise NotFound(f"there is no set {segment[:80]!r}")
        kind, many = Kind(name), True
    else:
        if before[-1].is_set:
            raise NotFound(f"nothing follows a whole set: {segment[:80]!r}")
        navigation = NAVIGATIONS[before[-1].kind].get(name)
        if navigation is None:
            return None
        kind, many = navigation.kind, navigation.many
    written = match[2] if match else None
    if written is None:
        return Step(name, kind, many)
    key = key_of(kind, written) if many else None
    if key is None:
        raise NotFound(f"there is no {segment[:80]!r}")
    return Step(name, kind, many, key)


def _of_property(found: ResourcePath, segments: list[str]) -> ResourcePath:
    step = found.steps[-1]
    if step.is_set:
        raise NotFound(f"nothing follows a whole set: {segments[0][:80]!r}")
    name, *members = segments
    known = name in PROPERTIES[step.kind] or name in ID_NAMES or name == SELF_LINK
    if not known:
        raise NotFound(f"{step.kind} have no property {name[:80]!r}")
    return ResourcePath(
        steps=found.steps, property=name, members=tuple(members), value=found.value, references=found.references
    )
