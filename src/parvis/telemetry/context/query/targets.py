"""What a path of a query points at in a stored thing: the values to compare, one per instance that has one (CIM 009, 4.9)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parvis.telemetry.context.attributes import VALUE_MEMBERS, Instance, instant_text
from parvis.telemetry.context.query.terms import Path
from parvis.telemetry.context.store.values import Stored


@dataclass(frozen=True, slots=True)
class Target:
    """`is_link`: the object, or objects, of a relationship. `is_vocab`: full IRIs of a VocabProperty.

    `is_any_language`: the texts of all languages together, none of which may be the one that is excluded.
    """

    value: Any
    is_link: bool = False
    is_vocab: bool = False
    is_any_language: bool = False


def targets(stored: Stored, path: Path) -> Iterator[Target]:
    """Of a path that follows no relationship. Absent: none."""
    first, *further = path.names
    if not further and first in _MEMBERS:
        member = _MEMBERS[first](stored)
        if member is not None:
            yield Target(member)
        return
    for instance in instances_at(stored, path.names[:-1] if further else path.names):
        if further:
            yield from _beneath(instance, further[-1], path.inside)
        else:
            yield from _values(instance, path.inside)


def is_present(stored: Stored, path: Path) -> bool:
    """Whether there is such a member, attribute, sub-attribute or key, whatever its value."""
    if path.inside or path.names[0] in _MEMBERS:
        return any(True for _ in targets(stored, path))
    *above, last = path.names
    if not above:
        return bool(stored.attributes.get(last))
    return any(last in instance for instance in instances_at(stored, above))


def links(stored: Stored, names: Sequence[str]) -> list[str]:
    """The URIs that the relationships at this path point at, in order, each once."""
    found: dict[str, None] = {}
    for instance in instances_at(stored, names):
        found.update(dict.fromkeys(links_of(instance)))
    return list(found)


def links_of(instance: Instance) -> list[str]:
    """The URIs a Relationship or ListRelationship instance points at; none for other attributes."""
    match instance.get("type"):
        case "Relationship":
            objects = instance.get("object")
        case "ListRelationship":
            objects = instance.get("objectList")
        case _:
            return []
    listed = objects if isinstance(objects, list) else [objects]
    uris = (one.get("object") if isinstance(one, dict) else one for one in listed)
    return [uri for uri in uris if isinstance(uri, str)]


def instances(attribute: Any) -> Sequence[Instance]:
    """All the instances of a stored attribute, or sub-attribute."""
    if isinstance(attribute, list):
        return attribute
    return (attribute,) if isinstance(attribute, dict) else ()


def instances_at(stored: Stored, names: Sequence[str]) -> Iterable[Instance]:
    """Of the attribute, or of the sub-attribute of any of its instances."""
    found: list[Instance] = list(instances(stored.attributes.get(names[0])))
    for name in names[1:]:
        found = [below for instance in found if name in instance for below in instances(instance[name])]
    return found


_MEMBERS: dict[str, Callable[[Stored], Any]] = {
    "id": lambda stored: stored.urn,
    "type": lambda stored: stored.types,
    "scope": lambda stored: stored.scopes or None,
    "createdAt": lambda stored: instant_text(stored.created_at),
    "modifiedAt": lambda stored: instant_text(stored.modified_at),
    "expiresAt": lambda stored: stored.expires_at and instant_text(stored.expires_at),
}
"""Of the entity itself."""


def _beneath(instance: Instance, name: str, inside: Sequence[str]) -> Iterator[Target]:
    """Of a sub-attribute, or of metadata such as `observedAt` and `unitCode`."""
    if name not in instance:
        return
    member = instance[name]
    below = instances(member)
    if below and all("type" in one for one in below):
        for one in below:
            yield from _values(one, inside)
    elif not inside:
        yield Target(member)


def _values(instance: Instance, inside: Sequence[str]) -> Iterator[Target]:
    kind = instance.get("type", "Property")
    value = instance.get(VALUE_MEMBERS.get(kind, "value"))
    match kind:
        case "Relationship" | "ListRelationship":
            if not inside:
                yield Target(links_of(instance), is_link=True)
        case "LanguageProperty":
            yield from _in_language(value, inside)
        case "VocabProperty":
            if not inside:
                yield Target(value, is_vocab=True)
        case _:
            yield from _within(value, inside)


def _in_language(value: Any, inside: Sequence[str]) -> Iterator[Target]:
    if len(inside) != 1 or not isinstance(value, dict):
        return
    if inside[0] == "*":
        texts = [text for one in value.values() for text in (one if isinstance(one, list) else (one,))]
        if texts:
            yield Target(texts, is_any_language=True)
        return
    for language, text in value.items():
        if language.lower() == inside[0].lower():
            yield Target(text)


def _within(value: Any, inside: Sequence[str]) -> Iterator[Target]:
    for key in inside:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and len(key) < 6 and int(key) < len(value):
            value = value[int(key)]
        else:
            return
    if value is not None:
        yield Target(value)
