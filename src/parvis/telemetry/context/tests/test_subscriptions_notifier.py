"""The notifier with a real receiver and a real database: told at once, in order, again after a failure, and given up in the end."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from time import monotonic, sleep
from typing import Any

import pytest
from psycopg.errors import QueryCanceled

from parvis.kernel import clock
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.models import QueuedNotification, Subscription
from parvis.telemetry.context.subscriptions.delivery import pace, periodic, worker
from parvis.telemetry.context.subscriptions.services import discard_notifications, replay_notifications
from parvis.telemetry.context.tests.notifying import leave_database, notifier
from parvis.telemetry.context.tests.subscribing import (
    URN,
    building,
    change,
    patch,
    queued,
    read,
    receiver,
    subscribe,
    until,
)

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "urn:ngsi-ld:Subscription:2"


@pytest.fixture(autouse=True)
def _open(settings: Any, transactional_db: None) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    yield
    leave_database()


@pytest.fixture(name="quick")
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off in milliseconds."""
    monkeypatch.setattr(worker, "delay_after", lambda failures, cooldown_s=0.0: pace.delay_after(failures) / 100)


def test_within_milliseconds_and_counted() -> None:
    with receiver() as told, notifier():
        subscribe(uri=told.uri)
        urn = building(free=1)
        told.wait(1)
        began = monotonic()
        change(urn, free=2)
        arrived = told.wait(2)[1].at
        assert arrived - began < 1.0
        assert told.entities[1]["free"]["value"] == 2
        assert told.received[0].headers["content-type"] == "application/json"
        until(lambda: read()["notification"].get("timesSent") == 2)
        notification = read()["notification"]
        assert notification["status"] == "ok" and "timesFailed" not in notification
        assert notification["lastNotification"] == notification["lastSuccess"]
        assert queued() == []


def test_what_waited_before_it_ran() -> None:
    with receiver() as told:
        subscribe(uri=told.uri)
        urns = [building(number, free=1) for number in range(3)]
        with notifier():
            until(lambda: len(told.entities) == 3)
            assert [one["id"] for one in told.entities] == urns
            assert len(told.received) == 1  # what waits together goes together


def test_changes_of_one_entity_are_told_one_by_one_in_order() -> None:
    with receiver() as told:
        subscribe(uri=told.uri)
        urn = building(free=0)
        for value in range(1, 10):
            change(urn, free=value)
        with notifier():
            told.wait(10)
            assert [one["free"]["value"] for one in told.entities] == list(range(10))
            assert all(len(one.body["data"]) == 1 for one in told.received)


def test_a_failure_is_counted_once_and_tried_again(quick: None) -> None:
    with receiver() as told, notifier():
        told.status = 503
        subscribe(uri=told.uri)
        urn = building(free=1)
        until(lambda: read()["notification"].get("timesFailed") == 1)
        assert read()["notification"]["status"] == "failed"
        change(urn, free=2)
        sleep(0.2)
        told.status = 200
        told.wait(2)
        assert [one["free"]["value"] for one in told.entities] == [1, 2]
        until(lambda: read()["notification"]["timesSent"] == 2)
        notification = read()["notification"]
        assert (notification["status"], notification["timesFailed"]) == ("ok", 1)


def test_nobody_there() -> None:
    with notifier():
        subscribe(uri="http://127.0.0.1:9/")
        building(free=1)
        until(lambda: read()["notification"].get("timesFailed") == 1, within_s=2)
        row = QueuedNotification.objects.get()
        assert (row.attempts, row.dead) == (1, False) and "Connect" in row.error


def test_a_slow_and_a_dead_receiver_delay_nobody() -> None:
    with receiver() as slow, receiver() as told, notifier():
        slow.delay_s = 2
        subscribe(uri=slow.uri)
        subscribe(id=OTHER, uri="http://127.0.0.1:9/")
        subscribe(id="urn:ngsi-ld:Subscription:3", uri=told.uri)
        urn = building(free=0)
        for value in range(1, 6):
            began = monotonic()
            change(urn, free=value)
            assert told.wait(value + 1)[value].at - began < 1


def test_given_up_after_many_failures_then_replayed(quick: None) -> None:
    with receiver() as told, notifier():
        told.status = 500
        subscribe(uri=told.uri)
        urn = building(free=1)
        change(urn, free=2)
        until(lambda: QueuedNotification.objects.filter(dead=True).count() == 2, within_s=60)
        assert "500" in QueuedNotification.objects.first().error  # type: ignore[union-attr]
        told.status = 200
        subscription = Subscription.objects.get()
        assert replay_notifications(subscription_id=subscription.pk) == 2
        told.wait(2)
        assert [one["free"]["value"] for one in told.entities] == [1, 2]


def test_a_notification_that_is_refused_holds_back_no_other(quick: None) -> None:
    with receiver() as told, notifier():
        told.status = 400
        subscribe(uri=told.uri)
        urn = building(free=1)
        until(lambda: QueuedNotification.objects.filter(dead=True).exists())
        told.status = 200
        change(urn, free=2)
        told.wait(1)
        assert told.entities[0]["free"]["value"] == 2
        until(lambda: QueuedNotification.objects.count() == 1)
        assert QueuedNotification.objects.get().dead
        assert discard_notifications(subscription_id=Subscription.objects.get().pk) == 1


