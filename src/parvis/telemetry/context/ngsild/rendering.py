"""Entities as clients read them: normalized, concise, simplified, GeoJSON (ETSI GS CIM 009 V1.8.1, 4.5.3, 4.5.4, 4.5.16, 4.5.17).

Values are shared with what is stored, never copied: who changes an answer copies first.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from parvis.telemetry.context.attributes import (
    OWN_MEMBERS,
    PREVIOUS_MEMBERS,
    SYSTEM_MEMBERS,
    VALUE_MEMBERS,
    Instance,
    instances_of,
    is_deletion,
)
from parvis.telemetry.context.ngsild.concise import means_itself
from parvis.telemetry.context.ngsild.geometry import is_geometry
from parvis.telemetry.context.ngsild.instants import instant
from parvis.telemetry.context.ngsild.languages import in_language
from parvis.telemetry.context.ngsild.versions import Version, downgraded
from parvis.telemetry.context.store.values import Stored

if TYPE_CHECKING:
    from parvis.telemetry.context.jsonld.context import Context

DEFAULT_GEOMETRY = "location"
NONE = "@none"


class Kind(Enum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


class Projection(Protocol):
    """What a request wants of an entity (`attrs`, `pick`, `omit`)."""

    def keeps(self, member: str) -> bool:
        """Of `id`, `type`, `scope`, or the stored name of an attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """How an answer is to be. `dataset_ids`: the instances wanted, `@none` the default ones; None all. `lang`: an
    Accept-Language value, empty for none. `version`: what the client understands, None the present one."""

    kind: Kind = Kind.NORMALIZED
    sys_attrs: bool = False
    lang: str = ""
    dataset_ids: frozenset[str] | None = None
    projection: Projection | None = None
    version: Version | None = None


NORMALIZED = Representation()


def render(stored: Stored, context: "Context", how: Representation = NORMALIZED) -> dict[str, Any]:
    """The entity, without @context."""
    keeps = how.projection.keeps if how.projection is not None else _everything
    document: dict[str, Any] = {}
    if keeps("id"):
        document["id"] = stored.urn
    document |= _head(stored, context, how, keeps)
    _attributes(document, stored, context, how, keeps)
    return document


def _everything(member: str) -> bool:
    return True


def _head(stored: Stored, context: "Context", how: Representation, keeps: Callable[[str], bool]) -> dict[str, Any]:
    head: dict[str, Any] = {}
    if keeps("type"):
        head["type"] = rendered_types(stored.types, context)
    if stored.scopes and keeps("scope"):
        head["scope"] = one_or_all(stored.scopes)
    if how.sys_attrs:
        head["createdAt"] = instant(stored.created_at)
        head["modifiedAt"] = instant(stored.modified_at)
        if stored.expires_at is not None:
            head["expiresAt"] = instant(stored.expires_at)
    return head


def rendered_types(types: list[str], context: "Context") -> str | list[str]:
    if len(types) == 1:
        return context.term(types[0])
    return [context.term(one) for one in types]


def one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _attributes(
    document: dict[str, Any],
    stored: Stored,
    context: "Context",
    how: Representation,
    keeps: Callable[[str], bool],
) -> None:
    term = context.term
    painter = _Painter(context, how, stored)
    draw = painter.attribute
    everything = keeps is _everything
    for name, attribute in stored.attributes.items():
        if everything or keeps(name):
            drawn = draw(attribute)
            if drawn is not _NOTHING:
                document[term(name)] = drawn


def render_attribute(attribute: Any, context: "Context", how: Representation, *, stored: Stored | None = None) -> Any:
    """An attribute in stored form; None when the request wants no instance of it. `stored` tells its times when it does not."""
    drawn = _Painter(context, how, stored).attribute(attribute)
    return None if drawn is _NOTHING else drawn


def render_instance(instance: Instance, context: "Context", how: Representation = NORMALIZED) -> Any:
    """One instance, whatever `how` says of datasets. A deletion is rendered as such."""
    return _Painter(context, how, None).instance(instance)


_NOTHING: Any = object()


