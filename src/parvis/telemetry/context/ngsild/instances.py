"""Reading one attribute: normalized, concise or a mixture, with sub-attributes and several instances (4.5.2, 4.5.5, C.2.2).

The answer is a list of instances in stored form, without system attributes.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from parvis.telemetry.context.attributes import NULL, VALUE_MEMBERS, Instance, is_deletion
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.checking import check_depth, check_text, check_value
from parvis.telemetry.context.ngsild.concise import VALUES, are_instances, stated_kind, states_a_type
from parvis.telemetry.context.ngsild.geometry import geometry, is_geometry
from parvis.telemetry.context.ngsild.instants import instant, parse_datetime
from parvis.telemetry.context.ngsild.kinds import (
    GEO_ONLY,
    PROOF,
    READERS,
    RELATIONS,
    UNITS,
    asks_deletion,
    deletion_of,
)
from parvis.telemetry.context.ngsild.modes import Rules
from parvis.telemetry.context.ngsild.names import dataset_id, shown, uri

if TYPE_CHECKING:
    from parvis.telemetry.context.jsonld.context import Context

LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_KIND_OF = {member: kind for kind, member in VALUE_MEMBERS.items() if kind != "GeoProperty"}


class Reader:
    """Of the attributes of one document, under one context and the rules of one mode."""

    __slots__ = ("context", "named", "rules")

    def __init__(self, context: "Context", rules: Rules) -> None:
        self.context = context
        self.rules = rules
        self.named = context.attribute_name

    def attribute(self, name: str, given: Any, depth: int = 0) -> list[Instance]:
        """All instances, the default one first. Raises BadRequestData."""
        if type(given) is dict:
            return [self._instance(name, given, depth)]
        if type(given) is list and are_instances(given):
            return self._several([self._one_of_several(name, one, depth) for one in given])
        return [self._bare(name, given, depth)]

    def _one_of_several(self, name: str, given: Any, depth: int) -> Instance:
        if type(given) is not dict:
            raise BadRequestData(f"One of the instances of {shown(name)} is none: {shown(given)}.")
        return self._instance(name, given, depth)

    def _several(self, instances: list[Instance]) -> list[Instance]:
        datasets = [one.get("datasetId", "") for one in instances]
        if not self.rules.repeated and len(set(datasets)) < len(datasets):
            raise BadRequestData("Two instances of one attribute have the same datasetId, or none.")
        if "" in datasets and datasets[0] != "":
            return sorted(instances, key=lambda one: "datasetId" in one)
        return instances

    def _bare(self, name: str, value: Any, depth: int) -> Instance:
        """A value in place of an attribute: a Property."""
        if value is None:
            raise BadRequestData(f"{shown(name)} is null.")
        if value == NULL:
            if not (self.rules.first_level and (depth == 0 or self.rules.members)):
                raise BadRequestData(f"{shown(name)} is urn:ngsi-ld:null, which deletes nothing here.")
            return {"type": "Property", "value": NULL}
        if name in GEO_ONLY and depth == 0:
            return {"type": "GeoProperty", "value": geometry(value)}
        if name == PROOF and type(value) is not dict:
            raise BadRequestData("The value of ngsildproof is not an object.")
        check_value(value, depth, self.rules.nested)
        return {"type": "Property", "value": value}

    def _instance(self, name: str, given: dict[str, Any], depth: int) -> Instance:
        kind, stated = given.get("type"), True
        if type(kind) is not str or kind not in VALUE_MEMBERS:
            found = self._kind(given, depth)
            if found is None:
                return self._plain(name, given, depth)
            kind, stated = found
        member = VALUE_MEMBERS[kind]
        check_depth(depth)
        instance = self._members(name, given, kind, member, depth)
        if not stated and not (self.rules.whole or self._tells_kind(instance, member)):
            del instance["type"]  # it is a part of whatever is there
        if depth == 0 and (name in GEO_ONLY or name == PROOF):
            self._check_reserved(name, instance)
        return instance

    def _tells_kind(self, instance: Instance, member: str) -> bool:
        """Whether a part without type is still of a certain kind: a deletion is, and what a merge may add."""
        return member in instance and (self.rules.nested or is_deletion(instance))

    def _members(self, name: str, given: dict[str, Any], kind: str, member: str, depth: int) -> Instance:
        rules = self.rules
        instance: Instance = {"type": kind}
        for key, value in given.items():
            if key == member:
                if rules.null and asks_deletion(member, value):
                    instance[member] = deletion_of(kind)
                else:
                    instance[member] = READERS[kind](value, self.context, depth, rules.nested)
            elif handler := _MEMBERS.get(key):
                handler(self, instance, key, value)
            elif key not in ("type", "@type"):
                self._sub_attribute(instance, name, key, value, depth)
        if rules.whole and member not in instance:
            raise BadRequestData(f"{shown(name)} is a {kind} without {member}.")
        return instance

    def _sub_attribute(self, instance: Instance, name: str, key: str, given: Any, depth: int) -> None:
        if key in ("entityIdSealed", "entityTypeSealed"):
            instance[key] = self._sealed(name, key, given, depth)
            return
        sub_name = self.named(key)
        if sub_name in instance:
            raise BadRequestData(f"{shown(key)} is told twice of one attribute.")
        if type(given) is str and given == NULL and self.rules.null and not (self.rules.members or self.rules.repeated):
            return  # of an attribute replaced as a whole, what is not told is gone
        found = self.attribute(sub_name, given, depth + 1)
        if not self.rules.members and self.rules.null:
            found = [one for one in found if not is_deletion(one)]
        if found:
            instance[sub_name] = found[0] if len(found) == 1 else found

    def _sealed(self, name: str, key: str, given: Any, depth: int) -> str:
        if name != PROOF or depth != 0:
            raise BadRequestData(f"{key} stands outside ngsildproof.")
        if key == "entityIdSealed":
            return uri(given, key)
        if type(given) is not str:
            raise BadRequestData(f"{key} is not a type: {shown(given)}.")
        return self.context.name(given)

    def _kind(self, given: dict[str, Any], depth: int) -> tuple[str, bool] | None:
        """The kind of an instance that does not state one in plain words, and whether it states one; None of a plain value."""
        if kind := stated_kind(given):
            return kind, True
        if "@value" in given:
            return None
        part = self.rules.part and depth == 0 and not is_geometry(given)
        if states_a_type(given):
            if part or not VALUES.isdisjoint(given):
                raise BadRequestData(f"There is no such type of attributes: {shown(given.get('type'))}.")
            return None
        for member in given:
            if member in _KIND_OF:
                return self._inferred(member, given), False
        if part or (not self.rules.whole and not given.keys().isdisjoint(_FRAGMENT_MEMBERS)):
            return "Relationship" if "objectType" in given else "Property", False
        return None

    def _inferred(self, member: str, given: dict[str, Any]) -> str:
        if member == "value" and is_geometry(given["value"]):
            return "GeoProperty"
        return _KIND_OF[member]

    def _plain(self, name: str, given: dict[str, Any], depth: int) -> Instance:
        """An object that is a value itself: a geometry, or any JSON."""
        if is_geometry(given):
            return {"type": "GeoProperty", "value": READERS["GeoProperty"](given, self.context, depth, False)}
        return self._bare(name, given, depth)

    def _check_reserved(self, name: str, instance: Instance) -> None:
        kind = instance.get("type")
        if is_deletion(instance) or kind is None:
            return
        if name in GEO_ONLY and kind != "GeoProperty":
            raise BadRequestData(f"{name} is a GeoProperty, not a {kind}.")
        if name == PROOF and (kind != "Property" or type(instance.get("value", {})) is not dict):
            raise BadRequestData("ngsildproof is a Property whose value is an object.")

    # --- members that are no sub-attributes

    def unset(self, key: str, value: Any) -> bool:
        """Whether the member is to be removed; raises BadRequestData where that cannot be asked."""
        if value != NULL:
            return False
        if not self.rules.null or self.rules.repeated:
            raise BadRequestData(f"{key} is urn:ngsi-ld:null, which deletes nothing here.")
        return True

    def observed_at(self, instance: Instance, key: str, value: Any) -> None:
        if self.unset(key, value):
            self._forget(instance, key)
            return
        parse_datetime(value, key)
        instance[key] = value

    def expires_at(self, instance: Instance, key: str, value: Any) -> None:
        if self.unset(key, value):
            self._forget(instance, key)
            return
        instance[key] = instant(parse_datetime(value, key))

    def _forget(self, instance: Instance, key: str) -> None:
        if self.rules.members:
            instance[key] = NULL

    def dataset(self, instance: Instance, key: str, value: Any) -> None:
        if found := dataset_id(value):
            instance[key] = found

    def unit_code(self, instance: Instance, key: str, value: Any) -> None:
        if instance["type"] not in UNITS:
            raise BadRequestData(f"A {instance['type']} has no unitCode.")
        if self.unset(key, value):
            self._forget(instance, key)
            return
        if type(value) is not str or not value:
            raise BadRequestData(f"unitCode is not a text: {shown(value)}.")
        check_text(value)
        instance[key] = value

    def object_type(self, instance: Instance, key: str, value: Any) -> None:
        self._typed(instance, key, value, instance["type"] in RELATIONS)

    def value_type(self, instance: Instance, key: str, value: Any) -> None:
        self._typed(instance, key, value, instance["type"] not in RELATIONS)
        if instance["type"] == "LanguageProperty" and instance.get(key, LANG_STRING) not in (LANG_STRING, NULL):
            raise BadRequestData("The valueType of a LanguageProperty is langString.")

    def _typed(self, instance: Instance, key: str, value: Any, fits: bool) -> None:
        if not fits:
            raise BadRequestData(f"A {instance['type']} has no {key}.")
        if self.unset(key, value):
            self._forget(instance, key)
            return
        terms = value if type(value) is list and value else [value]
        for term in terms:
            if type(term) is not str or not term:
                raise BadRequestData(f"{key} is not a term: {shown(term)}.")
            check_text(term)
        found = [LANG_STRING if term == "langString" else self.context.expand_value(term) for term in terms]
        instance[key] = found if type(value) is list else found[0]

    def deleted_at(self, instance: Instance, key: str, value: Any) -> None:
        if self.rules.repeated:
            instance[key] = instant(parse_datetime(value, key))

    def ignored(self, instance: Instance, key: str, value: Any) -> None:
        """What only we write: a client that sends back what it has read is not refused."""

    def refused(self, instance: Instance, key: str, value: Any) -> None:
        raise BadRequestData(f"{key} may not be sent in a {instance['type']}.")


_OURS = ("createdAt", "modifiedAt", "instanceId", "lang")
_PREVIOUS = tuple("previous" + member[0].upper() + member[1:] for member in VALUES)
_NEVER = ("id", "@id", "@context", "scope", "entity", "entityList", *_PREVIOUS, *VALUES)

_MEMBERS: Mapping[str, Callable[[Reader, Instance, str, Any], None]] = {
    "observedAt": Reader.observed_at,
    "datasetId": Reader.dataset,
    "unitCode": Reader.unit_code,
    "objectType": Reader.object_type,
    "valueType": Reader.value_type,
    "expiresAt": Reader.expires_at,
    "deletedAt": Reader.deleted_at,
    **dict.fromkeys(_OURS, Reader.ignored),
    **dict.fromkeys(_NEVER, Reader.refused),
}

_FRAGMENT_MEMBERS = frozenset(["observedAt", "datasetId", "unitCode", "objectType", "valueType", "expiresAt"])
"""A concise object that holds one of them, where values may be missing, is a part of an attribute and no value."""
