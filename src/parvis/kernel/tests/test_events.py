"""Events: written with the transaction, delivered to each reaction, refused outside of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from parvis.kernel.contributions import On
from parvis.kernel.events import Event, UnknownEvent, publish, react
from parvis.kernel.manifest import Manifest
from parvis.kernel.registry import registry
from parvis.kernel.testing import deliver

seen: list["Happened"] = []


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    urn: str
    at: datetime
    causes: tuple[str, ...] = ()


def note(event: Happened) -> None:
    seen.append(event)


@pytest.fixture(autouse=True)
def listener() -> Iterator[None]:
    manifest = Manifest(name="kernel_test", label="test", provides=(On(event=Happened, handler=note),))
    before = registry.manifests
    registry.add(manifest)
    seen.clear()
    yield
    registry.replace(before)


EVENT = Happened(urn="urn:ngsi-ld:Alarm:1", at=datetime(2026, 11, 2, 9, tzinfo=UTC), causes=("a", "b"))


@pytest.mark.django_db
def test_a_reaction_gets_the_very_event() -> None:
    with transaction.atomic():
        publish(EVENT)
    assert deliver() == 1
    assert seen == [EVENT]
    assert deliver() == 0


@pytest.mark.django_db
def test_several_facts_go_in_one_statement_and_in_order() -> None:
    facts = [Happened(urn=f"urn:ngsi-ld:Alarm:{number}", at=EVENT.at) for number in range(20)]
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        publish(*facts)
    assert len(captured) == 1
    assert deliver() == len(facts)
    assert seen == facts


@pytest.mark.django_db
def test_what_is_rolled_back_never_happened() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish(EVENT)
        _ = 1 / 0
    assert deliver() == 0


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        publish(EVENT)


@pytest.mark.django_db
def test_an_unknown_event_or_reaction_fails_the_job() -> None:
    with pytest.raises(UnknownEvent):
        react(event="gone.Event", payload={}, reaction="x")
    with pytest.raises(UnknownEvent):
        react(event=Happened.name(), payload=EVENT.encode(), reaction="gone.handler")
