"""Batches of which other brokers hold some (ETSI GS CIM 009 V1.8.1, 5.6.7 to 5.6.10, 5.6.20).

A source gets its part of the whole batch in one request, or entity by entity where it takes no batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import BadGateway, Conflict, LdError, LoopDetected, ResourceNotFound
from parvis.telemetry.context.federation import operations, writes
from parvis.telemetry.context.federation.bodies import reduced
from parvis.telemetry.context.federation.forwarding import (
    Forward,
    Reply,
    SourceProblem,
    context_of,
    is_back,
    send,
)
from parvis.telemetry.context.federation.reads import sources_of
from parvis.telemetry.context.federation.sources import Mode, Source
from parvis.telemetry.context.federation.splitting import Here, Part, Split, split_deletion, split_write
from parvis.telemetry.context.federation.writes import Kind, forward_of, linked_context, passed_on
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchKind:
    """`alone`: what is done entity by entity; `otherwise`: what is tried after that for an entity the source does not have."""

    operation: str
    path: str
    alone: Kind
    otherwise: Kind | None = None
    params: tuple[str, ...] = ()
    creates: bool = False

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.operation, self.alone.operation)


CREATE = BatchKind(
    operation=operations.CREATE_BATCH, path="/entityOperations/create", alone=writes.CREATE, creates=True
)
REPLACE = BatchKind(
    operation=operations.UPSERT_BATCH,
    path="/entityOperations/upsert",
    alone=writes.REPLACE,
    otherwise=writes.CREATE,
    params=("options",),
)
COMPLETE = replace(REPLACE, alone=replace(writes.APPEND, params=()))
"""Upsert with `options=update`."""
UPDATE = BatchKind(
    operation=operations.UPDATE_BATCH, path="/entityOperations/update", alone=writes.APPEND, params=("options",)
)
MERGE = BatchKind(
    operation=operations.MERGE_BATCH,
    path="/entityOperations/merge",
    alone=writes.MERGE,
    params=("observedAt", "lang"),
)
DELETE = BatchKind(operation=operations.DELETE_BATCH, path="/entityOperations/delete", alone=writes.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One item of a batch. `document`: as it came, None when there is only an id."""

    fragment: Fragment
    document: Any = None


@dataclass(slots=True, kw_only=True)
class Share:
    """What is left of an item for this broker, None when nothing is, and what became of the rest elsewhere.

    `if_there`: it should not be here; nothing is amiss when it is not. `errors`: with the id of the registration.
    """

    here: Fragment | None
    if_there: bool = False
    done: bool = False
    created: bool = False
    errors: list[tuple[LdError, str]] = field(default_factory=list)


def shared(asked: Asked, kind: BatchKind, given: Sequence[Given]) -> list[Share] | None:
    """For each item; other brokers have done their parts. None when the batch is of this broker only."""
    sources = sources_of(asked)
    if not sources or not given:
        return None
    splits = list(_splits(asked, kind, given, sources))
    if all(split.is_local for split in splits):
        return None
    shares = [_share(one.fragment, split) for one, split in zip(given, splits, strict=True)]
    if is_back(asked):
        for share, split in zip(shares, splits, strict=True):
            if not split.is_local:
                share.here = None
                share.errors.append((LoopDetected("The request came back."), ""))
        return shares
    _do_elsewhere(asked, kind, given, splits, shares)
    return shares


def _splits(asked: Asked, kind: BatchKind, given: Sequence[Given], sources: Sequence[Source]) -> Iterator[Split]:
    urns = [one.fragment.urn or "" for one in given]
    held = {} if kind.creates else load(urns, tenant_id=asked.tenant.id, now=asked.now)
    for urn, one in zip(urns, given, strict=True):
        fragment = one.fragment
        known = held.get(urn)
        types = frozenset([*fragment.types, *(known.types if known is not None else ())]) or None
        if kind is DELETE:
            yield split_deletion(sources, kind.operations, urn, types)
        else:
            yield split_write(sources, kind.operations, urn, types, frozenset(fragment.attributes))


def _share(fragment: Fragment, split: Split) -> Share:
    share = Share(here=fragment, if_there=split.here is Here.IF_THERE)
    if split.here is Here.NOTHING:
        share.here = None
    elif split.here is Here.REST:
        kept = {name: fragment.attributes[name] for name in fragment.attributes if name in split.rest}
        share.here = structs.replace(fragment, attributes=kept)
    for part in split.conflicts:
        refusal = Conflict(f"{part.source.urn} holds this and does not offer the operation.")
        share.errors.append((refusal, part.source.urn))
    return share


