"""Creating, replacing, merging and deleting one entity (ETSI GS CIM 009 V1.8.1, 5.6.1, 5.6.6, 5.6.17, 5.6.18)."""

from dataclasses import replace

from msgspec import structs

from parvis.telemetry.context.broker.answering import Answer, Write, created
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.parameters import FORMAT, LOCAL, OPTIONS, TYPE, text
from parvis.telemetry.context.broker.provision import (
    check_fragment,
    check_whole,
    entity_id,
    guard_of,
    location_of,
    no_content,
    writing,
)
from parvis.telemetry.context.federation.writes import CREATE, DELETE, MERGE, REPLACE, written
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.operations import Create, Delete, Merge, Replace
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.store.values import Fragment

_SIMPLIFIED = frozenset(("keyValues", "simplified"))


@endpoint(
    "POST",
    "/entities",
    right=Right.WRITE,
    parameters=(LOCAL,),
    body=Body.OBJECT,
    makes_tenant=True,
    answers={201: "created", 207: "created in part", 409: "it exists already"},
)
def create_entity(asked: Asked) -> Answer | Write:
    """Creates an entity."""
    fragment = read_entity(asked.body, asked.context, mode=Mode.CREATE)
    check_fragment(asked, fragment)
    urn = fragment.urn or ""

    def here(part: Fragment) -> Write:
        return writing(Create(urn=urn, fragment=part), lambda outcome: created(location_of(urn)))

    return written(asked, CREATE, fragment, here)


@endpoint(
    "PUT",
    "/entities/{entityId}",
    right=Right.WRITE,
    parameters=(TYPE, LOCAL),
    body=Body.OBJECT,
    answers={204: "replaced", 207: "replaced in part"},
)
def replace_entity(asked: Asked) -> Answer | Write:
    """Replaces an entity: its attributes, its scope and, when the body tells some, its types."""
    check_whole(asked)
    urn = entity_id(asked)
    fragment = read_entity(asked.body, asked.context, mode=Mode.REPLACE)
    check_fragment(asked, fragment)
    only = guard_of(asked)

    def here(part: Fragment) -> Write:
        return writing(Replace(urn=urn, fragment=part, only=only), no_content)

    return written(asked, REPLACE, structs.replace(fragment, urn=urn), here)


@endpoint(
    "PATCH",
    "/entities/{entityId}",
    right=Right.WRITE,
    parameters=(TYPE, text("observedAt", "stamped on what had one"), text("lang"), FORMAT, OPTIONS, LOCAL),
    body=Body.OBJECT,
    answers={204: "merged", 207: "merged in part"},
)
def merge_entity(asked: Asked) -> Answer | Write:
    """Merges a fragment into an entity, down into its values."""
    urn = entity_id(asked)
    simplified = bool(asked.query.options & _SIMPLIFIED)
    fragment = read_entity(asked.body, asked.context, mode=Mode.MERGE, simplified=simplified)
    check_fragment(asked, fragment)
    observed_at = asked.query.get("observedAt")
    if "observedAt" in asked.query:
        parse_datetime(observed_at, "observedAt")
    operation = Merge(urn=urn, fragment=fragment, simplified=simplified, only=guard_of(asked))
    operation = replace(operation, observed_at=observed_at, lang=asked.query.get("lang"))

    def here(part: Fragment) -> Write:
        return writing(replace(operation, fragment=part), no_content)

    return written(asked, MERGE, structs.replace(fragment, urn=urn), here)


@endpoint(
    "DELETE",
    "/entities/{entityId}",
    right=Right.WRITE,
    parameters=(TYPE, LOCAL),
    answers={204: "deleted", 207: "deleted in part"},
)
def delete_entity(asked: Asked) -> Answer | Write:
    """Deletes an entity; its history is kept, unless the deployment says otherwise."""
    check_whole(asked)
    urn, only = entity_id(asked), guard_of(asked)
    return written(asked, DELETE, Fragment(urn=urn), lambda _: writing(Delete(urn=urn, only=only), no_content))


ENDPOINTS: tuple[Endpoint, ...] = (create_entity, replace_entity, merge_entity, delete_entity)
