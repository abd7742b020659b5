"""Several writers at once: no deadlock, no attribute lost, no thing twice."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import apply_readings, upsert_entities
from parvis.telemetry.context.tests.factories import NOW, make_entity
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