class _Painter:
    """Of the attributes of one entity in one representation."""

    __slots__ = ("context", "dataset_ids", "instance", "lang", "one_of_several", "stored", "sys_attrs", "version")

    def __init__(self, context: "Context", how: Representation, stored: Stored | None) -> None:
        self.context = context
        self.lang = how.lang
        self.dataset_ids = how.dataset_ids
        self.sys_attrs = how.sys_attrs
        self.version = how.version
        self.stored = stored
        self.instance: Callable[[Instance], Any] = {
            Kind.NORMALIZED: self._normalized,
            Kind.CONCISE: self._concise,
            Kind.SIMPLIFIED: self._simplified,
        }[how.kind]
        self.one_of_several = self._terse if how.kind is Kind.CONCISE else self.instance

    def attribute(self, attribute: Any) -> Any:
        """One instance, several, or nothing."""
        if type(attribute) is dict:
            if self.dataset_ids is not None and attribute.get("datasetId", NONE) not in self.dataset_ids:
                return _NOTHING
            return self.instance(attribute)
        instances = [
            one for one in attribute if self.dataset_ids is None or one.get("datasetId", NONE) in self.dataset_ids
        ]
        if len(instances) < 2:
            return self.instance(instances[0]) if instances else _NOTHING
        if self.instance == self._simplified:
            return {"dataset": {one.get("datasetId", NONE): self._simplified(one) for one in instances}}
        return [self.one_of_several(one) for one in instances]

    def _prepared(self, instance: Instance) -> Instance:
        if self.lang and instance.get("type") == "LanguageProperty" and not is_deletion(instance):
            instance = in_language(instance, self.lang)
        if self.version is not None:
            if "vocab" in instance:
                instance = instance | {"vocab": self._named("vocab", instance["vocab"])}
            instance = downgraded(instance, self.version)
        return instance

    def _normalized(self, instance: Instance) -> dict[str, Any]:
        if self.lang or self.version is not None:
            instance = self._prepared(instance)
        drawn: dict[str, Any] = {"type": instance.get("type", "Property")}
        for key, value in instance.items():
            if key in _AS_STORED:
                drawn[key] = value
            elif key not in OWN_MEMBERS:
                drawn[self.context.term(key)] = self._sub(value)
            elif key not in SYSTEM_MEMBERS and key != "type":
                drawn[key] = self._named(key, value)
        if self.sys_attrs:
            self._add_times(drawn, instance)
        return drawn

    def _sub(self, attribute: Any) -> Any:
        if type(attribute) is dict:
            return self.instance(attribute)
        return [self.one_of_several(one) for one in attribute]

    def _named(self, key: str, value: Any) -> Any:
        """Members whose values are names or types."""
        compact = self.context.term if key == "entityTypeSealed" else self.context.compact_value
        return [compact(one) for one in value] if type(value) is list else compact(value)

    def _add_times(self, drawn: dict[str, Any], instance: Instance) -> None:
        for key in SYSTEM_MEMBERS:
            if key in instance:
                drawn[key] = instance[key]
        if self.stored is not None:
            drawn.setdefault("createdAt", instant(self.stored.created_at))
            drawn.setdefault("modifiedAt", instant(self.stored.modified_at))

    def _concise(self, instance: Instance) -> Any:
        """Nothing but the value, when there is nothing else and a reader takes it for what it is."""
        drawn = self._terse(instance)
        value = drawn.get("value")
        if len(drawn) == 1 and (is_geometry(value) or ("value" in drawn and means_itself(value))):
            return value
        return drawn

    def _terse(self, instance: Instance) -> dict[str, Any]:
        """Without its type, when a reader infers it."""
        drawn = self._normalized(instance)
        kind = drawn["type"]
        if kind == "Property" and is_geometry(drawn.get("value")):
            return drawn
        if kind == "ListRelationship" and type(drawn["objectList"]) is list:
            drawn["objectList"] = [one["object"] for one in drawn["objectList"]]
        del drawn["type"]
        return drawn

    def _simplified(self, instance: Instance) -> Any:
        if self.lang or self.version is not None:
            instance = self._prepared(instance)
        kind = instance.get("type", "Property")
        member = VALUE_MEMBERS[kind]
        value = instance[member]
        if kind in ("LanguageProperty", "JsonProperty"):
            return {member: value}
        if kind == "VocabProperty":
            return {member: self._named(member, value)}
        if kind == "ListRelationship" and type(value) is list:
            return [one["object"] for one in value]
        return value


_AS_STORED = frozenset(
    [
        "value",
        "object",
        "languageMap",
        "json",
        "valueList",
        "objectList",
        "observedAt",
        "unitCode",
        "datasetId",
        "lang",
        "entityIdSealed",
    ]
    + [member for member in PREVIOUS_MEMBERS.values() if member != "previousVocab"]
)


def feature(
    stored: Stored, context: "Context", how: Representation = NORMALIZED, *, geometry_property: str = DEFAULT_GEOMETRY
) -> dict[str, Any]:
    """A Feature of RFC 7946; `geometry_property` is a stored name. `geometry` is null when there is none."""
    properties = render(stored, context, how)
    document: dict[str, Any] = {}
    if "id" in properties:
        document["id"] = properties.pop("id")
    document["type"] = "Feature"
    document["geometry"] = _shape(stored.attributes.get(geometry_property), how.dataset_ids)
    document["properties"] = properties
    return document


def _shape(attribute: Any, dataset_ids: frozenset[str] | None) -> Any:
    """That of the default instance, or of the first the request asks for."""
    wanted = dataset_ids if dataset_ids is not None else _DEFAULT_ONLY
    for one in instances_of(attribute):
        if one.get("datasetId", NONE) in wanted:
            value = one.get("value")
            return value if one.get("type") == "GeoProperty" and is_geometry(value) else None
    return None


_DEFAULT_ONLY = frozenset([NONE])


def feature_collection(features: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Without @context, of its own or of the features."""
    return {"type": "FeatureCollection", "features": list(features)}
