"""Several writers at once: no deadlock, no attribute lost, no thing twice."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from psycopg.errors import LockNotAvailable
from pytest_django.fixtures import Settings

from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.ngsild.expiring import Expire
from parvis.telemetry.context.services import apply_readings, upsert_entities
from parvis.telemetry.context.store.write import write
from parvis.telemetry.context.tests.factories import NOW, make_entity, reading
from parvis.telemetry.context.tests.notifying import leave_database
from parvis.telemetry.context.tests.subscribing import queued, subscribe
from parvis.telemetry.context.values import EntityDraft, Reading

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4


def together(work: Callable[[int], None]) -> None:
    """`work(0)`, `work(1)`… in as many threads; raises what one raises."""

    def run(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(run, range(WRITERS)))


def test_writers_of_the_same_things_in_any_order_lose_nothing():
    entities = [make_entity() for _ in range(10)]

    def write(writer: int) -> None:
        shuffled = random.Random(writer)
        for step in range(15):
            batch = [
                Reading(
                    entity_id=one.pk,
                    attribute=name,
                    value=[writer, step],
                    observed_at=NOW + timedelta(seconds=step, microseconds=writer),
                )
                for one in entities
                for name in (f"own{writer}", "shared")
            ]
            shuffled.shuffle(batch)
            apply_readings(batch, now=NOW)

    together(write)
    for entity in Entity.objects.all():
        values = {name: attribute["value"] for name, attribute in entity.attributes.items()}
        assert values == {**{f"own{writer}": [writer, 14] for writer in range(WRITERS)}, "shared": [WRITERS - 1, 14]}


def test_inventories_loaded_at_once_create_each_thing_once():
    def write(writer: int) -> None:
        drafts = [
            EntityDraft(
                urn=f"urn:ngsi-ld:TestThing:{n}", type="TestThing", attributes={f"own{writer}": property_of(writer)}
            )
            for n in range(200)
        ]
        upsert_entities(drafts, now=NOW)

    together(write)
    assert Entity.objects.count() == 200
    for entity in Entity.objects.all():
        assert sorted(entity.attributes) == [f"own{writer}" for writer in range(WRITERS)]


def test_an_inventory_loaded_again_does_not_block_the_readings_of_what_it_leaves_unchanged():
    drafts = [
        EntityDraft(urn=f"urn:ngsi-ld:TestThing:{n}", type="TestThing", attributes={"a": property_of(1)})
        for n in range(3)
    ]
    upsert_entities(drafts, now=NOW)
    changed = EntityDraft(urn=drafts[0].urn, type="TestThing", attributes={"a": property_of(2)})
    untouched = Entity.objects.get(urn=drafts[1].urn)

    def read(_: int) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            apply_readings([Reading(entity_id=untouched.pk, attribute="b", value=1, observed_at=NOW)], now=NOW)

    with transaction.atomic():
        assert upsert_entities([changed, *drafts[1:]], now=NOW).updated == 1
        together(read)
    assert Entity.objects.get(pk=untouched.pk).attributes["b"]["value"] == 1


def test_a_writer_that_is_killed_leaves_nothing_half_done():
    entity = make_entity()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        apply_readings([Reading(entity_id=entity.pk, attribute="level", value=1, observed_at=NOW)], now=NOW)
        raise KeyboardInterrupt
    assert "level" not in Entity.objects.get().attributes


@pytest.mark.parametrize("door", ["broker", "readings"])
def test_who_subscribes_while_a_writer_waits_is_told(door: str, settings: Settings) -> None:
    """A subscriber reads what there is once it has subscribed; all that is committed later must be told."""
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    thing = make_entity(type="Building")

    def write(_: int) -> None:
        if door == "broker":
            assert ask("PATCH", f"/entities/{thing.urn}/attrs", {"level": 2}).status == 204
        else:
            apply_readings([reading(thing, 2)], now=NOW)

    def work() -> None:
        try:
            write(0)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entity.objects.select_for_update().get(pk=thing.pk)
            writing = pool.submit(work)
            _await_waiter()
            with ThreadPoolExecutor(1) as other:
                other.submit(_subscribed).result(10)
        writing.result(10)
    assert queued() == [thing.urn]
    leave_database()


def test_a_write_that_waits_too_long_leaves_the_transaction_it_belongs_to_alone() -> None:
    thing = make_entity(type="Building")
    other = make_entity(type="Building")

    def hold(release: threading.Event, held: threading.Event) -> None:
        try:
            with transaction.atomic():
                Entity.objects.select_for_update().get(pk=thing.pk)
                held.set()
                release.wait(10)
        finally:
            connection.close()

    release, held = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold, release, held)
        assert held.wait(10)
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '50ms'")
                Entity.objects.filter(pk=other.pk).update(source="kept")
                with pytest.raises(LockNotAvailable):
                    write([Expire(urn=thing.urn)], now=NOW)
        finally:
            release.set()
        holding.result(10)
    assert Entity.objects.get(pk=other.pk).source == "kept"
    assert Entity.objects.filter(pk=thing.pk).exists()


def _subscribed() -> None:
    try:
        subscribe()
    finally:
        connection.close()


def _await_waiter() -> None:
    deadline = monotonic() + 10
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            assert monotonic() < deadline
            sleep(0.01)
