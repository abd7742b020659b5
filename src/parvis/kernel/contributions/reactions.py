"""What a package does when something happens or when time passes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from django.core.checks import CheckMessage, Error
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.functional import Promise

from parvis.kernel.events import Event
from parvis.kernel.manifest import Contribution, Manifest

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, kw_only=True)
class On(Contribution, Generic[E]):
    """Calls `handler` after the commit of what published `event`, in a worker, in a transaction.

    At least once: the handler must bear being called twice. A failure is retried, then shown to operators.
    """

    event: type[E]
    handler: Callable[[E], None]

    @property
    def name(self) -> str:
        return f"{self.handler.__module__}.{self.handler.__qualname__}"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of one thing took a new value; `value` and `previous` are JSON values."""

    entity_id: int
    urn: str
    type: str
    attribute: str
    value: Any
    previous: Any
    unit_code: str
    observed_at: datetime


class InstanceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of one attribute, before and after a write, in stored form; None: it was not, or is no more.

    `dataset_id` is empty for the default instance.
    """

    attribute: str
    dataset_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class EntityChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one write did to one thing. `before` and `after` are `context.store.Stored`; None: created, deleted."""

    tenant_id: int
    entity_id: int
    urn: str
    before: Any
    after: Any
    instances: tuple[InstanceChange, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeRecorder(Contribution):
    """Is handed every write of the broker, inside its transaction: what it writes is kept with it or not at all.

    `ids_of` answers, for a tenant and URNs about to be created, the ids that things of these URNs had before they were deleted.
    """

    code: str
    record: Callable[[Sequence[EntityChange], datetime], None]
    ids_of: Callable[[int, Sequence[str]], Mapping[str, int]] | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeConsumer(Contribution):
    """Is handed every change of state, durably, in batches, each batch in the transaction that forgets it.

    `tick` handles what falls due with time and answers when it next wants to be called (None: not before a change). `wants` is
    SQL without parameters whose rows are the (type, attribute) pairs worth queueing, sent with the first query of each transaction that
    writes; without it, all are.
    """

    code: str
    handler: Callable[[Sequence[Change]], None]
    tick: Callable[[datetime], datetime | None] | None = None
    wants: str = ""


@dataclass(frozen=True, kw_only=True)
class Job(Contribution):
    """Run by one worker every `every_s` seconds."""

    code: str
    label: str | Promise
    run: Callable[[datetime], object]
    every_s: int


@dataclass(frozen=True, kw_only=True)
class Notice(Contribution):
    """A message to a person: `<template>.subject.txt`, `<template>.txt`, `<template>.html`.

    `sample` is a context to render it with, for tests and previews.
    """

    code: str
    label: str | Promise
    template: str
    sample: Callable[[], dict[str, Any]]

    def check(self, manifest: Manifest) -> Iterable[CheckMessage]:
        for suffix in (".subject.txt", ".txt", ".html"):
            try:
                get_template(self.template + suffix)
            except TemplateDoesNotExist:
                yield Error(f"{manifest.name}: no template {self.template + suffix!r}", id="parvis.E030")