def test_a_new_endpoint_is_tried_at_once() -> None:
    with receiver() as told, notifier():
        subscribe(uri="http://127.0.0.1:9/")
        building(free=1)
        until(lambda: read()["notification"].get("timesFailed") == 1)
        Subscription.objects.update(not_before=clock.now() + timedelta(minutes=5))
        assert patch({"notification": {"endpoint": {"uri": told.uri}}}).status == 204
        told.wait(1, within_s=3)


def test_expired_while_it_waited() -> None:
    with receiver() as told:
        subscribe(uri=told.uri)
        building(free=1)
        Subscription.objects.update(expires_at=clock.now() - timedelta(seconds=1))
        with notifier():
            until(lambda: QueuedNotification.objects.filter(dead=True).exists())
            assert told.received == []


def test_paused_it_waits_and_resumed_it_goes_on() -> None:
    with receiver() as told:
        subscribe(uri=told.uri)
        building(free=1)
        patch({"isActive": False})
        with notifier():
            sleep(0.3)
            assert told.received == []
            patch({"isActive": True})
            told.wait(1)


def test_deleted_it_is_told_no_more() -> None:
    with receiver() as told:
        subscribe(uri=told.uri)
        building(free=1)
        assert ask("DELETE", f"/subscriptions/{URN}").status == 204
        with notifier():
            sleep(0.2)
            assert told.received == [] and not QueuedNotification.objects.exists()


def test_throttled_changes_are_merged_at_the_end_of_the_window() -> None:
    with receiver() as told, notifier():
        subscribe(uri=told.uri, throttling=1)
        urn = building(1, free=0)
        first = told.wait(1)[0].at
        for value in range(1, 6):
            change(urn, free=value)
        building(2, free=9)
        second = told.wait(2)[1]
        assert second.at - first > 0.9
        assert [(one["id"][-1], one["free"]["value"]) for one in second.body["data"]] == [("1", 5), ("2", 9)]
        sleep(0.3)
        assert len(told.received) == 2


def test_every_so_often_all_that_match() -> None:
    building(1, free=1)
    building(2, free=9)
    building(3, free=2)
    with receiver() as told, notifier():
        began = monotonic()
        subscribe(uri=told.uri, timeInterval=1, q="free<5")
        found = told.wait(2)
        assert 0.9 < found[0].at - began < 1.9 and 0.7 < found[1].at - found[0].at < 1.5
        assert [one["id"][-1] for one in found[0].body["data"]] == ["1", "3"]
        until(lambda: read()["notification"].get("timesSent", 0) >= 2)
        patch({"q": "free<0"})
        sleep(0.2)
        count = len(told.received)
        sleep(1.3)
        assert len(told.received) == count  # nothing matches, nothing is sent


def test_two_notifiers_tell_once() -> None:
    with receiver() as told, notifier(), notifier():
        subscribe(uri=told.uri)
        urn = building(free=0)
        for value in range(1, 30):
            change(urn, free=value)
        told.wait(30)
        sleep(0.3)
        assert [one["free"]["value"] for one in told.entities] == list(range(30))


def test_a_private_address_is_refused_when_it_is_called(settings: Any) -> None:
    with receiver() as told:
        subscribe(uri=told.uri)
        settings.PARVIS_OUTGOING_ALLOWED = []
        with notifier():
            building(free=1)
            until(lambda: QueuedNotification.objects.filter(attempts=1).exists())
            assert "private address" in QueuedNotification.objects.get().error
            assert told.received == []


def test_a_receiver_that_was_started_again() -> None:
    with notifier():
        with receiver() as told:
            subscribe(uri=told.uri)
            urn = building(free=1)
            told.wait(1)
            until(lambda: queued() == [])
        with receiver(port=told.port) as again:
            change(urn, free=2)
            again.wait(1)
            until(lambda: read()["notification"].get("timesSent") == 2)
            assert "timesFailed" not in read()["notification"]


def test_a_fault_of_one_subscription_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = worker.notification_of

    def broken(contents: Any, target: Any, **more: Any) -> Any:
        if target.urn == URN:
            raise ZeroDivisionError
        return drawn(contents, target, **more)

    monkeypatch.setattr(worker, "notification_of", broken)
    with receiver() as told, notifier():
        subscribe(uri=told.uri)
        subscribe(id=OTHER, uri=told.uri)
        building(free=1)
        told.wait(1)
        assert told.received[0].body["subscriptionId"] == OTHER
        until(lambda: QueuedNotification.objects.filter(attempts=1, error__contains="ZeroDivision").exists())


def test_a_query_that_takes_too_long_is_a_failure_like_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> Any:
        raise QueryCanceled

    monkeypatch.setattr(periodic, "_page", stopped)
    with receiver() as told, notifier():
        subscribe(uri=told.uri, timeInterval=1)
        subscribe(id=OTHER, uri=told.uri)
        until(lambda: read()["notification"].get("timesFailed", 0) >= 1)
        building(free=1)
        told.wait(1)
