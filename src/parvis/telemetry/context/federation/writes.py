"""Writing entities that other brokers hold as well as this one (ETSI GS CIM 009 V1.8.1, 5.6 and 4.3.6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote

from msgspec import structs

from parvis.telemetry.context.broker.answering import Answer, Write, created, nothing
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import Conflict, LdError, LoopDetected, ResourceNotFound
from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.bodies import attribute_body, reduced
from parvis.telemetry.context.federation.forwarding import Forward, context_of, is_back, send
from parvis.telemetry.context.federation.matching import Names
from parvis.telemetry.context.federation.reads import sources_of
from parvis.telemetry.context.federation.results import (
    Result,
    batch_operation_result,
    check_all,
    is_whole,
    result_of,
    update_result,
)
from parvis.telemetry.context.federation.splitting import Here, Part, Split, split_deletion, split_write
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Fragment, Outcome

Local = Callable[[Fragment], Write]
"""The write here, of a fragment that may have lost attributes."""


class Told(Enum):
    """As what the result of a partial success is told."""

    OF_ENTITY = "BatchOperationResult"
    OF_ATTRIBUTES = "UpdateResult"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of write. `path` has `{id}` and `{name}`; `params` are those that are passed on."""

    operation: str
    method: str
    path: str
    params: tuple[str, ...] = ("type",)
    told: Told = Told.OF_ENTITY
    creates: bool = False


CREATE = Kind(operation=operations.CREATE_ENTITY, method="POST", path="/entities", params=(), creates=True)
REPLACE = Kind(operation=operations.REPLACE_ENTITY, method="PUT", path="/entities/{id}")
MERGE = Kind(
    operation=operations.MERGE_ENTITY,
    method="PATCH",
    path="/entities/{id}",
    params=("type", "observedAt", "lang", "format", "options"),
)
DELETE = Kind(operation=operations.DELETE_ENTITY, method="DELETE", path="/entities/{id}")
APPEND = Kind(
    operation=operations.APPEND_ATTRS,
    method="POST",
    path="/entities/{id}/attrs/",
    params=("type", "options"),
    told=Told.OF_ATTRIBUTES,
)
UPDATE = Kind(operation=operations.UPDATE_ENTITY, method="PATCH", path="/entities/{id}/attrs/", told=Told.OF_ATTRIBUTES)
PARTIAL_UPDATE = Kind(
    operation=operations.UPDATE_ATTRS, method="PATCH", path="/entities/{id}/attrs/{name}", told=Told.OF_ATTRIBUTES
)
REPLACE_ATTRIBUTE = Kind(
    operation=operations.REPLACE_ATTRS, method="PUT", path="/entities/{id}/attrs/{name}", told=Told.OF_ATTRIBUTES
)
DELETE_ATTRIBUTE = Kind(
    operation=operations.DELETE_ATTRS,
    method="DELETE",
    path="/entities/{id}/attrs/{name}",
    params=("type", "datasetId", "deleteAll"),
    told=Told.OF_ATTRIBUTES,
)


def written(asked: Asked, kind: Kind, fragment: Fragment, local: Local) -> Answer | Write:
    """A write of an entity, done here and wherever else it is to be done. The fragment tells the id and the attributes concerned.

    Other brokers are asked first; what is left is given back to be written. Raises the refusal of a write of which nothing was done.
    """
    sources = sources_of(asked)
    if not sources:
        return local(fragment)
    urn = fragment.urn or ""
    types = types_of(asked, kind.creates, urn, fragment.types)
    if kind is DELETE:
        split = split_deletion(sources, (kind.operation,), urn, types)
    else:
        split = split_write(sources, (kind.operation,), urn, types, frozenset(fragment.attributes))
    if split.is_local:
        return local(fragment)
    if is_back(asked):
        raise LoopDetected("The request came back; a context source is asked for it only once.")
    results = _done_elsewhere(asked, kind, split, fragment)
    if split.here is Here.NOTHING:
        return _told(kind, fragment, results, None)
    if split.here is Here.REST:
        kept = {name: fragment.attributes[name] for name in fragment.attributes if name in split.rest}
        fragment = structs.replace(fragment, attributes=kept)
    return _then_here(kind, split, fragment, local(fragment), results)


