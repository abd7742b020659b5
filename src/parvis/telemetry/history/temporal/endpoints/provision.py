"""Writing the past (ETSI GS CIM 009 V1.8.1, 6.18 to 6.22)."""

from typing import Any
from urllib.parse import quote

from parvis.telemetry.context.attributes import VALUE_MEMBERS
from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, created, nothing
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.broker.provision import check_fragment
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.store.values import Fragment
from parvis.telemetry.history.identities import Subject
from parvis.telemetry.history.names import AttributeKey
from parvis.telemetry.history.recording import SCOPE
from parvis.telemetry.history.temporal.writing import (
    add,
    amend,
    forget_attribute,
    forget_thing,
    place,
    seen_subject,
    take_out,
    tell,
)


@endpoint(
    "POST",
    "/temporal/entities",
    right=Right.WRITE,
    parameters=(parameters.LOCAL,),
    body=Body.OBJECT,
    makes_tenant=True,
    answers={201: "there is a new history", 204: "instances were added to the one there was"},
)
def tell_history(asked: Asked) -> Answer:
    """Creates the history of an entity, or adds to it."""
    fragment = _fragment(asked, needs_id=True)
    urn = fragment.urn or ""
    return created(f"/temporal/entities/{quote(urn, safe=':')}") if tell(asked, fragment) else nothing()


@endpoint(
    "DELETE",
    "/temporal/entities/{entityId}",
    right=Right.WRITE,
    parameters=(parameters.LOCAL,),
    empty_part=405,
    answers={204: "forgotten"},
)
def delete_history(asked: Asked) -> Answer:
    """Forgets the history of an entity."""
    forget_thing(asked, _subject(asked))
    return nothing()


@endpoint(
    "POST",
    "/temporal/entities/{entityId}/attrs",
    right=Right.WRITE,
    parameters=(parameters.LOCAL,),
    body=Body.OBJECT,
    answers={204: "added"},
)
def add_instances(asked: Asked) -> Answer:
    """Adds instances to the history of an entity."""
    urn = uri(asked.path["entityId"])
    fragment = _fragment(asked)
    if not fragment.attributes and not fragment.scopes and not fragment.types:
        raise BadRequestData("The fragment tells nothing.")
    add(asked, seen_subject(asked, urn), fragment)
    return nothing()


@endpoint(
    "DELETE",
    "/temporal/entities/{entityId}/attrs/{attrName}",
    right=Right.WRITE,
    parameters=(
        parameters.text("datasetId", "the instances of this dataset"),
        parameters.flag("deleteAll", "those of all datasets"),
        parameters.LOCAL,
    ),
    empty_part=405,
    answers={204: "forgotten"},
)
def delete_attribute(asked: Asked) -> Answer:
    """Forgets the history of an attribute: of its default instances, of those of a dataset, or of all."""
    subject, name = _subject(asked), _attribute(asked)
    everything = asked.query.flag("deleteAll")
    dataset = asked.query.get("datasetId")
    if "datasetId" in asked.query and dataset != "@none":
        uri(dataset, "datasetId")
    wanted = "" if dataset == "@none" else dataset

    def means(key: AttributeKey) -> bool:
        return everything or key.dataset_id == wanted

    forget_attribute(asked, subject, name, means)
    return nothing()


@endpoint(
    "PATCH",
    "/temporal/entities/{entityId}/attrs/{attrName}/{instanceId}",
    right=Right.WRITE,
    parameters=(parameters.LOCAL,),
    body=Body.OBJECT,
    empty_part=405,
    answers={204: "modified"},
)
def modify_instance(asked: Asked) -> Answer:
    """Gives an instance another content."""
    name, instance_id = _attribute(asked), uri(asked.path["instanceId"], "instanceId")
    urn = uri(asked.path["entityId"])
    fragment = _read(asked, _named(asked.body, asked.path["attrName"]))
    instances = fragment.attributes.get(name, [])
    if len(instances) != 1 or len(fragment.attributes) != 1:
        raise BadRequestData("The fragment holds one instance of the attribute, and nothing else.")
    subject = seen_subject(asked, urn)
    amend(asked, subject, place(subject, name, instance_id), instances[0])
    return nothing()


@endpoint(
    "DELETE",
    "/temporal/entities/{entityId}/attrs/{attrName}/{instanceId}",
    right=Right.WRITE,
    parameters=(parameters.LOCAL,),
    answers={204: "forgotten"},
)
def delete_instance(asked: Asked) -> Answer:
    """Forgets one instance."""
    name, instance_id = _attribute(asked), uri(asked.path["instanceId"], "instanceId")
    subject = _subject(asked)
    take_out(asked, subject, place(subject, name, instance_id))
    return nothing()


def _named(body: dict[str, Any], attribute: str) -> dict[str, Any]:
    """An instance may come alone, without the name of its attribute: its members cannot be names of attributes."""
    if body.keys().isdisjoint(_VALUES):
        return body
    return {attribute: {name: value for name, value in body.items() if name != "@context"}}


_VALUES = frozenset(VALUE_MEMBERS.values())


def _fragment(asked: Asked, *, needs_id: bool = False) -> Fragment:
    return _read(asked, asked.body, needs_id=needs_id)


def _read(asked: Asked, body: Any, *, needs_id: bool = False) -> Fragment:
    fragment = read_entity(body, asked.context, mode=Mode.TEMPORAL, needs_id=needs_id)
    check_fragment(asked, fragment)
    return fragment


def _subject(asked: Asked) -> Subject:
    return seen_subject(asked, uri(asked.path["entityId"]))


def _attribute(asked: Asked) -> str:
    """The stored name of the attribute of the path; scopes have a history too."""
    given = asked.path["attrName"]
    if given == SCOPE.name:
        return given
    name = asked.context.attribute_name(given)
    asked.rights.check_entity(asked.rights.types or (), (name,))
    return name


ENDPOINTS: tuple[Endpoint, ...] = (
    tell_history,
    delete_history,
    add_instances,
    delete_attribute,
    modify_instance,
    delete_instance,
)
