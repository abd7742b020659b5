"""The notifier: woken by each commit that queues something, it tells every subscriber at its own pace. Any number of them may run."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import psycopg

from parvis.kernel import clock
from parvis.telemetry.context.listening import listening_parameters
from parvis.telemetry.context.subscriptions.delivery.losses import LOST, is_lost
from parvis.telemetry.context.subscriptions.delivery.outbox import Outbox
from parvis.telemetry.context.subscriptions.delivery.pace import Pace
from parvis.telemetry.context.subscriptions.delivery.periodic import tell_periodically
from parvis.telemetry.context.subscriptions.delivery.sender import Sender
from parvis.telemetry.context.subscriptions.delivery.targets import Target
from parvis.telemetry.context.subscriptions.delivery.worker import Worker
from parvis.telemetry.context.subscriptions.queueing import CHANGED, CHANNEL
from parvis.telemetry.context.waking import ids_of

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 15.0
"""How long at most what a notifier that died held waits for another."""

_RECONNECT_S = 0.5
_STOP_PATIENCE_S = 5.0
_AFTER_A_FAULT = timedelta(seconds=30)
_REMEMBERED = 5_000  # subscriptions whose target and pace are kept in memory


async def run(stop: asyncio.Event) -> None:
    """Until `stop`; outlives a restart of the database."""
    while not stop.is_set():
        try:
            await _Notifier.serve(stop)
        except LOST as error:
            log.warning("the database is lost, trying again: %s", str(error).strip())
            await _wait(stop, _RECONNECT_S)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


class _Notifier:
    """As long as its connections to the database hold."""

    def __init__(self, listener: psycopg.AsyncConnection[Any], outbox: Outbox) -> None:
        self.outbox = outbox
        self.sender = Sender()
        self._listener = listener
        self._workers: dict[int, Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._asleep: dict[int, asyncio.TimerHandle] = {}
        self._known: OrderedDict[int, tuple[Pace, Target | None]] = OrderedDict()
        self._periodic: set[int] = set()
        self._timetable = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = False

    @classmethod
    async def serve(cls, stop: asyncio.Event) -> None:
        """Raises what a lost database raises."""
        parameters = listening_parameters() | {"application_name": "parvis-notifier"}
        listener = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
        try:
            await listener.execute(f"LISTEN {CHANNEL}")
            outbox = await Outbox.open()
            notifier = cls(listener, outbox)
            try:
                await notifier._serve(stop)
            finally:
                await notifier._close()
        finally:
            await listener.close()

    async def _serve(self, stop: asyncio.Event) -> None:
        stopping = asyncio.ensure_future(stop.wait())
        for duty in (self._listen(), self._sweep(), self._fire()):
            self._start(duty)
        await asyncio.wait((stopping, self._broken), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._broken.done():
            self._broken.result()

    async def _close(self) -> None:
        """What is under way may end, unless the database is lost: it would not be known."""
        self._closing = True
        for handle in self._asleep.values():
            handle.cancel()
        if not self._broken.done() and self._workers:
            await asyncio.wait(
                [task for task in self._tasks if task.get_name() == "worker"]
                or [asyncio.create_task(asyncio.sleep(0))],
                timeout=_STOP_PATIENCE_S,
            )
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.sender.close()
        await self.outbox.close()

    # What wakes it.

    async def _listen(self) -> None:
        async for notice in self._listener.notifies():
            if notice.payload.startswith(CHANGED):
                for subscription_id in ids_of(notice.payload.removeprefix(CHANGED)) or ():
                    self._changed(subscription_id)
            else:
                for subscription_id in ids_of(notice.payload) or ():
                    self.wake(subscription_id)
        raise psycopg.OperationalError("the connection that listens has ended")

    async def _sweep(self) -> None:
        """What waits since before this notifier ran, or was left by another."""
        while True:
            for subscription_id in await self.outbox.waiting():
                if subscription_id in self._asleep and self._is_throttled(subscription_id):
                    await self.outbox.merge(subscription_id)  # a long window must not fill the disk
                self.wake(subscription_id)
            await asyncio.sleep(SWEEP_EVERY_S)

    def _is_throttled(self, subscription_id: int) -> bool:
        _, target = self._known.get(subscription_id, (None, None))
        return target is not None and target.throttling_s > 0

    def _changed(self, subscription_id: int) -> None:
        """A new endpoint, another interval: what it waited for may be no more."""
        if handle := self._asleep.pop(subscription_id, None):
            handle.cancel()
        self._known.pop(subscription_id, None)
        self._timetable.set()
        self.wake(subscription_id)

    def wake(self, subscription_id: int) -> None:
        if self._closing or subscription_id in self._asleep:
            return
        if worker := self._workers.get(subscription_id):
            worker.woken = True
            return
        pace, target = self._known.pop(subscription_id, (Pace(), None))
        worker = self._workers[subscription_id] = Worker(subscription_id, self, pace, target)
        self._start(self._work(worker), name="worker")

    def later(self, subscription_id: int, at: datetime) -> None:
        """Nothing is to be told before."""

        def awake() -> None:
            self._asleep.pop(subscription_id, None)
            self.wake(subscription_id)

        delay = max(0.0, (at - clock.now()).total_seconds())
        self._asleep[subscription_id] = asyncio.get_running_loop().call_later(delay, awake)

    # What it does.

    async def _work(self, worker: Worker) -> None:
        try:
            await worker.run()
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("subscription %s cannot be told, trying again later", worker.id)
            self.later(worker.id, clock.now() + _AFTER_A_FAULT)
        finally:
            del self._workers[worker.id]
            self._known[worker.id] = worker.pace, worker.target
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            if worker.woken:
                self.wake(worker.id)

    async def _fire(self) -> None:
        """Periodic subscriptions, each at its time."""
        while True:
            self._timetable.clear()
            due, following = await self.outbox.due(clock.now())
            for subscription_id in due:
                self._tell_periodically(subscription_id)
            delay = SWEEP_EVERY_S if following is None else (following - clock.now()).total_seconds()
            try:
                async with asyncio.timeout(max(0.01, min(delay, SWEEP_EVERY_S))):
                    await self._timetable.wait()
            except TimeoutError:
                continue

    def _tell_periodically(self, subscription_id: int) -> None:
        """Not again while it is still being told."""
        if subscription_id not in self._periodic:
            self._periodic.add(subscription_id)
            self._start(self._told_periodically(subscription_id), name="worker")

    async def _told_periodically(self, subscription_id: int) -> None:
        try:
            await tell_periodically(subscription_id, self)
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("periodic subscription %s cannot be told", subscription_id)
            await self.outbox.told_periodically(subscription_id, failed=True, now=clock.now())
        finally:
            self._periodic.discard(subscription_id)

    def _start(self, duty: Coroutine[Any, Any, None], *, name: str = "duty") -> None:
        task = asyncio.create_task(duty, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A failure that is nobody's own is that of the database: all begins again with new connections."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._broken.done():
            if not isinstance(error, LOST):
                log.error("the notifier begins again", exc_info=error)
                error = psycopg.OperationalError(f"the notifier begins again: {error}")
            self._broken.set_exception(error)
