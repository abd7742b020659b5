"""Batches: each entity is its own success or its own error (ETSI GS CIM 009 V1.8.1, 5.6.7 to 5.6.10, 5.6.20)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from parvis.telemetry.context.broker.answering import Answer, Write, nothing
from parvis.telemetry.context.broker.asking import Asked, link_of
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.parameters import LOCAL, text, words
from parvis.telemetry.context.broker.problems import AlreadyExists, BadRequestData, LdError, ResourceNotFound
from parvis.telemetry.context.broker.provision import (
    batch_error,
    batch_result,
    check_fragment,
    check_whole,
    context_of_item,
    guard_of,
)
from parvis.telemetry.context.federation.batches import (
    COMPLETE,
    CREATE,
    DELETE,
    MERGE,
    REPLACE,
    UPDATE,
    BatchKind,
    Given,
    Share,
    shared,
)
from parvis.telemetry.context.federation.results import error_of
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.ngsild.operations import BatchUpdate, Create, Delete, Merge, Upsert
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.ngsild.weaving import EXISTS
from parvis.telemetry.context.store.values import Fragment, Operation, Outcome

_RESULTS = {207: "what succeeded and what did not"}

Make = Callable[[Fragment], Operation]


@dataclass(slots=True)
class _Done:
    """What became of a batch: ids, each once, in order."""

    errors: list[dict[str, Any]] = field(default_factory=list)
    succeeded: dict[str, None] = field(default_factory=dict)
    created: dict[str, None] = field(default_factory=dict)

    def answer(self, all_done: "_AllDone") -> Answer:
        return batch_result(list(self.succeeded), self.errors) if self.errors else all_done(self)

    def add(self, outcome: Outcome) -> None:
        error = outcome.error or _incomplete(outcome)
        if error is not None:
            self.errors.append(batch_error(outcome.urn, error))
            return
        self.succeeded[outcome.urn] = None
        if outcome.created:
            self.created[outcome.urn] = None

    def add_share(self, urn: str, share: Share, outcome: Outcome | None) -> None:
        """Of an item that other brokers had a part in. It succeeded when none failed."""
        errors = [error_of(urn, error, registration) for error, registration in share.errors]
        if outcome is not None and not (share.if_there and isinstance(outcome.error, ResourceNotFound)):
            if (error := outcome.error or _incomplete(outcome)) is not None:
                errors.append(batch_error(urn, error))
            elif outcome.created:
                share.created = True
        self.errors += errors
        if not errors:
            self.succeeded[urn] = None
            if share.created:
                self.created[urn] = None


_AllDone = Callable[[_Done], Answer]


@endpoint(
    "POST",
    "/entityOperations/create",
    right=Right.WRITE,
    parameters=(LOCAL,),
    body=Body.ARRAY,
    per_item_context=True,
    makes_tenant=True,
    answers=_RESULTS | {201: "all were created"},
)
def batch_create(asked: Asked) -> Answer | Write:
    """Creates entities."""
    return _run(
        asked, Mode.CREATE, CREATE, lambda fragment: Create(urn=fragment.urn or "", fragment=fragment), _created
    )


@endpoint(
    "POST",
    "/entityOperations/upsert",
    right=Right.WRITE,
    parameters=(words("options", "replace", "update"), LOCAL),
    body=Body.ARRAY,
    per_item_context=True,
    makes_tenant=True,
    answers=_RESULTS | {201: "some were created", 204: "all were there, and are written"},
)
def batch_upsert(asked: Asked) -> Answer | Write:
    """Creates entities, or writes those there already: replaced, or with `options=update` completed."""
    update = "update" in asked.query.options
    if not update:
        check_whole(asked)
    only = guard_of(asked)
    return _run(
        asked,
        Mode.REPLACE,
        COMPLETE if update else REPLACE,
        lambda fragment: Upsert(urn=fragment.urn or "", fragment=fragment, update=update, only=only),
        _created,
    )


@endpoint(
    "POST",
    "/entityOperations/update",
    right=Right.WRITE,
    parameters=(words("options", "noOverwrite"), LOCAL),
    body=Body.ARRAY,
    per_item_context=True,
    answers=_RESULTS | {204: "all are written"},
)
def batch_update(asked: Asked) -> Answer | Write:
    """Writes attributes of entities."""
    overwrite = "noOverwrite" not in asked.query.options
    only = guard_of(asked)
    return _run(
        asked,
        Mode.UPDATE,
        UPDATE,
        lambda fragment: BatchUpdate(urn=fragment.urn or "", fragment=fragment, overwrite=overwrite, only=only),
        _nothing,
    )


@endpoint(
    "POST",
    "/entityOperations/merge",
    right=Right.WRITE,
    parameters=(text("observedAt", "stamped on what had one"), text("lang"), LOCAL),
    body=Body.ARRAY,
    per_item_context=True,
    answers=_RESULTS | {204: "all are merged"},
)
def batch_merge(asked: Asked) -> Answer | Write:
    """Merges fragments into entities."""
    observed_at, lang = asked.query.get("observedAt"), asked.query.get("lang")
    if "observedAt" in asked.query:
        parse_datetime(observed_at, "observedAt")
    only = guard_of(asked)
    return _run(
        asked,
        Mode.MERGE,
        MERGE,
        lambda fragment: Merge(
            urn=fragment.urn or "", fragment=fragment, observed_at=observed_at, lang=lang, only=only
        ),
        _nothing,
    )


@endpoint(
    "POST",
    "/entityOperations/delete",
    right=Right.WRITE,
    parameters=(LOCAL,),
    body=Body.ARRAY,
    per_item_context=True,
    answers=_RESULTS | {204: "all are deleted"},
)
def batch_delete(asked: Asked) -> Answer | Write:
    """Deletes entities by their ids."""
    check_whole(asked)
    items = _items(asked)
    done, only = _Done(), guard_of(asked)
    given: list[Given] = []
    for item in items:
        try:
            given.append(Given(fragment=Fragment(urn=uri(item))))
        except LdError as error:
            done.errors.append(batch_error(item, error))
    return _writing(
        asked, DELETE, given, lambda fragment: Delete(urn=fragment.urn or "", only=only), done=done, all_done=_nothing
    )


def _items(asked: Asked) -> list[Any]:
    """Raises `BadRequestData` for what condemns the whole batch."""
    items: list[Any] = asked.body
    if not items:
        raise BadRequestData("the batch is empty")
    if any(item is None for item in items):
        raise BadRequestData("an item is null")
    if asked.is_ld and link_of(asked.headers) is not None:
        raise BadRequestData("application/ld+json and a Link header to a @context exclude each other")
    return items


def _run(asked: Asked, mode: Mode, kind: BatchKind, make: Make, all_done: _AllDone) -> Answer | Write:
    done, known = _Done(), dict[str, Context]()
    given: list[Given] = []
    for item in _items(asked):
        try:
            given.append(Given(fragment=_read(asked, item, mode, known), document=item))
        except LdError as error:
            done.errors.append(batch_error(item.get("id", "") if isinstance(item, dict) else "", error))
    return _writing(asked, kind, given, make, done=done, all_done=all_done)


def _read(asked: Asked, item: Any, mode: Mode, known: dict[str, Context]) -> Fragment:
    if not isinstance(item, dict):
        raise BadRequestData("an entity is a JSON object")
    fragment = read_entity(item, context_of_item(asked, item, known), mode=mode, needs_id=True)
    check_fragment(asked, fragment)
    return fragment


def _writing(
    asked: Asked, kind: BatchKind, given: Sequence[Given], make: Make, *, done: _Done, all_done: _AllDone
) -> Answer | Write:
    shares = shared(asked, kind, given)
    if shares is not None:
        return _completing(shares, given, make, done, all_done)
    operations = [make(one.fragment) for one in given]
    if not operations:
        return done.answer(all_done)

    def finish(outcomes: list[Outcome]) -> Answer:
        for outcome in outcomes:
            done.add(outcome)
        return done.answer(all_done)

    return Write(operations=operations, finish=finish)


def _completing(
    shares: Sequence[Share], given: Sequence[Given], make: Make, done: _Done, all_done: _AllDone
) -> Answer | Write:
    """Other brokers have done their parts: what is left of each item is written, then each is told as a whole."""

    def finish(outcomes: list[Outcome]) -> Answer:
        left = iter(outcomes)
        for one, share in zip(given, shares, strict=True):
            outcome = next(left) if share.here is not None else None
            done.add_share(one.fragment.urn or "", share, outcome)
        return done.answer(all_done)

    operations = [make(share.here) for share in shares if share.here is not None]
    return Write(operations=operations, finish=finish) if operations else finish([])


def _incomplete(outcome: Outcome) -> LdError | None:
    """Of a batch an entity that could not be written whole is an error."""
    result = outcome.answer
    if result is None or result.complete:
        return None
    names = ", ".join(result.not_updated)
    if EXISTS in result.not_updated.values():
        return AlreadyExists(f"not overwritten: {names}")
    return ResourceNotFound(f"the entity has no {names}")


def _created(done: _Done) -> Answer:
    return Answer(status=201, body=list(done.created)) if done.created else nothing()


def _nothing(done: _Done) -> Answer:
    return nothing()


ENDPOINTS: tuple[Endpoint, ...] = (batch_create, batch_upsert, batch_update, batch_merge, batch_delete)
