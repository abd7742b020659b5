"""Writes that arrive while others are being committed go together as the next transaction: no timer, and the busier the larger.

One thread of the process writes. A transaction that fails is tried again request by request, so that one bad write costs the others
nothing.
"""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache

from django.db import connection, connections

from parvis.kernel import clock
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.store.values import Operation, Outcome
from parvis.telemetry.context.store.write import write

log = logging.getLogger(__name__)

MOST = 2000
"""Operations in one transaction; a larger request goes alone."""


@dataclass(slots=True)
class _Request:
    operations: Sequence[Operation]
    tenant_id: int
    owner: int | None
    answer: Future[list[Outcome]] = field(default_factory=Future)


class Writer:
    """The writing thread; it starts at the first request."""

    def __init__(self) -> None:
        self._waiting: deque[_Request] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, request: _Request) -> list[Outcome]:
        with self._wake:
            self._waiting.append(request)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="broker-writer", daemon=True)
                self._thread.start()
            self._wake.notify()
        return request.answer.result()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting:
                    self._wake.wait()
                batch = self._take()
            try:
                _write(batch)
            except Exception as error:
                log.exception("a batch of writes failed")
                for request in batch:
                    if not request.answer.done():
                        request.answer.set_exception(error)
                connections.close_all()

    def _take(self) -> list[_Request]:
        """The first waiting request and those of the same tenant and owner behind it that fit."""
        first = self._waiting.popleft()
        batch, size = [first], len(first.operations)
        while self._waiting:
            following = self._waiting[0]
            size += len(following.operations)
            if size > MOST or (following.tenant_id, following.owner) != (first.tenant_id, first.owner):
                break
            batch.append(self._waiting.popleft())
        return batch


def _write(batch: Sequence[_Request]) -> None:
    first = batch[0]
    operations = [operation for request in batch for operation in request.operations]
    try:
        outcomes = write(operations, tenant_id=first.tenant_id, now=clock.now(), owner=first.owner)
    except Exception:
        if len(batch) == 1:
            raise
        for request in batch:
            _write_alone(request)
        return
    start = 0
    for request in batch:
        end = start + len(request.operations)
        request.answer.set_result(outcomes[start:end])
        start = end


def _write_alone(request: _Request) -> None:
    try:
        request.answer.set_result(
            write(request.operations, tenant_id=request.tenant_id, now=clock.now(), owner=request.owner)
        )
    except Exception as error:  # told to the one who asked
        request.answer.set_exception(error)


@cache
def _writer() -> Writer:
    return Writer()


def submit(operations: Sequence[Operation], *, tenant_id: int = CITY, owner: int | None = None) -> list[Outcome]:
    """What became of each operation, once committed. Raises the database's errors.

    Called inside a transaction, the write belongs to it.
    """
    if connection.in_atomic_block:
        return write(operations, tenant_id=tenant_id, now=clock.now(), owner=owner)
    return _writer().submit(_Request(operations, tenant_id, owner))