def _done_elsewhere(asked: Asked, kind: Kind, split: Split, fragment: Fragment) -> list[Result]:
    names: Names = frozenset(fragment.attributes)
    results = []
    for part in split.conflicts:
        refusal = Conflict(f"{part.source.urn} holds this and does not offer the operation.")
        results.append(Result(names=_names(part, names), registration=part.source.urn, error=refusal))
    replies = send(asked, [forward_of(asked, kind, part, fragment, asked.body) for part in split.parts])
    for part, reply in zip(split.parts, replies, strict=True):
        if (result := result_of(reply, _names(part, names))) is not None:
            results.append(result)
    return results


def _names(part: Part, names: Names) -> Names:
    return names if part.names is None else part.names


def _then_here(kind: Kind, split: Split, fragment: Fragment, write: Write, results: list[Result]) -> Write:
    """The write of what is left, whose answer tells the whole."""
    names: Names = frozenset(fragment.attributes)

    def finish(outcomes: list[Outcome]) -> Answer:
        answer = None
        try:
            answer = write.finish(outcomes)
        except LdError as error:
            if split.here is Here.IF_THERE and isinstance(error, ResourceNotFound):
                return _told(kind, fragment, results, None)
            return _told(kind, fragment, [*results, Result(names=names, error=error)], None)
        partial = answer.body if answer.status == 207 else None
        return _told(kind, fragment, [*results, Result(names=names, partial=partial)], answer)

    return Write(operations=write.operations, finish=finish)


def _told(kind: Kind, fragment: Fragment, results: list[Result], answer: Answer | None) -> Answer:
    """The answer to the whole. Raises the refusal of a write of which nothing was done."""
    urn = fragment.urn or ""
    if is_whole(results):
        return answer or (created(f"/entities/{quote(urn, safe=':')}") if kind.creates else nothing())
    check_all(results)
    if kind.told is Told.OF_ATTRIBUTES and any(result.names for result in results):
        return update_result(results)
    return batch_operation_result(urn, results)


def types_of(asked: Asked, creates: bool, urn: str, told: Sequence[str]) -> frozenset[str] | None:
    """The types of an entity as far as they are known: those told, and those it has here. None: not known."""
    if creates:
        return frozenset(told)
    held = load([urn], tenant_id=asked.tenant.id, now=asked.now).get(urn)
    return frozenset([*told, *held.types]) if held is not None else frozenset(told) or None


def forward_of(asked: Asked, kind: Kind, part: Part, fragment: Fragment, document: Any) -> Forward:
    """`document`: what the client sent of the entity, or attribute."""
    context = linked_context(asked, document)
    target = context_of(part.source, context)
    body = None
    if isinstance(document, Mapping):
        if "{name}" in kind.path:
            body = attribute_body(document, context, target)
        else:
            body = reduced(document, part.names, context, target)
    name = next(iter(fragment.attributes), "")
    return Forward(
        source=part.source,
        method=kind.method,
        path=kind.path.format(id=quote(fragment.urn or "", safe=":"), name=quote(target.term(name or "_"), safe="")),
        context=target,
        params=passed_on(asked, kind.params),
        body=body,
    )


def passed_on(asked: Asked, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Parameters as the client gave them; those that say nothing are left out."""
    query = asked.query
    return tuple(
        (name, query.get(name)) for name in names if name in query and query.get(name) not in ("", _NOTHING.get(name))
    )


_NOTHING: Mapping[str, Any] = {"deleteAll": "false"}


def linked_context(asked: Asked, document: Any) -> Context:
    """That of a document; an inline one is given an address, by which the source finds it."""
    if not isinstance(document, Mapping) or "@context" not in document:
        return asked.context
    return resolve(document["@context"], tenant_id=asked.tenant.id, keep_inline=True, counted=False)
