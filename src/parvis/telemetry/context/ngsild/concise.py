"""What a JSON value in place of an attribute means: an instance, or a value of a Property (4.5.2.3, C.2.2).

Readers and writers of the concise form share it, so that what is shown is read back as what it was.
"""

from typing import Any

from parvis.telemetry.context.attributes import VALUE_MEMBERS
from parvis.telemetry.context.ngsild.geometry import is_geometry

VALUES = frozenset(VALUE_MEMBERS.values())

_KIND_IRIS = {prefix + kind: kind for kind in VALUE_MEMBERS for prefix in ("https://uri.etsi.org/ngsi-ld/", "ngsi-ld:")}


def stated_kind(given: dict[str, Any]) -> str | None:
    """The kind of attribute an object says it is of, by term or IRI."""
    stated = given.get("type", given.get("@type"))
    if type(stated) is list and len(stated) == 1:
        stated = stated[0]
    if type(stated) is not str:
        return None
    return stated if stated in VALUE_MEMBERS else _KIND_IRIS.get(stated)


def states_a_type(given: dict[str, Any]) -> bool:
    return "type" in given or "@type" in given


def is_instance(given: Any) -> bool:
    """Whether an object stands for an instance of an attribute, well-formed or not."""
    if type(given) is not dict:
        return False
    if stated_kind(given) is not None:
        return True
    return not states_a_type(given) and "@value" not in given and not VALUES.isdisjoint(given)


def are_instances(given: list[Any]) -> bool:
    """Whether an array stands for several instances: all look like one, or one says that it is."""
    return any(type(one) is dict and stated_kind(one) is not None for one in given) or (
        bool(given) and all(map(is_instance, given))
    )


def means_itself(value: Any) -> bool:
    """Whether a reader of the bare value takes it for a Property of that value."""
    if type(value) is dict:
        if is_geometry(value) or is_instance(value):
            return False
        return VALUES.isdisjoint(value) or "@value" in value
    if type(value) is list:
        return not are_instances(value)
    return True
