"""Requests that arrive while a batch is being stored form the next batch: the busier, the larger."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from parvis.telemetry.devices.ingestion import Outcome, RawUplink

Store = Callable[[Sequence[RawUplink]], list[Outcome]]


PAUSE_S = 0.003
"""After a batch of several messages: their senders are about to send the next, which then go together. A batch costs as much as ten messages."""


class Full(Exception):
    """More is waiting than is worth keeping: the sender must come back later."""


class Batcher:
    """`store` runs in `executor`, one batch at a time. Of one event loop."""

    def __init__(
        self, store: Store, executor: Executor, *, most: int = 500, capacity: int = 2000, capacity_bytes: int = 32 << 20
    ) -> None:
        self._store = store
        self._executor = executor
        self._most = most
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._waiting: list[tuple[RawUplink, asyncio.Future[Outcome]]] = []
        self._waiting_bytes = 0
        self._task: asyncio.Task[None] | None = None

    async def submit(self, raw: RawUplink) -> Outcome:
        """The outcome, once committed. Raises `Full`, and what `store` raises."""
        if len(self._waiting) >= self._capacity or self._waiting_bytes + len(raw.body) > self._capacity_bytes:
            raise Full
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((raw, answer))
        self._waiting_bytes += len(raw.body)
        if self._task is None:
            self._task = loop.create_task(self._run())
        return await answer

    async def drained(self) -> None:
        """Returns when nothing is waiting."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                raws = [raw for raw, _ in batch]
                self._waiting_bytes -= sum(len(raw.body) for raw in raws)
                try:
                    outcomes = await loop.run_in_executor(self._executor, self._store, raws)
                except Exception as error:  # told to each sender, who keeps its message
                    for _, answer in batch:
                        if not answer.done():
                            answer.set_exception(error)
                    continue
                for (_, answer), outcome in zip(batch, outcomes, strict=True):
                    if not answer.done():  # its sender has hung up: stored all the same
                        answer.set_result(outcome)
                if len(batch) > 1:
                    await asyncio.sleep(PAUSE_S)
        finally:
            self._task = None
