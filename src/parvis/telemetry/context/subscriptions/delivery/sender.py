"""What carries notifications away, and the two lanes in which they wait: those in trouble never take the place of those who are well."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

from parvis.kernel import outgoing
from parvis.kernel.outgoing import OutgoingError, OutgoingRequest, OutgoingResponse
from parvis.telemetry.context.subscriptions.delivery.http import http_session, post
from parvis.telemetry.context.subscriptions.delivery.mqtt import MqttSender
from parvis.telemetry.context.subscriptions.delivery.payloads import Payload
from parvis.telemetry.context.subscriptions.delivery.receivers import Receiver

P = ParamSpec("P")
T = TypeVar("T")

LANE = 128
"""Notifications being sent at once in each lane; with `pace.MOST_CHARACTERS` it bounds the memory."""

_DATABASE_THREADS = 4
_NAME_THREADS = 64  # resolving a name may take seconds: enough of them that few others wait


class Sender:
    """Made in the running loop, closed by it."""

    def __init__(self) -> None:
        self._http = http_session()
        self._mqtt = MqttSender()
        self._database = ThreadPoolExecutor(_DATABASE_THREADS, thread_name_prefix="notifier-database")
        self.well = asyncio.Semaphore(LANE)
        self.troubled = asyncio.Semaphore(LANE)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_NAME_THREADS, thread_name_prefix="names"))

    async def send(self, receiver: Receiver, payload: Payload) -> None:
        """Raises `DeliveryFailed`."""
        if receiver.is_mqtt:
            await self._mqtt.publish(receiver, payload)
        else:
            await post(self._http, receiver, payload)

    async def answers(self, requests: Sequence[OutgoingRequest]) -> list[OutgoingResponse | OutgoingError]:
        """Of requests to other brokers, in their order, made all at once."""

        async def answer(asked: OutgoingRequest) -> OutgoingResponse | OutgoingError:
            try:
                return await outgoing.send(self._http, asked)
            except OutgoingError as error:
                return error

        return await asyncio.gather(*map(answer, requests))

    async def in_database(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """In a thread with a connection of Django."""

        def done() -> T:
            close_old_connections()
            return work(*arguments, **named)

        return await asyncio.get_running_loop().run_in_executor(self._database, done)

    async def close(self) -> None:
        await self._mqtt.close()
        await self._http.close()
        self._close_connections()
        self._database.shutdown(wait=False)

    def _close_connections(self) -> None:
        """Each thread closes its own: no other may."""
        together = Barrier(_DATABASE_THREADS)

        def close_mine() -> None:
            connections.close_all()
            with suppress(BrokenBarrierError):
                together.wait(1.0)

        for _ in range(_DATABASE_THREADS):
            self._database.submit(close_mine)
