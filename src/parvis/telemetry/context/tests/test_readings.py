"""Readings become state: strictly newer wins, and each step forward is one change in each queue."""

from datetime import timedelta

import pytest
from django.db import connection

from parvis.kernel.contributions import AttributeSpec, ChangeConsumer, EntityType, ThingState
from parvis.telemetry.context import states
from parvis.telemetry.context.models import Entity, QueuedChange
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.tests.factories import NOW, declared, make_entity, only_consumers, reading

pytestmark = pytest.mark.django_db


def attribute(entity: Entity, name: str = "level") -> object:
    return Entity.objects.get(pk=entity.pk).attributes.get(name)


def test_a_reading_becomes_the_state_in_ngsi_ld_form():
    entity = make_entity()
    [change] = apply_readings([reading(entity, 12.5, unit_code="CEL")], now=NOW)
    assert attribute(entity) == {
        "type": "Property",
        "value": 12.5,
        "unitCode": "CEL",
        "observedAt": "2026-11-22T12:00:00Z",
    }
    assert (change.urn, change.attribute, change.value, change.previous, change.unit_code) == (
        entity.urn,
        "level",
        12.5,
        None,
        "CEL",
    )


@pytest.mark.parametrize(
    ("after_s", "wins"),
    [
        (1, True),
        (0.000001, True),  # a microsecond is enough
        (0, False),  # the same instant: a redelivery
        (-1, False),  # late: history only
    ],
)
def test_only_a_strictly_newer_reading_changes_the_state(after_s, wins):
    entity = make_entity()
    apply_readings([reading(entity, 1)], now=NOW)
    changes = apply_readings([reading(entity, 2, after_s=after_s)], now=NOW)
    assert bool(changes) is wins
    assert attribute(entity)["value"] == (2 if wins else 1)


def test_the_change_tells_the_previous_value():
    entity = make_entity()
    apply_readings([reading(entity, 1)], now=NOW)
    [change] = apply_readings([reading(entity, 2, after_s=5)], now=NOW)
    assert (change.previous, change.value, change.observed_at) == (1, 2, NOW + timedelta(seconds=5))


def test_of_a_batch_out_of_order_the_newest_is_kept_and_makes_one_change():
    entity = make_entity()
    changes = apply_readings(
        [reading(entity, 3, after_s=3), reading(entity, 9, after_s=9), reading(entity, 1)], now=NOW
    )
    assert [change.value for change in changes] == [9]
    assert attribute(entity)["value"] == 9


def test_an_inventoried_value_without_instant_gives_way_to_the_first_reading():
    entity = make_entity(level=5)
    [change] = apply_readings([reading(entity, 6, after_s=-3600)], now=NOW)
    assert change.previous == 5


def test_sub_attributes_units_and_other_datasets_are_kept():
    instance = {"type": "Property", "value": 1, "unitCode": "CEL", "accuracy": {"type": "Property", "value": 0.1}}
    other = {"type": "Property", "value": 8, "datasetId": "urn:ngsi-ld:Dataset:b"}
    entity = make_entity(attributes={"level": [instance, other]})
    [change] = apply_readings([reading(entity, 2)], now=NOW)
    assert attribute(entity) == [{**instance, "value": 2, "observedAt": "2026-11-22T12:00:00Z"}, other]
    assert (change.previous, change.unit_code) == (1, "CEL")


def test_other_attributes_are_left_alone_and_unknown_things_are_left_out():
    entity = make_entity(name="Quai")
    stranger = reading(entity)
    object.__setattr__(stranger, "entity_id", entity.pk + 1000)
    assert len(apply_readings([reading(entity), stranger], now=NOW)) == 1
    assert attribute(entity, "name") == {"type": "Property", "value": "Quai"}


def test_a_moving_thing_moves_on_the_map():
    entity = make_entity(longitude=5.0, latitude=47.3)
    point = {"type": "Point", "coordinates": [5.05, 47.32]}
    apply_readings([reading(entity, point, attribute="location")], now=NOW)
    entity.refresh_from_db()
    assert (entity.longitude, entity.latitude) == (5.05, 47.32)
    assert entity.attributes["location"] == {
        "type": "GeoProperty",
        "value": point,
        "observedAt": "2026-11-22T12:00:00Z",
    }


def test_the_state_follows_the_declared_type():
    kind = EntityType(
        name="TestThing",
        label="Objet",
        plural="Objets",
        icon="box",
        colour="#000000",
        attributes=(AttributeSpec(name="level", label="Niveau"),),
        state=lambda attributes: (
            ThingState.FAULT if attributes.get("level", {}).get("value", 0) > 10 else ThingState.OK
        ),
    )
    with declared(kind):
        states.entity_types.cache_clear()
        try:
            entity = make_entity()
            assert entity.state == states.CODES[ThingState.OK]
            apply_readings([reading(entity, 11)], now=NOW)
            assert Entity.objects.get(pk=entity.pk).state == states.CODES[ThingState.FAULT]
        finally:
            states.entity_types.cache_clear()


def test_each_consumer_has_its_own_queue():
    entity = make_entity()
    with only_consumers(ChangeConsumer(code="a", handler=print), ChangeConsumer(code="b", handler=print)):
        apply_readings([reading(entity, 1), reading(entity, 2, attribute="other")], now=NOW)
    rows = QueuedChange.objects.values_list("consumer", "change__attribute").order_by("consumer", "id")
    assert list(rows) == [("a", "level"), ("a", "other"), ("b", "level"), ("b", "other")]


def test_a_batch_costs_four_statements_whatever_its_size(monkeypatch):
    entities = [make_entity() for _ in range(20)]
    batch = [reading(one, n, attribute=name) for n, one in enumerate(entities) for name in ("level", "other")]
    statements = count_statements(monkeypatch)
    assert len(apply_readings(batch, now=NOW)) == 40
    assert (
        len(statements) == 4
    )  # the rows locked, what the rules want to hear of, the rows written, whether anybody subscribed


def count_statements(monkeypatch) -> list[str]:
    import psycopg

    made: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self, query, *args, **kwargs):
        made.append(str(query))
        return execute(self, query, *args, **kwargs)

    connection.ensure_connection()
    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    return made
