"""The reactor wakes by itself, shares the work, keeps the timers, and outlives the database's restarts."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection

from parvis.kernel import clock
from parvis.kernel.contributions import Change, ChangeConsumer
from parvis.telemetry.context.models import QueuedChange
from parvis.telemetry.context.reactor import Reactor
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.tests.factories import NOW, make_entity, only_consumers, reading

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 10


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@contextmanager
def running(*reactors: Reactor) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=reactor.run, args=[stop]) for reactor in reactors]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def publish(consumer: ChangeConsumer, entity, *values: int) -> None:
    with only_consumers(consumer):
        for value in values:
            apply_readings([reading(entity, value, after_s=value)], now=clock.now())


def backends() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN parvis%' AND datname = current_database()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_a_commit_wakes_it_within_a_second():
    seen: list[object] = []
    consumer = ChangeConsumer(code="recorder", handler=lambda changes: seen.extend(one.value for one in changes))
    entity = make_entity()
    with running(Reactor(consumers=[consumer])):
        wait_for(lambda: bool(backends()))
        time.sleep(0.2)  # it has found nothing and sleeps
        started = time.monotonic()
        publish(consumer, entity, 1)
        wait_for(lambda: seen == [1])
        assert time.monotonic() - started < 1


def test_several_share_the_work_and_handle_each_change_once():
    lock = threading.Lock()
    seen: list[object] = []

    def handle(changes: Sequence[Change]) -> None:
        with lock:
            seen.extend(one.value for one in changes)

    consumer = ChangeConsumer(code="recorder", handler=handle)
    entity = make_entity()
    with running(*(Reactor(consumers=[consumer]) for _ in range(3))):
        publish(consumer, entity, *range(1, 61))
        wait_for(lambda: len(seen) >= 60)
    assert sorted(seen) == list(range(1, 61))
    assert not QueuedChange.objects.exists()


def test_it_outlives_the_loss_of_its_connections():
    seen: list[object] = []
    consumer = ChangeConsumer(code="recorder", handler=lambda changes: seen.extend(one.value for one in changes))
    entity = make_entity()
    with running(Reactor(consumers=[consumer])):
        wait_for(lambda: bool(backends()))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        publish(consumer, entity, 1)
        wait_for(lambda: seen == [1])


def test_a_timer_is_called_when_it_falls_due_and_not_before():
    calls: list[datetime] = []
    due = clock.now() + timedelta(seconds=0.6)

    def tick(now: datetime) -> datetime | None:
        calls.append(now)
        return due if now < due else None

    with running(Reactor(consumers=[ChangeConsumer(code="timer", handler=print, tick=tick)])):
        wait_for(lambda: bool(calls) and calls[-1] >= due)
    assert len(calls) == 2  # at the start and when due: it did not poll in between


def test_a_timer_that_fails_stops_nothing(caplog):
    seen: list[object] = []

    def tick(now: datetime) -> datetime | None:
        raise ZeroDivisionError

    broken = ChangeConsumer(code="broken", handler=print, tick=tick)
    consumer = ChangeConsumer(code="recorder", handler=lambda changes: seen.extend(one.value for one in changes))
    entity = make_entity()
    with running(Reactor(consumers=[broken, consumer])):
        publish(consumer, entity, 1)
        wait_for(lambda: seen == [1])
    assert "the timer of broken failed" in caplog.text


def test_what_is_due_is_told_without_running():
    recorder: list[object] = []
    consumer = ChangeConsumer(code="recorder", handler=recorder.extend, tick=lambda now: NOW + timedelta(minutes=5))
    publish(consumer, make_entity(), 1)
    assert Reactor(consumers=[consumer]).run_due() is not None
    assert len(recorder) == 1
    now = NOW
    assert Reactor(consumers=[consumer], now=lambda: now).run_due() == NOW + timedelta(minutes=5)
