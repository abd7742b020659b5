"""The queue of changes: each handled once, failures apart, retried later, shown to operators."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel.contributions import Change, ChangeConsumer
from parvis.telemetry.context.models import Entity, QueuedChange
from parvis.telemetry.context.queue import GIVE_UP_AFTER, delay_after, handle_batch, next_due
from parvis.telemetry.context.services import apply_readings, discard_change, replay_change
from parvis.telemetry.context.tests.factories import NOW, make_entity, only_consumers, reading

pytestmark = pytest.mark.django_db


class Recorder:
    """A consumer that keeps what it is handed, writes to the database, and fails on `bad` values."""

    def __init__(self, *bad: object) -> None:
        self.bad = bad
        self.handled: list[object] = []
        self.consumer = ChangeConsumer(code="recorder", handler=self.handle)

    def handle(self, changes: Sequence[Change]) -> None:
        for change in changes:
            Entity.objects.filter(pk=change.entity_id).update(source=f"saw {change.value}")
            if change.value in self.bad:
                raise RuntimeError(f"bad value {change.value}")
        self.handled += [change.value for change in changes]


def queue(recorder: Recorder, *values: object) -> Entity:
    entity = make_entity()
    with only_consumers(recorder.consumer):
        apply_readings([reading(entity, value, attribute=f"a{n}") for n, value in enumerate(values)], now=NOW)
    return entity


def test_changes_are_handed_over_in_order_then_forgotten():
    recorder = Recorder()
    queue(recorder, 1, 2, 3)
    assert handle_batch(recorder.consumer, now=NOW) == 3
    assert recorder.handled == [1, 2, 3]
    assert handle_batch(recorder.consumer, now=NOW) == 0


def test_a_batch_is_limited():
    recorder = Recorder()
    queue(recorder, 1, 2, 3)
    assert [handle_batch(recorder.consumer, now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]


def test_the_change_is_given_as_it_was_made():
    seen: list[Change] = []
    consumer = ChangeConsumer(code="recorder", handler=seen.extend)
    entity = make_entity(level=3)
    with only_consumers(consumer):
        made = apply_readings([reading(entity, {"a": [1.5, "é"]}, unit_code="CEL")], now=NOW)
    handle_batch(consumer, now=NOW)
    assert seen == made
    assert seen[0].previous == 3


def test_one_bad_change_stops_no_other_and_comes_back_later():
    recorder = Recorder(2)
    entity = queue(recorder, 1, 2, 3)
    handle_batch(recorder.consumer, now=NOW)
    assert recorder.handled == [1, 3]
    assert Entity.objects.get(pk=entity.pk).source == "saw 3"  # what the failed handler wrote is undone
    [row] = QueuedChange.objects.all()
    assert (row.attempts, row.not_before, row.error) == (1, NOW + timedelta(seconds=2), "RuntimeError: bad value 2")
    assert handle_batch(recorder.consumer, now=NOW) == 0
    assert next_due("recorder", now=NOW) == row.not_before
    recorder.bad = ()
    assert handle_batch(recorder.consumer, now=row.not_before) == 1
    assert recorder.handled == [1, 3, 2]


def test_a_change_is_given_up_after_too_many_failures_and_kept():
    recorder = Recorder(1)
    queue(recorder, 1)
    now = NOW
    for _ in range(GIVE_UP_AFTER):
        assert handle_batch(recorder.consumer, now=now) == 1
        now += timedelta(hours=2)
    assert handle_batch(recorder.consumer, now=now + timedelta(days=9)) == 0
    row = QueuedChange.objects.get()
    assert (row.attempts, row.not_before) == (GIVE_UP_AFTER, None)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (11, 2048), (12, 3600), (60, 3600)])
def test_the_delay_doubles_up_to_an_hour(attempts, seconds):
    assert delay_after(attempts) == timedelta(seconds=seconds)


def test_an_operator_replays_or_discards():
    recorder = Recorder()
    queue(recorder, 1, 2)
    kept, waiting = QueuedChange.objects.order_by("id")
    QueuedChange.objects.filter(pk=kept.pk).update(not_before=None, attempts=GIVE_UP_AFTER, error="x")
    assert discard_change(change_id=waiting.pk) is False  # still to be tried
    assert replay_change(change_id=kept.pk, now=NOW) is True
    assert handle_batch(recorder.consumer, now=NOW) == 2
    assert replay_change(change_id=kept.pk, now=NOW) is False


def test_failures_have_a_page_with_its_two_actions():
    recorder = Recorder(1)
    entity = queue(recorder, 1)
    handle_batch(recorder.consumer, now=NOW)
    agent = sign_in(Client(), make_agent("context.operate"))
    html = agent.get("/backoffice/context/failures").content.decode()
    assert entity.urn in html
    assert "RuntimeError: bad value 1" in html
    row = QueuedChange.objects.get()
    QueuedChange.objects.update(not_before=None)
    assert agent.get(f"/backoffice/context/failures/{row.pk}/replay").status_code == 405
    assert agent.post(f"/backoffice/context/failures/{row.pk}/discard").status_code == 302
    assert not QueuedChange.objects.exists()
    assert sign_in(Client(), make_agent("context.view")).get("/backoffice/context/failures").status_code == 403


def test_the_queue_is_not_for_who_operates_one_organisation():
    recorder = Recorder(1)
    queue(recorder, 1)
    handle_batch(recorder.consumer, now=NOW)
    QueuedChange.objects.update(not_before=None)
    row = QueuedChange.objects.get()
    water = Organisation.objects.create(kind=Kind.OPERATOR, name="Eau", short_name="Eau", slug="eau")
    local = sign_in(Client(), make_agent("context.operate", organisation=water))
    assert local.get("/backoffice/context/failures").status_code == 403
    for act in ("replay", "discard"):
        assert local.post(f"/backoffice/context/failures/{row.pk}/{act}").status_code == 403
    assert QueuedChange.objects.get().not_before is None


def test_taking_uses_the_index_of_what_is_due():
    entity = make_entity()
    change = {"entity_id": entity.pk}
    QueuedChange.objects.bulk_create([QueuedChange(consumer="c", change=change, not_before=NOW) for _ in range(3000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE context_change")
        cursor.execute(
            "EXPLAIN SELECT id FROM context_change WHERE consumer = 'c' AND not_before <= %s ORDER BY not_before, id LIMIT 200",
            [NOW],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "context_change_due" in plan
    assert "Sort" not in plan
