"""Hands changes of state to those who follow them, within milliseconds of the commit and without ever polling.

Any number of reactors may run, in any number of processes. A reactor sleeps until PostgreSQL tells it of a commit, or until the
earliest instant at which a consumer's timer or a failed change falls due.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection, transaction

from parvis.kernel import clock
from parvis.kernel.contributions import ChangeConsumer
from parvis.kernel.registry import registry
from parvis.telemetry.context.listening import listening_connection
from parvis.telemetry.context.queue import handle_batch, next_due

log = logging.getLogger(__name__)

LONGEST_SLEEP = timedelta(seconds=60)
"""A timer known only to a reactor that died is found by another within this time."""

_STOP_CHECK_S = 0.5  # how long a stop may wait; costs no query
_RECONNECT_S = 1.0
_FAILED_TIMER = timedelta(seconds=5)
_SHORTEST_SLEEP = timedelta(milliseconds=100)  # a timer that another reactor is handling still answers "now"


class Reactor:
    """`consumers` by default are all those the packages declare."""

    def __init__(
        self, *, consumers: list[ChangeConsumer] | None = None, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._consumers = [one for _, one in registry.all(ChangeConsumer)] if consumers is None else consumers
        self._now = now

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; outlives a restart of the database."""
        while not stop.is_set():
            try:
                with listening_connection() as listener:
                    while not stop.is_set():
                        self._sleep(listener, self.run_due(stop), stop)
            except (psycopg.OperationalError, DatabaseError, InterfaceError) as error:
                log.warning("the database is lost, trying again: %s", error)
                connection.close()
                stop.wait(_RECONNECT_S)
        connection.close()

    def run_due(self, stop: threading.Event | None = None) -> datetime | None:
        """Handles all that is due now; answers when something will be, None if nothing is known to come."""
        due: list[datetime | None] = []
        for consumer in self._consumers:
            while not (stop and stop.is_set()) and handle_batch(consumer, now=self._now()):
                pass
            due += [self._tick(consumer), next_due(consumer.code, now=self._now())]
        return min((one for one in due if one is not None), default=None)

    def _tick(self, consumer: ChangeConsumer) -> datetime | None:
        """A timer that fails is called again: it must not stop the changes of the others."""
        now = self._now()
        if consumer.tick is None:
            return None
        try:
            with transaction.atomic():
                due = consumer.tick(now)
        except Exception:
            if connection.connection is None or connection.connection.closed:
                raise
            log.exception("the timer of %s failed", consumer.code)
            return now + _FAILED_TIMER
        return None if due is None else max(due, now + _SHORTEST_SLEEP)

    def _sleep(
        self, listener: "psycopg.Connection[tuple[Any, ...]]", due: datetime | None, stop: threading.Event
    ) -> None:
        until = self._now() + LONGEST_SLEEP
        if due is not None:
            until = min(until, due)
        while not stop.is_set() and (left := (until - self._now()).total_seconds()) > 0:
            if any(True for _ in listener.notifies(timeout=min(left, _STOP_CHECK_S), stop_after=1)):
                for _ in listener.notifies(timeout=0):
                    pass  # the commits they tell of are all visible now
                return
