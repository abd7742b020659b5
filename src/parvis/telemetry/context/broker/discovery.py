"""`/types` and `/attributes`: what there is to ask for (ETSI GS CIM 009 V1.8.1, 5.7.5 to 5.7.10 and 6.25 to 6.28)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, document
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Endpoint, Right, endpoint
from parvis.telemetry.context.broker.problems import ResourceNotFound
from parvis.telemetry.context.federation.censuses import (
    Elsewhere,
    attribute_elsewhere,
    attributes_elsewhere,
    type_elsewhere,
    types_elsewhere,
)
from parvis.telemetry.context.jsonld.core import KEYWORDS
from parvis.telemetry.context.query import census
from parvis.telemetry.context.query.finding import Caller
from parvis.telemetry.context.vocabulary import iri_of

_LIST = (parameters.flag("details", "objects instead of names"), parameters.COUNT, parameters.LOCAL)


@endpoint("GET", "/types", right=Right.READ, parameters=_LIST, answers={200: "the types of living entities"})
def _types(asked: Asked) -> Answer:
    """Lists the types of entities, with the names of their attributes if details are wanted."""
    details = asked.query.flag("details")
    elsewhere = types_elsewhere(asked, details=details)
    counted = elsewhere.types | census.types(_caller(asked))
    if not details:
        return _warned(_names(asked, "EntityTypeList", "typeList", counted), elsewhere)
    having: dict[str, set[str]] = defaultdict(set)
    for one in [*census.attributes(_caller(asked)), *elsewhere.attributes]:
        having[one.type].add(one.attribute)
    answer = _listed(
        asked,
        [
            {
                "id": iri_of(name),
                "type": "EntityType",
                "typeName": asked.context.term(name),
                "attributeNames": _terms(asked, having[name]),
            }
            for name in sorted(counted)
        ],
    )
    return _warned(answer, elsewhere)


@endpoint(
    "GET",
    "/types/{type}",
    right=Right.READ,
    parameters=(parameters.LOCAL,),
    answers={200: "the type and its attributes", 404: "no entity is of this type"},
)
def _type(asked: Asked) -> Answer:
    """Tells how many entities are of a type, and the kinds of each of their attributes."""
    name = _named(asked, asked.path["type"])
    elsewhere = type_elsewhere(asked, name)
    count = census.types(_caller(asked), only=name).get(name, 0) + elsewhere.types.get(name, 0)
    if not count:
        raise _missing(f"There is no entity of type {asked.path['type']}.", elsewhere)
    kinds: dict[str, set[str]] = defaultdict(set)
    for one in [*census.attributes(_caller(asked), of_type=name), *elsewhere.attributes]:
        if one.type == name:
            kinds[one.attribute].add(one.kind)
    details = [
        {
            "id": iri_of(attribute),
            "type": "Attribute",
            "attributeName": asked.context.term(attribute),
            "attributeTypes": sorted(found),
        }
        for attribute, found in sorted(kinds.items())
    ]
    return document(
        asked,
        {
            "id": iri_of(name),
            "type": "EntityTypeInfo",
            "typeName": asked.context.term(name),
            "entityCount": count,
            "attributeDetails": details,
        },
        headers=elsewhere.headers,
    )


@endpoint("GET", "/attributes", right=Right.READ, parameters=_LIST, answers={200: "the attributes of living entities"})
def _attributes(asked: Asked) -> Answer:
    """Lists the attributes of entities, with the types that have them if details are wanted."""
    details = asked.query.flag("details")
    elsewhere = attributes_elsewhere(asked, details=details)
    having: dict[str, set[str]] = defaultdict(set)
    for one in [*census.attributes(_caller(asked)), *elsewhere.attributes]:
        having[one.attribute].add(one.type)
    if not details:
        return _warned(_names(asked, "AttributeList", "attributeList", having), elsewhere)
    answer = _listed(asked, [_described(asked, name, found) for name, found in sorted(having.items())])
    return _warned(answer, elsewhere)


@endpoint(
    "GET",
    "/attributes/{attrName}",
    right=Right.READ,
    parameters=(parameters.LOCAL,),
    answers={200: "the attribute, its kinds and the types that have it", 404: "no entity has this attribute"},
)
def _attribute(asked: Asked) -> Answer:
    """Tells how many entities have an attribute, of which types they are and of which kinds it is."""
    name = _named(asked, asked.path["attrName"])
    elsewhere = attribute_elsewhere(asked, name)
    found = census.attributes(_caller(asked), only=name)
    found += [one for one in elsewhere.attributes if one.attribute == name]
    if not found:
        raise _missing(f"No entity has the attribute {asked.path['attrName']}.", elsewhere)
    described = _described(asked, name, {one.type for one in found})
    described["attributeCount"] = census.holders(_caller(asked), name) + elsewhere.holders
    described["attributeTypes"] = sorted({one.kind for one in found if one.kind})
    return document(asked, described, headers=elsewhere.headers)


def _warned(answer: Answer, elsewhere: Elsewhere) -> Answer:
    answer.headers |= elsewhere.headers
    return answer


def _missing(detail: str, elsewhere: Elsewhere) -> ResourceNotFound:
    error = ResourceNotFound(detail)
    error.headers = elsewhere.headers
    return error


def _named(asked: Asked, term: str) -> str:
    """The stored name. `id` and `type` are members of each entity, so neither a type nor an attribute."""
    if term in KEYWORDS:
        raise ResourceNotFound(f"{term} is neither a type nor an attribute.")
    return asked.context.name(term)


def _caller(asked: Asked) -> Caller:
    return Caller(tenant_id=asked.tenant.id, rights=asked.rights, now=asked.now)


def _described(asked: Asked, name: str, types: Iterable[str]) -> dict[str, Any]:
    return {
        "id": iri_of(name),
        "type": "Attribute",
        "attributeName": asked.context.term(name),
        "typeNames": _terms(asked, types),
    }


def _terms(asked: Asked, names: Iterable[str]) -> list[str]:
    return sorted(map(asked.context.term, names))


def _names(asked: Asked, kind: str, member: str, names: Iterable[str]) -> Answer:
    """One document with a list of names; its id is the same as long as the list is."""
    terms = _terms(asked, names)
    body = {"id": f"urn:ngsi-ld:{kind}:{uuid5(NAMESPACE_URL, ' '.join(terms))}", "type": kind, member: terms}
    return _counted(asked, body, len(terms))


def _listed(asked: Asked, items: list[dict[str, Any]]) -> Answer:
    return _counted(asked, items, len(items))


def _counted(asked: Asked, body: Any, total: int) -> Answer:
    """Names are few: these lists have no pages."""
    headers = {"NGSILD-Results-Count": str(total)} if asked.query.flag("count") else {}
    return document(asked, body, headers=headers)


ENDPOINTS: tuple[Endpoint, ...] = (_types, _type, _attributes, _attribute)
