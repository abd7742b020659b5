"""Reading entities and attributes as clients send them: validated, with stored names, whatever their representation.

One reader serves single and batch operations, the temporal API and notifications (ETSI GS CIM 009 V1.8.1, 5.2.2, 5.5.4).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from parvis.telemetry.context.attributes import NULL, Instance
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild import names
from parvis.telemetry.context.ngsild.geometry import geometry, is_geometry
from parvis.telemetry.context.ngsild.instances import Reader
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.modes import RULES, Mode
from parvis.telemetry.context.store.values import Fragment

if TYPE_CHECKING:
    from parvis.telemetry.context.jsonld.context import Context

__all__ = ["Mode", "read_attribute", "read_entity", "read_types"]

MOST_TYPES = 100


def read_entity(
    document: Any, context: "Context", *, mode: Mode, needs_id: bool = False, simplified: bool = False
) -> Fragment:
    """An entity, or a fragment of one; a GeoJSON Feature too.

    `needs_id`: also where the mode does not ask for it (batches). `simplified`: several instances may be told as
    `{"dataset": {"@none": value, ...}}`. In Mode.TEMPORAL a scope given as instances stands among the attributes as `scope`.
    Raises BadRequestData.
    """
    if type(document) is not dict:
        raise BadRequestData("An entity is a JSON object.")
    if document.get("type") == "Feature" and _is_feature(document):
        document = _unfolded(document)
    fragment = Fragment()
    attributes = fragment.attributes
    rules = RULES[mode]
    reader = Reader(context, rules)
    named = context.attribute_name
    for term, given in document.items():
        if head := _HEAD.get(term):
            head(fragment, given, reader)
            continue
        name = named(term)
        if name in attributes:
            raise BadRequestData(f"The attribute {names.shown(term)} is told twice.")
        attributes[name] = reader.attribute(name, _datasets(given) if simplified else given)
    if fragment.urn is None and (rules.named or needs_id):
        raise BadRequestData("The entity has no id.")
    if rules.named and not fragment.types:
        raise BadRequestData("The entity has no type.")
    return fragment


def read_attribute(document: Any, context: "Context", *, mode: Mode, name: str) -> list[Instance]:
    """What a body says of the attribute of this stored name. Raises BadRequestData."""
    if not document:
        raise BadRequestData("The fragment is empty.")
    if isinstance(document, dict) and "@context" in document:
        document = {key: value for key, value in document.items() if key != "@context"}
        if not document:
            raise BadRequestData("The fragment is empty.")
    return Reader(context, RULES[mode]).attribute(name, document)


def read_types(given: Any, context: "Context") -> list[str]:
    """Stored names, each once, in the order given. Raises BadRequestData."""
    if type(given) is str and given != NULL:
        return [context.name(given)]
    if type(given) is not list or not 0 < len(given) <= MOST_TYPES:
        raise BadRequestData(f"type is neither a name nor an array of names: {names.shown(given)}.")
    for one in given:
        if type(one) is not str or one == NULL:
            raise BadRequestData(f"A type is not a name: {names.shown(one)}.")
    return list(dict.fromkeys(map(context.name, given)))


def _id(fragment: Fragment, given: Any, reader: Reader) -> None:
    fragment.urn = names.uri(given)


def _type(fragment: Fragment, given: Any, reader: Reader) -> None:
    fragment.types = read_types(given, reader.context)


def _scope(fragment: Fragment, given: Any, reader: Reader) -> None:
    if given == NULL:
        if not reader.rules.first_level:
            raise BadRequestData("scope is urn:ngsi-ld:null, which deletes nothing here.")
        fragment.scopes = []
        return
    if reader.rules.repeated and _holds_instances(given):
        fragment.attributes["scope"] = [_scope_instance(one, reader) for one in _listed(given)]
        return
    fragment.scopes = names.scopes(given)


def _scope_instance(given: Any, reader: Reader) -> Instance:
    if type(given) is not dict:
        raise BadRequestData(f"This is not an instance of scope: {names.shown(given)}.")
    value = given.get("value")
    instance: Instance = {"type": "Property", "value": [] if value in (NULL, []) else names.scopes(value)}
    for key in ("observedAt", "deletedAt"):
        if key in given:
            parse_datetime(given[key], key)
            instance[key] = given[key]
    return instance


def _holds_instances(given: Any) -> bool:
    return any(type(one) is dict for one in _listed(given))


def _listed(given: Any) -> list[Any]:
    return given if type(given) is list else [given]


def _expires_at(fragment: Fragment, given: Any, reader: Reader) -> None:
    if given == NULL:
        if not reader.rules.first_level:
            raise BadRequestData("expiresAt is urn:ngsi-ld:null, which deletes nothing here.")
        fragment.never_expires = True
        return
    fragment.expires_at = parse_datetime(given, "expiresAt")


def _ignored(fragment: Fragment, given: Any, reader: Reader) -> None:
    """What only we write, or what was read before: the @context."""


_HEAD: Mapping[str, Callable[[Fragment, Any, Reader], None]] = {
    "id": _id,
    "@id": _id,
    "type": _type,
    "@type": _type,
    "scope": _scope,
    "expiresAt": _expires_at,
    **dict.fromkeys(("@context", "createdAt", "modifiedAt", "deletedAt"), _ignored),
}


def _is_feature(document: Mapping[str, Any]) -> bool:
    """Of the shape of RFC 7946, 3.2; an entity of type Feature has attributes there instead."""
    shape = document.get("geometry")
    return type(document.get("properties")) is dict and (shape is None or is_geometry(shape)) and "geometry" in document


def _unfolded(feature: Mapping[str, Any]) -> dict[str, Any]:
    """The entity of a Feature. Its geometry is its location, unless an attribute says the same place."""
    entity = {key: feature[key] for key in ("id", "@context") if key in feature} | dict(feature["properties"])
    shape = feature["geometry"]
    if shape is None or "location" in entity or any(_says(one, shape) for one in entity.values()):
        return entity
    return entity | {"location": {"type": "GeoProperty", "value": geometry(shape)}}


def _says(attribute: Any, shape: Any) -> bool:
    instances = attribute if type(attribute) is list else [attribute]
    return any(one == shape or (type(one) is dict and one.get("value") == shape) for one in instances)


def _datasets(given: Any) -> Any:
    """Several instances told by their values alone, one by one; anything else as it is."""
    if type(given) is not dict or given.keys() != {"dataset"}:
        return given
    values = given["dataset"]
    if type(values) is not dict or not values:
        raise BadRequestData(f"A dataset is an object of values by datasetId: {names.shown(values)}.")
    return [_of_dataset(dataset, value) for dataset, value in values.items()]


def _of_dataset(dataset: str, value: Any) -> dict[str, Any]:
    wrapped = type(value) is dict and len(value) == 1 and not value.keys().isdisjoint(("languageMap", "vocab", "json"))
    return (value if wrapped else {"value": value}) | {"datasetId": dataset}
