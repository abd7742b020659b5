"""A table a day: made once however many want it, dropped when it is past its term."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from parvis.telemetry.context.tests.factories import NOW, make_entity, reading
from parvis.telemetry.history.jobs import drop_old_partitions, make_partitions_ahead
from parvis.telemetry.history.models import Observation
from parvis.telemetry.history.partitions import make_partitions, partition_days
from parvis.telemetry.history.services import record_readings


@pytest.mark.django_db
def test_the_coming_days_have_their_table():
    make_partitions_ahead(NOW)
    make_partitions_ahead(NOW)
    assert {date(2026, 11, 22), date(2026, 11, 25)} <= set(partition_days())


@pytest.mark.django_db(transaction=True)
def test_processes_that_want_the_same_new_day_make_it_once():
    days = [date(2026, 3, day) for day in range(1, 6)]

    def make(_: int) -> None:
        try:
            make_partitions(days)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert set(days) <= set(partition_days())


@pytest.mark.django_db(transaction=True)
def test_what_is_past_its_term_is_dropped_and_the_rest_kept():
    entity = make_entity()
    record_readings([reading(entity, 1, after_s=-390 * 86_400), reading(entity, 2)], now=NOW)
    later = NOW + timedelta(days=11)  # 390 + 11 > 400
    assert drop_old_partitions(later) >= 1
    assert min(partition_days()) >= (later - timedelta(days=400)).date()
    assert list(Observation.objects.filter(entity_id=entity.pk).values_list("value", flat=True)) == [2.0]
    record_readings([reading(entity, 1, after_s=-390 * 86_400)], now=NOW)  # its table is made again
    assert Observation.objects.filter(entity_id=entity.pk).count() == 2


@pytest.mark.django_db
def test_a_transaction_that_writes_sees_the_tables_made_meanwhile():
    entity = make_entity()
    for days in (200, 201, 202):
        record_readings([reading(entity, days, after_s=-days * 86_400)], now=NOW)
    assert Observation.objects.filter(entity_id=entity.pk).count() == 3
