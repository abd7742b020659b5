"""However many reactors evaluate the same changes: one alarm, one line, one event. Real threads, real connections."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections

from parvis.foundations.identity.tests.factories import make_agent
from parvis.kernel.contributions import On
from parvis.kernel.errors import Refusal
from parvis.telemetry.context.tests.factories import NOW, declared
from parvis.telemetry.supervision.events import AlarmRaised
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, AlarmEventKind, RuleState
from parvis.telemetry.supervision.rules.alarms import State
from parvis.telemetry.supervision.services import acknowledge, close_by_intervention, evaluate, set_enabled, tick
from parvis.telemetry.supervision.tests.factories import change, make_organisation, make_rule, make_thing, raise_alarm

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8


def together(*works: Callable[[], Any]) -> list[Any]:
    """Runs all at the same instant, each on a connection of its own; answers their results, exceptions included."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            connection.ensure_connection()
            gate.wait(10)
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def failures(results: list[Any]) -> list[Any]:
    return [one for one in results if isinstance(one, Exception)]


def heard(event: AlarmRaised) -> None:
    """A reaction that only has to be queued."""


def queued() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args->>'reaction' LIKE '%test_concurrency.heard'")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("delay_s", [0, 30])
def test_eight_reactors_on_the_same_changes_raise_one_alarm_a_thing(delay_s: int) -> None:
    owner = make_organisation()
    make_rule(on_delay_s=delay_s)
    things = [make_thing(organisation_id=owner.pk) for _ in range(20)]
    later = NOW + timedelta(seconds=60)
    seen = [change(thing, 11, at=NOW) for thing in things]
    orders = [seen if worker % 2 else seen[::-1] for worker in range(WORKERS)]

    def work(batch: list[Any]) -> None:
        evaluate(changes=batch, now=NOW)
        tick(later)

    before = queued()  # the queue is not emptied between tests
    with declared(On(event=AlarmRaised, handler=heard)):
        assert not failures(together(*(lambda batch=batch: work(batch) for batch in orders)))
        tick(later)  # what one left to another that had ended
    assert Alarm.objects.count() == len(things)
    assert set(Alarm.objects.values_list("occurrences", flat=True)) == {1}
    assert AlarmEvent.objects.count() == len(things)
    assert queued() - before == len(things)
    assert RuleState.objects.count() == len(things)


def test_interleaved_batches_of_a_chattering_thing_end_in_one_alarm_that_follows_the_latest_reading() -> None:
    make_rule()
    thing = make_thing()
    batches = [
        [
            change(thing, 11 if (step + worker) % 2 else 5, at=NOW + timedelta(seconds=step * WORKERS + worker))
            for step in range(10)
        ]
        for worker in range(WORKERS)
    ]
    last = max((one for batch in batches for one in batch), key=lambda one: one.observed_at)

    def work(batch: list[Any]) -> None:
        for one in batch:
            evaluate(changes=[one], now=NOW)

    assert not failures(together(*(lambda batch=batch: work(batch) for batch in batches)))
    alarm = Alarm.objects.get()
    assert (alarm.state == State.ACTIVE_UNACKNOWLEDGED) is (last.value == 11)
    assert RuleState.objects.get().observed_at == last.observed_at


def test_two_operators_acknowledge_one_alarm_and_one_is_told() -> None:
    alarm = raise_alarm()
    operators = [make_agent() for _ in range(WORKERS)]
    results = together(*(lambda by=by: acknowledge(alarm=alarm, by=by, now=NOW) for by in operators))
    refused = failures(results)
    assert len(refused) == WORKERS - 1
    assert all(isinstance(one, Refusal) for one in refused)
    assert AlarmEvent.objects.filter(kind=AlarmEventKind.ACKNOWLEDGED).count() == 1


def test_repairs_readings_and_acknowledgements_cross_without_deadlock() -> None:
    alarm = raise_alarm()
    agent = make_agent()
    urn = str(alarm.urn)

    def readings() -> None:
        for step in range(1, 15):
            value = 11 if step % 2 else 5
            evaluate(changes=[change(alarm.entity, value, at=NOW + timedelta(seconds=step))], now=NOW)

    def repairs() -> None:
        for _ in range(15):
            close_by_intervention(alarm_urn=urn, intervention_urn="urn:ngsi-ld:Intervention:1", now=NOW)

    def acknowledgements() -> None:
        for _ in range(15):
            for open_alarm in Alarm.objects.open():
                try:
                    acknowledge(alarm=open_alarm, by=agent, now=NOW)
                except Refusal:
                    continue

    assert not failures(together(readings, repairs, acknowledgements, readings))
    assert Alarm.objects.open().count() <= 1


def test_a_rule_switched_off_while_it_is_evaluated_leaves_no_open_alarm() -> None:
    rule = make_rule()
    things = [make_thing() for _ in range(10)]
    actor = make_agent().urn

    def readings() -> None:
        for thing in things:
            evaluate(changes=[change(thing, 11, at=NOW)], now=NOW)

    assert not failures(
        together(readings, lambda: set_enabled(rule=rule, enabled=False, actor=actor, now=NOW), readings)
    )
    assert not Alarm.objects.open().exists()
    assert not RuleState.objects.exists()
