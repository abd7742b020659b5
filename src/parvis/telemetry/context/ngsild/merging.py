"""What becomes of one attribute instance when a request speaks of it: the table, and the ways to join old and new.

ETSI GS CIM 009 V1.8.1: 5.5.8 (partial update), 5.5.12 (merge), 5.6.2 to 5.6.5, 5.6.17 to 5.6.19.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from parvis.telemetry.context.attributes import (
    NULL,
    OWN_MEMBERS,
    VALUE_MEMBERS,
    Instance,
    instances_of,
    is_deletion,
)
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.geometry import geometry
from parvis.telemetry.context.ngsild.kinds import RELATIONS, UNITS


class How(Enum):
    """The manner of writing of an operation."""

    APPEND = auto()
    APPEND_NEW = auto()
    """Append with noOverwrite."""
    UPDATE = auto()
    BATCH = auto()
    """The batch of updates."""
    BATCH_NEW = auto()
    """The same with noOverwrite."""
    PARTIAL = auto()
    REPLACE = auto()
    MERGE = auto()


class Act(Enum):
    """What is done with one instance."""

    ADD = auto()
    REPLACE = auto()
    """The new one stands for the old; `createdAt` is kept."""
    MEND = auto()
    """Members told replace members; the others stay."""
    MERGE = auto()
    """As mended, but down into values (RFC 7396) and sub-attributes."""
    REMOVE = auto()
    KEEP = auto()
    """Nothing is done, and the client is told so."""
    IGNORE = auto()
    """Nothing is done."""
    MISSING = auto()
    """ResourceNotFound."""
    REFUSE = auto()
    """BadRequestData."""


Case = tuple[bool, bool]
"""Whether the request asks for deletion; whether the instance is there."""

_VALUE_THERE, _VALUE_NEW, _NULL_THERE, _NULL_NEW = (False, True), (False, False), (True, True), (True, False)


def _row(value_there: Act, value_new: Act, null_there: Act, null_new: Act) -> Mapping[Case, Act]:
    return {_VALUE_THERE: value_there, _VALUE_NEW: value_new, _NULL_THERE: null_there, _NULL_NEW: null_new}


ACTS: Mapping[How, Mapping[Case, Act]] = {
    #                    a value, and it is there; not there; a null, and it is there; not there
    How.APPEND: _row(Act.REPLACE, Act.ADD, Act.REFUSE, Act.REFUSE),
    How.APPEND_NEW: _row(Act.KEEP, Act.ADD, Act.REFUSE, Act.REFUSE),
    How.UPDATE: _row(Act.REPLACE, Act.ADD, Act.REMOVE, Act.KEEP),
    How.BATCH: _row(Act.REPLACE, Act.ADD, Act.REMOVE, Act.KEEP),
    How.BATCH_NEW: _row(Act.KEEP, Act.ADD, Act.KEEP, Act.KEEP),
    How.PARTIAL: _row(Act.MEND, Act.MISSING, Act.REMOVE, Act.MISSING),
    How.REPLACE: _row(Act.REPLACE, Act.MISSING, Act.REFUSE, Act.REFUSE),
    How.MERGE: _row(Act.MERGE, Act.ADD, Act.REMOVE, Act.IGNORE),
}


def stamped(instance: Instance, before: Instance | None, now: str, born: str) -> Instance:
    """A new instance as it is stored, with system attributes down to its sub-attributes.

    `before` is what it takes the place of: what was there keeps its `createdAt` (`born` when it tells none). What asks for deletion
    inside is left out.
    """
    out: Instance = {}
    for key, value in instance.items():
        if key in OWN_MEMBERS:
            if value != NULL or key == "value":
                out[key] = value
        elif (found := _stamped_sub(value, before.get(key) if before else None, now, born)) is not None:
            out[key] = found
    out["createdAt"] = before.get("createdAt", born) if before else now
    out["modifiedAt"] = now
    return out


def _stamped_sub(given: Any, before: Any, now: str, born: str) -> Any:
    if type(given) is dict and (before is None or (type(before) is dict and same_dataset(given, before))):
        return None if is_deletion(given) else stamped(given, before, now, born)
    known = by_dataset(before)
    return packed(
        {
            dataset: stamped(one, known.get(dataset), now, born)
            for dataset, one in by_dataset(given).items()
            if not is_deletion(one)
        }
    )


def mended(before: Instance, given: Instance, now: str, born: str, *, deep: bool) -> Instance:
    """`before` with the members of `given`, in depth or not. Raises BadRequestData when they do not fit its kind."""
    kind = before.get("type", "Property")
    if given.get("type", kind) != kind:
        if deep:
            return stamped(pruned(given), before, now, born)
        raise BadRequestData(f"The attribute is a {kind}, not a {given['type']}.")
    _check_fits(kind, given)
    out = dict(before)
    for key, value in given.items():
        if key not in OWN_MEMBERS:
            _mend_sub(out, key, value, now, born, deep=deep)
        elif value == NULL:
            out.pop(key, None)
        elif deep and key == VALUE_MEMBERS[kind]:
            out[key] = merged_value(before.get(key), value)
        else:
            out[key] = value
    if kind == "GeoProperty" and "value" in given:
        out["value"] = geometry(out["value"])
    if kind == "LanguageProperty" and not out["languageMap"]:
        raise BadRequestData("No language would be left in the languageMap.")
    out.setdefault("createdAt", born)
    out["modifiedAt"] = now
    return out


def _check_fits(kind: str, given: Instance) -> None:
    for member in _VALUES:
        if member in given and member != VALUE_MEMBERS[kind]:
            raise BadRequestData(f"A {kind} has no {member}.")
    if "unitCode" in given and kind not in UNITS:
        raise BadRequestData(f"A {kind} has no unitCode.")
    if ("objectType" in given and kind not in RELATIONS) or ("valueType" in given and kind in RELATIONS):
        raise BadRequestData(f"A {kind} has no such type of its values.")


_VALUES = frozenset(VALUE_MEMBERS.values())


def _mend_sub(out: Instance, name: str, given: Any, now: str, born: str, *, deep: bool) -> None:
    known = by_dataset(out.get(name))
    for dataset, one in by_dataset(given).items():
        before = known.get(dataset)
        if is_deletion(one):
            known.pop(dataset, None)
        elif before is None:
            known[dataset] = stamped(added(one), None, now, born)
        elif deep:
            known[dataset] = mended(before, one, now, born, deep=True)
        else:
            known[dataset] = stamped(added(one), before, now, born)
    found = packed(known)
    if found is None:
        out.pop(name, None)
    else:
        out[name] = found


def added(given: Instance) -> Instance:
    """A fragment as an instance of its own. Raises BadRequestData when it has no value."""
    kind = given.get("type")
    if kind is None or VALUE_MEMBERS[kind] not in given:
        raise BadRequestData("There is no such attribute yet, and the fragment has no value for it.")
    return pruned(given)


def pruned(given: Instance) -> Instance:
    """What a merge adds: nulls inside its value delete nothing there, and are left out."""
    kind = given.get("type", "Property")
    member = VALUE_MEMBERS[kind]
    value = given.get(member)
    if type(value) is not dict:
        return given
    clean = merged_value({}, value)
    if kind == "GeoProperty":
        clean = geometry(clean)
    if kind == "LanguageProperty" and not clean:
        raise BadRequestData("No language would be left in the languageMap.")
    return given | {member: clean}


def merged_value(before: Any, given: Any) -> Any:
    """RFC 7396, where `urn:ngsi-ld:null` stands for its null; a JSON null is a value like any other."""
    if type(given) is not dict:
        return given
    out = dict(before) if type(before) is dict else {}
    for key, value in given.items():
        if value == NULL:
            out.pop(key, None)
        elif type(value) is dict:
            out[key] = merged_value(out.get(key), value)
        else:
            out[key] = value
    return out


def same_dataset(one: Instance, other: Instance) -> bool:
    return one.get("datasetId") == other.get("datasetId")


def by_dataset(attribute: Any) -> dict[str, Instance]:
    """The instances of an attribute by datasetId, the default one under the empty text."""
    if type(attribute) is dict:
        return {attribute.get("datasetId", ""): attribute}
    return {one.get("datasetId", ""): one for one in instances_of(attribute)}


def packed(instances: Mapping[str, Instance]) -> Any:
    """An attribute in stored form, the default instance first; None when no instance is left."""
    if len(instances) < 2:
        return next(iter(instances.values()), None)
    default = instances.get("")
    others = [one for dataset, one in instances.items() if dataset]
    return others if default is None else [default, *others]
