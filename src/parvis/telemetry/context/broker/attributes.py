"""Writing the attributes of one entity (ETSI GS CIM 009 V1.8.1, 5.6.2 to 5.6.5, 5.6.19)."""

from msgspec import structs

from parvis.telemetry.context.broker.answering import Answer, Write
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.parameters import LOCAL, TYPE, flag, text, words
from parvis.telemetry.context.broker.provision import (
    check_fragment,
    entity_id,
    guard_of,
    no_content,
    told,
    writing,
)
from parvis.telemetry.context.federation.writes import (
    APPEND,
    DELETE_ATTRIBUTE,
    PARTIAL_UPDATE,
    REPLACE_ATTRIBUTE,
    UPDATE,
    written,
)
from parvis.telemetry.context.ngsild.attribute_operations import DeleteAttribute, PartialUpdate, ReplaceAttribute
from parvis.telemetry.context.ngsild.names import dataset_id
from parvis.telemetry.context.ngsild.operations import SCOPE, AppendAttributes, UpdateAttributes
from parvis.telemetry.context.ngsild.reading import Mode, read_attribute, read_entity
from parvis.telemetry.context.store.values import Fragment

_NO_OVERWRITE = words("options", "noOverwrite")


@endpoint(
    "POST",
    "/entities/{entityId}/attrs",
    right=Right.WRITE,
    parameters=(TYPE, _NO_OVERWRITE, LOCAL),
    body=Body.OBJECT,
    answers={204: "appended", 207: "appended in part"},
)
def append_attributes(asked: Asked) -> Answer | Write:
    """Appends attributes; those there already are replaced, unless `options=noOverwrite`."""
    urn = entity_id(asked)
    fragment = read_entity(asked.body, asked.context, mode=Mode.APPEND)
    check_fragment(asked, fragment)
    overwrite = "noOverwrite" not in asked.query.options
    only = guard_of(asked)

    def here(part: Fragment) -> Write:
        return writing(AppendAttributes(urn=urn, fragment=part, overwrite=overwrite, only=only), told)

    return written(asked, APPEND, structs.replace(fragment, urn=urn), here)


@endpoint(
    "PATCH",
    "/entities/{entityId}/attrs",
    right=Right.WRITE,
    parameters=(TYPE, LOCAL),
    body=Body.OBJECT,
    answers={204: "updated", 207: "updated in part"},
)
def update_attributes(asked: Asked) -> Answer | Write:
    """Updates attributes, each as a whole."""
    urn = entity_id(asked)
    fragment = read_entity(asked.body, asked.context, mode=Mode.UPDATE)
    check_fragment(asked, fragment)
    only = guard_of(asked)

    def here(part: Fragment) -> Write:
        return writing(UpdateAttributes(urn=urn, fragment=part, only=only), told)

    return written(asked, UPDATE, structs.replace(fragment, urn=urn), here)


@endpoint(
    "PATCH",
    "/entities/{entityId}/attrs/{attrName}",
    right=Right.WRITE,
    parameters=(TYPE, LOCAL),
    body=Body.OBJECT,
    answers={204: "updated", 207: "updated in part"},
)
def partial_update_attribute(asked: Asked) -> Answer | Write:
    """Updates members of one instance of an attribute; the others are kept."""
    urn, name = entity_id(asked), attribute_name(asked)
    instances = [] if name == SCOPE else read_attribute(asked.body, asked.context, mode=Mode.PARTIAL, name=name)
    fragment = Fragment(urn=urn, attributes={name: instances})
    check_fragment(asked, fragment)
    operation = PartialUpdate(urn=urn, name=name, instances=instances, only=guard_of(asked))
    return written(asked, PARTIAL_UPDATE, fragment, lambda _: writing(operation, no_content))


@endpoint(
    "PUT",
    "/entities/{entityId}/attrs/{attrName}",
    right=Right.WRITE,
    parameters=(TYPE, LOCAL),
    body=Body.OBJECT,
    answers={204: "replaced", 207: "replaced in part"},
)
def replace_attribute(asked: Asked) -> Answer | Write:
    """Replaces one instance of an attribute."""
    urn, name = entity_id(asked), attribute_name(asked)
    instances = [] if name == SCOPE else read_attribute(asked.body, asked.context, mode=Mode.REPLACE, name=name)
    fragment = Fragment(urn=urn, attributes={name: instances})
    check_fragment(asked, fragment)
    operation = ReplaceAttribute(urn=urn, name=name, instances=instances, only=guard_of(asked))
    return written(asked, REPLACE_ATTRIBUTE, fragment, lambda _: writing(operation, no_content))


@endpoint(
    "DELETE",
    "/entities/{entityId}/attrs/{attrName}",
    right=Right.WRITE,
    parameters=(TYPE, text("datasetId", "the instance meant"), flag("deleteAll", "all instances"), LOCAL),
    answers={204: "deleted", 207: "deleted in part"},
)
def delete_attribute(asked: Asked) -> Answer | Write:
    """Deletes the default instance of an attribute, that of a datasetId, or all."""
    urn, name = entity_id(asked), attribute_name(asked)
    fragment = Fragment(urn=urn, attributes={name: []})
    check_fragment(asked, fragment)
    operation = DeleteAttribute(
        urn=urn,
        name=name,
        dataset_id=dataset_id(asked.query.get("datasetId")) if "datasetId" in asked.query else "",
        delete_all=asked.query.flag("deleteAll"),
        only=guard_of(asked),
    )
    return written(asked, DELETE_ATTRIBUTE, fragment, lambda _: writing(operation, no_content))


def attribute_name(asked: Asked) -> str:
    """The stored name of the attribute of the path; `scope` for the scope. Raises `BadRequestData`."""
    term = asked.path["attrName"]
    return SCOPE if term == SCOPE else asked.context.attribute_name(term)


ENDPOINTS: tuple[Endpoint, ...] = (
    append_attributes,
    update_attributes,
    partial_update_attribute,
    replace_attribute,
    delete_attribute,
)