def _do_elsewhere(
    asked: Asked, kind: BatchKind, given: Sequence[Given], splits: Sequence[Split], shares: Sequence[Share]
) -> None:
    by_source: dict[int, list[tuple[int, Part]]] = {}
    for position, split in enumerate(splits):
        for part in split.parts:
            by_source.setdefault(part.source.id, []).append((position, part))
    forwards: list[Forward] = []
    concerned: list[list[int]] = []
    for parts in by_source.values():
        if parts[0][1].source.supports(kind.operation):
            forwards.append(_whole(asked, kind, given, parts))
            concerned.append([position for position, _ in parts])
        else:
            forwards += [_alone(asked, kind.alone, given[position], part) for position, part in parts]
            concerned += [[position] for position, _ in parts]
    replies = send(asked, forwards)
    again = _told(kind, replies, concerned, given, shares)
    if kind.otherwise is not None and again:
        made = replace(kind, otherwise=None, creates=True)
        second = [
            _alone(asked, kind.otherwise, given[position], part)
            for position, source in again
            for part in splits[position].parts
            if part.source is source
        ]
        _told(made, send(asked, second), [[position] for position, _ in again], given, shares)


def _whole(asked: Asked, kind: BatchKind, given: Sequence[Given], parts: Sequence[tuple[int, Part]]) -> Forward:
    """In the @context of the first item, whatever those of the others."""
    source = parts[0][1].source
    target = context_of(source, linked_context(asked, given[parts[0][0]].document))
    body: list[Any] = []
    for position, part in parts:
        one = given[position]
        if isinstance(one.document, dict):
            body.append(reduced(one.document, part.names, linked_context(asked, one.document), target))
        else:
            body.append(one.fragment.urn)
    return Forward(
        source=source, method="POST", path=kind.path, context=target, params=passed_on(asked, kind.params), body=body
    )


def _alone(asked: Asked, kind: Kind, one: Given, part: Part) -> Forward:
    return forward_of(asked, kind, part, one.fragment, one.document)


def _told(
    kind: BatchKind,
    replies: Sequence[Reply],
    concerned: Sequence[Sequence[int]],
    given: Sequence[Given],
    shares: Sequence[Share],
) -> list[tuple[int, Source]]:
    """Writes what became of each item into its share; answers those to be tried in another way."""
    again: list[tuple[int, Source]] = []
    for reply, positions in zip(replies, concerned, strict=True):
        source = reply.forward.source
        if isinstance(reply.error, LoopDetected) and source.mode is Mode.INCLUSIVE:
            continue
        is_batch = reply.forward.path == kind.path
        is_missing = not is_batch and reply.status == ResourceNotFound.status
        if is_missing and kind.otherwise is not None and source.supports(kind.otherwise.operation):
            again += [(position, source) for position in positions]
            continue
        failed = _failed(reply, [given[position].fragment.urn or "" for position in positions])
        for position in positions:
            urn, share = given[position].fragment.urn or "", shares[position]
            error = reply.error or failed.get(urn)
            if error is not None:
                share.errors.append((error, source.urn))
                continue
            share.done = True
            share.created |= kind.creates or (is_batch and _made(kind, reply, urn))
    return again


def _failed(reply: Reply, urns: Sequence[str]) -> dict[str, LdError]:
    """By id, of a source that did a part."""
    if reply.error is not None or reply.status != 207:
        return {}
    errors = reply.body.get("errors") if isinstance(reply.body, dict) else None
    found: dict[str, LdError] = {}
    if not isinstance(errors, list):
        unsaid = BadGateway(f"{reply.forward.source.urn} did a part and does not say which.")
        return dict.fromkeys(urns, unsaid)
    for one in errors:
        if isinstance(one, dict) and isinstance(one.get("entityId"), str):
            told = one.get("error")
            status = told.get("status") if isinstance(told, dict) else None
            if isinstance(told, dict) and isinstance(status, int):
                found[one["entityId"]] = SourceProblem(status, told)
            else:
                found[one["entityId"]] = BadGateway(f"{reply.forward.source.urn} failed and does not say why.")
    return found


def _made(kind: BatchKind, reply: Reply, urn: str) -> bool:
    """Whether an upsert made the entity there."""
    if kind.operation != operations.UPSERT_BATCH or reply.status != 201:
        return False
    return urn in reply.body if isinstance(reply.body, list) else True
