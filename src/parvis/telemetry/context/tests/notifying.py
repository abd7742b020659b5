"""The notifier in a thread of the test, as its process runs it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from django.db import connection, connections

from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.store.batching import writer
from parvis.telemetry.context.store.values import Outcome
from parvis.telemetry.context.subscriptions.delivery.notifier import run


class _Farewell:
    """Asks the writing thread to close its connection to the database of the test."""

    tenant_id, owner = CITY, None

    def __init__(self) -> None:
        self.done = threading.Event()

    def begin(self) -> None:
        connections.close_all()
        self.done.set()

    def end(self, outcomes: list[Outcome]) -> None: ...

    def fail(self, error: Exception) -> None: ...


def leave_database() -> None:
    """No thread may keep the database of the test open."""
    farewell = _Farewell()
    writer().put(farewell)
    assert farewell.done.wait(10)


@contextmanager
def notifier() -> Iterator[None]:
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    failed: list[BaseException] = []

    def work() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(run(stop))
        except BaseException as error:
            failed.append(error)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            connections.close_all()

    thread = threading.Thread(target=work, name="notifier")
    thread.start()
    try:
        _await_listening()
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive()
        assert not failed, failed


def _await_listening() -> None:
    deadline = monotonic() + 10
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'parvis-notifier'"
                " AND datname = current_database()"
            )
            if cursor.fetchone()[0] >= 2:
                return
            assert monotonic() < deadline
            sleep(0.01)
