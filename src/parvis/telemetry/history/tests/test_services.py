"""Every reading is kept once, in the table of its day, together with the state it makes."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import NOW, make_entity, reading
from parvis.telemetry.history.models import Attribute, Observation
from parvis.telemetry.history.partitions import partition_days
from parvis.telemetry.history.rules import ReadingTimeRefused, ReadingValueRefused
from parvis.telemetry.history.selectors import series
from parvis.telemetry.history.services import record_readings

pytestmark = pytest.mark.django_db


def kept(entity: Entity, name: str = "level") -> list[tuple[object, object]]:
    rows = Observation.objects.filter(entity_id=entity.pk, attribute_id=Attribute.objects.get(name=name).pk)
    return list(rows.order_by("observed_at").values_list("value", "document"))


def test_a_reading_is_kept_and_becomes_the_state():
    entity = make_entity()
    [change] = record_readings([reading(entity, 4)], now=NOW)
    assert change.value == 4
    assert kept(entity) == [(4.0, None)]
    assert Entity.objects.get(pk=entity.pk).attributes["level"]["value"] == 4


def test_a_redelivery_changes_nothing():
    entity = make_entity()
    batch = [reading(entity, 4), reading(entity, 5, after_s=1), reading(entity, 4)]
    assert len(record_readings(batch, now=NOW)) == 1
    assert record_readings(batch, now=NOW) == []
    assert kept(entity) == [(4.0, None), (5.0, None)]


def test_a_late_reading_is_history_and_no_change():
    entity = make_entity()
    record_readings([reading(entity, 5)], now=NOW)
    assert record_readings([reading(entity, 4, after_s=-60)], now=NOW) == []
    assert kept(entity) == [(4.0, None), (5.0, None)]


@pytest.mark.parametrize(
    ("value", "number", "document"),
    [
        (3, 3.0, None),
        (2**60 + 1, float(2**60), {"value": 2**60 + 1}),
        (True, 1.0, {"value": True}),
        (False, 0.0, {"value": False}),
        ("on", None, {"value": "on"}),
        ("été 🌞\n", None, {"value": "été 🌞\n"}),
        ({"a": [1, None]}, None, {"value": {"a": [1, None]}}),
    ],
)
def test_numbers_and_others_are_stored_apart(value, number, document):
    entity = make_entity()
    record_readings([reading(entity, value)], now=NOW)
    assert kept(entity) == [(number, document)]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), None, {"a": float("-inf")}, "a\0b", "\ud800", [{"\0": 1}], 10**30, object()]
)
def test_values_that_could_not_be_read_back_are_refused_whole(value):
    entity = make_entity()
    with pytest.raises(ReadingValueRefused):
        record_readings([reading(entity, 1), reading(entity, value, after_s=1)], now=NOW)
    assert not Observation.objects.filter(entity_id=entity.pk).exists()


@pytest.mark.parametrize(
    ("days", "accepted"),
    [(-401, False), (-399, True), (0.99, True), (1.01, False)],
)
def test_readings_out_of_time_are_refused(days, accepted):
    entity = make_entity()
    batch = [reading(entity, after_s=days * 86_400)]
    if accepted:
        record_readings(batch, now=NOW)
        assert (NOW + timedelta(days=days)).date() in partition_days()
    else:
        with pytest.raises(ReadingTimeRefused):
            record_readings(batch, now=NOW)


def test_a_caller_may_catch_a_refusal_and_go_on_in_its_transaction():
    entity = make_entity()
    with transaction.atomic():
        with pytest.raises(ReadingTimeRefused):
            record_readings([reading(entity, after_s=10 * 86_400)], now=NOW)
        record_readings([reading(entity, 2)], now=NOW)
    assert kept(entity) == [(2.0, None)]


def test_a_rolled_back_transaction_leaves_neither_observation_nor_state():
    entity = make_entity()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_readings([reading(entity, 2, attribute="neverSeenBefore")], now=NOW)
        raise ZeroDivisionError
    assert not Observation.objects.filter(entity_id=entity.pk).exists()
    assert "neverSeenBefore" not in Entity.objects.get(pk=entity.pk).attributes
    record_readings([reading(entity, 3, attribute="neverSeenBefore")], now=NOW)
    assert kept(entity, "neverSeenBefore") == [(3.0, None)]


def test_an_observation_lies_in_the_table_of_its_day_in_utc():
    entity = make_entity()
    record_readings([reading(entity, after_s=-12 * 3600), reading(entity, after_s=-12 * 3600 - 1)], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM history_observation WHERE entity_id = %s ORDER BY observed_at",
            [entity.pk],
        )
        assert [name for (name,) in cursor.fetchall()] == [
            "history_observation_20261121",
            "history_observation_20261122",
        ]


def test_series_reads_a_span_in_order_with_booleans_as_numbers():
    entity = make_entity()
    record_readings(
        [reading(entity, value, after_s=at) for at, value in ((2, True), (0, 7), (1, "no number"), (9, 1))], now=NOW
    )
    assert series(entity.pk, "level", NOW, NOW + timedelta(seconds=9)) == [
        (NOW, 7.0),
        (NOW + timedelta(seconds=2), 1.0),
    ]
    assert series(entity.pk, "unknownAttribute", NOW, NOW + timedelta(days=1)) == []
