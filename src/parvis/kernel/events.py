"""Facts that happened, delivered after commit.

`publish` writes one job per reaction in the caller's transaction, through procrastinate: nothing is delivered of what was
rolled back, nothing is lost of what was committed, and a reaction that fails is retried alone.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from django.db import transaction
from procrastinate.types import JSONValue

REACTION_TASK = "parvis.react"
QUEUE = "reactions"


class UnknownEvent(LookupError):
    """A job names an event or a reaction that no installed package declares."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of facts. Fields are JSON-able: str, int, float, bool, datetime, None and tuples of these.

    No personal data: events are stored as jobs. Give the URN, let the handler read the row.
    """

    _types: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        Event._types[cls.name()] = cls

    @classmethod
    def name(cls) -> str:
        return f"{cls.__module__}.{cls.__qualname__}"

    def encode(self) -> dict[str, JSONValue]:
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]

    @staticmethod
    def decode(name: str, payload: dict[str, Any]) -> "Event":
        try:
            kind = Event._types[name]
        except KeyError:
            raise UnknownEvent(name) from None
        return msgspec.convert(payload, kind)


def publish(*events: Event) -> None:
    """Must be called inside a transaction: a fact outside of one could be lost or precede what it tells.

    Several facts go in one statement: hundreds of alarms at once would otherwise cost as many.
    """
    from parvis.kernel.contributions import On
    from parvis.kernel.registry import registry

    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{', '.join(event.name() for event in events)}: published outside a transaction")
    reactions = [on for _, on in registry.all(On)]
    jobs: list[dict[str, JSONValue]] = [
        {"event": event.name(), "payload": event.encode(), "reaction": on.name}
        for event in events
        for on in reactions
        if on.event is type(event)
    ]
    if not jobs:
        return
    from procrastinate.contrib.django import app

    app.configure_task(REACTION_TASK, queue=QUEUE).batch_defer(*jobs)


def react(*, event: str, payload: dict[str, Any], reaction: str) -> None:
    """Runs one reaction in a transaction. Raises `UnknownEvent`, and whatever the handler raises."""
    from parvis.kernel.contributions import On
    from parvis.kernel.registry import registry

    fact = Event.decode(event, payload)
    for _, on in registry.all(On):
        if on.event is type(fact) and on.name == reaction:
            with transaction.atomic():
                on.handler(fact)
            return
    raise UnknownEvent(reaction)
