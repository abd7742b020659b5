"""The past of a thing as JSON: instances one by one, or pairs of value and instant (ETSI GS CIM 009 V1.8.1, 4.5.6 to 4.5.9)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from parvis.telemetry.context.attributes import NULL, NULL_MAP, VALUE_MEMBERS, Instance, instant_text
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.rendering import (
    Kind,
    Representation,
    one_or_all,
    render_instance,
    rendered_types,
)
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.history.names import AttributeKey, ShapeKey, shapes_of
from parvis.telemetry.history.reading import Observed
from parvis.telemetry.history.rows import instance_of, number_of
from parvis.telemetry.history.temporal.asking import Form, Wish
from parvis.telemetry.history.temporal.evolutions import Evolution
from parvis.telemetry.history.temporal.instances import namer

SCOPE = "scope"

_VALUES_MEMBERS = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}


class Artist:
    """Draws the evolutions of one answer."""

    def __init__(self, context: Context, wish: Wish, asks: Wanted) -> None:
        self.context, self.wish, self.asks = context, wish, asks
        kind = Kind.CONCISE if wish.form is Form.CONCISE else Kind.NORMALIZED
        self.how = Representation(kind=kind, lang=asks.lang)
        self.bare = wish.form is Form.NORMALIZED and not wish.sys_attrs

    def head(self, evolution: Evolution) -> dict[str, Any]:
        thing, projected = evolution.subject.thing, self.asks.projection
        drawn: dict[str, Any] = {}
        if projected is None or projected.keeps("id"):
            drawn["id"] = thing.urn
        if projected is None or projected.keeps("type"):
            drawn["type"] = rendered_types(thing.types, self.context)
        if self.wish.sys_attrs:
            drawn["createdAt"] = instant_text(thing.created_at)
            drawn["modifiedAt"] = instant_text(thing.modified_at)
            if evolution.subject.deleted_at is not None:
                drawn["deletedAt"] = instant_text(evolution.subject.deleted_at)
        return drawn

    def entity(self, evolution: Evolution) -> dict[str, Any]:
        """With every instance, or with pairs of values and instants."""
        drawn = self.head(evolution)
        shapes = shapes_of({row.shape_id for rows in evolution.series.values() for row in rows})
        named: dict[str, list[tuple[AttributeKey, Sequence[Observed]]]] = {}
        for key, rows in evolution.series.items():
            named.setdefault(key.name, []).append((key, rows))
        for name, several in named.items():
            term = SCOPE if name == SCOPE else self.context.term(name)
            if self.wish.form is Form.VALUES:
                drawn[term] = self._pairs(several, shapes)
            else:
                drawn[term] = self._instances(evolution.subject.id, several, shapes)
        return drawn

    # --- Instances

    def _instances(
        self,
        entity_id: int,
        several: Sequence[tuple[AttributeKey, Sequence[Observed]]],
        shapes: Mapping[int, ShapeKey],
    ) -> list[Any]:
        """Of all datasets together, in the order of time. Instants are left to the encoder of the answer, which writes them in C."""
        drawn: list[tuple[datetime, dict[str, Any]]] = []
        for key, rows in several:
            name_at = namer(entity_id, key)
            plain = self.bare and not key.dataset_id
            for row in rows:
                shape = shapes[row.shape_id]
                if plain and row.document is None and row.value is not None:
                    instance = _plain(shape, row, name_at)
                else:
                    instance = self._instance(name_at, key, row, shape)
                drawn.append((row.at, instance))
        if len(several) > 1:
            drawn.sort(key=_first, reverse=self.wish.last is not None)
        return [instance for _, instance in drawn]

    def _instance(
        self, name_at: Callable[[datetime], str], key: AttributeKey, row: Observed, shape: ShapeKey
    ) -> dict[str, Any]:
        rest = row.rest
        drawn = self._drawn(key, shape, row, rest)
        if not shape.unobserved:
            drawn["observedAt"] = row.observed_at
        if key.dataset_id:
            drawn["datasetId"] = key.dataset_id
        drawn["instanceId"] = rest.get("instanceId") or name_at(row.observed_at)
        if shape.deleted:
            drawn["deletedAt"] = rest.get("deletedAt", row.written_at)
        if self.wish.sys_attrs:
            drawn["createdAt"] = rest.get("createdAt", row.written_at)
            drawn["modifiedAt"] = row.written_at
            if "expiresAt" in rest:
                drawn["expiresAt"] = rest["expiresAt"]
        return drawn

    def _drawn(self, key: AttributeKey, shape: ShapeKey, row: Observed, rest: Mapping[str, Any]) -> dict[str, Any]:
        instance = stored_instance(key, shape, row, rest)
        if shape.deleted:
            return instance
        drawn = render_instance(instance, self.context, self.how)
        return drawn if isinstance(drawn, dict) and not drawn.keys().isdisjoint(_VALUED) else {"value": drawn}

    # --- Values

    def _pairs(self, several: Sequence[tuple[AttributeKey, Sequence[Observed]]], shapes: Mapping[int, ShapeKey]) -> Any:
        """One object, or one for each dataset (and each type of attribute, should it have changed)."""
        groups: dict[tuple[str, str], list[Any]] = {}
        for key, rows in several:
            if not rows:
                groups.setdefault((key.dataset_id, "Property"), [])
            for row in rows:
                shape = shapes[row.shape_id]
                kind, value = self._value(key, shape, row)
                groups.setdefault((key.dataset_id, kind), []).append([value, row.at])
        drawn = [_group(dataset, kind, pairs) for (dataset, kind), pairs in groups.items()]
        return drawn[0] if len(drawn) == 1 else drawn

    def _value(self, key: AttributeKey, shape: ShapeKey, row: Observed) -> tuple[str, Any]:
        """Numbers of a series are all of one kind, so with a fraction, be it .0."""
        if row.value is not None and row.document is None:
            return shape.kind, row.value
        instance = stored_instance(key, shape, row, row.rest)
        if not shape.deleted:
            instance = render_instance(instance, self.context, self.how)
        kind = instance.get("type", "Property")
        member = VALUE_MEMBERS[kind]
        value = instance[member]
        if row.value is not None and isinstance(value, int) and not isinstance(value, bool):
            value = row.value
        if kind == "ListRelationship" and isinstance(value, list):
            value = [one["object"] if isinstance(one, dict) else one for one in value]
        return kind, {member: value} if kind in _WRAPPED else value


_WRAPPED = frozenset(("LanguageProperty", "VocabProperty", "JsonProperty"))
_VALUED = frozenset(VALUE_MEMBERS.values())


def _plain(shape: ShapeKey, row: Observed, name_at: Callable[[datetime], str]) -> dict[str, Any]:
    """Of a number without anything else to tell."""
    drawn: dict[str, Any] = {"type": shape.kind, "value": number_of(row.value or 0.0)}
    if shape.unit_code:
        drawn["unitCode"] = shape.unit_code
    if not shape.unobserved:
        drawn["observedAt"] = row.observed_at
    drawn["instanceId"] = name_at(row.observed_at)
    return drawn


def _first(pair: tuple[datetime, Any]) -> datetime:
    return pair[0]


def _group(dataset: str, kind: str, pairs: list[Any]) -> dict[str, Any]:
    drawn: dict[str, Any] = {"type": kind}
    if dataset:
        drawn["datasetId"] = dataset
    return drawn | {_VALUES_MEMBERS[kind]: pairs}


def stored_instance(key: AttributeKey, shape: ShapeKey, row: Observed, rest: Mapping[str, Any]) -> Instance:
    """In stored form, without its times. A record of deletion has the null of its type; scopes deleted are none."""
    if shape.deleted:
        value: Any = [] if key.name == SCOPE else NULL_MAP if shape.kind == "LanguageProperty" else NULL
        return {"type": shape.kind, VALUE_MEMBERS.get(shape.kind, "value"): value}
    instance = instance_of(shape, row.value, {name: value for name, value in rest.items() if name not in _OURS})
    if key.name == SCOPE:
        instance["value"] = one_or_all(instance.get("value", []))
    return instance


def times_of(shape: ShapeKey, row: Observed, rest: Mapping[str, Any]) -> dict[str, str]:
    """The times that a stored instance tells of itself."""
    written = instant_text(row.written_at)
    told = {"createdAt": rest.get("createdAt", written), "modifiedAt": written}
    return told if shape.unobserved else told | {"observedAt": instant_text(row.observed_at)}


_OURS = frozenset(("instanceId", "createdAt", "deletedAt", "expiresAt"))


def summed_entity(
    artist: Artist, evolution: Evolution, said: Mapping[AttributeKey, tuple[str, Mapping[str, Any]]]
) -> dict[str, Any]:
    """With what is said of its attributes; one object, or one for each dataset."""
    drawn = artist.head(evolution)
    named: dict[str, list[dict[str, Any]]] = {}
    for key, (kind, methods) in said.items():
        one: dict[str, Any] = {"type": kind}
        if key.dataset_id:
            one["datasetId"] = key.dataset_id
        named.setdefault(key.name, []).append(one | dict(methods))
    for name, several in named.items():
        drawn[SCOPE if name == SCOPE else artist.context.term(name)] = several[0] if len(several) == 1 else several
    return drawn
