"""Notifications by MQTT 3.1.1 and 5.0 (ETSI GS CIM 009 V1.8.1, 7.2): `mqtt[s]://[user[:password]@]host[:port]/topic`.

One connection for each broker and credentials, kept while it is used. paho reads and writes it in a thread of its own; connecting,
which waits for the other side, is done in a few threads that only brokers which are away can fill.
"""

import asyncio
import socket
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, Self
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import msgspec
from paho.mqtt.client import Client, MQTTMessageInfo, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from parvis.kernel.outgoing import OutgoingRefused, check_address
from parvis.telemetry.context.subscriptions.delivery.payloads import Payload
from parvis.telemetry.context.subscriptions.delivery.receivers import DeliveryFailed, Receiver
from parvis.telemetry.context.subscriptions.notification_members import topic_of

_CONNECT_S = 5.0
_KEEPALIVE_S = 30
_IDLE_S = 60.0
_MOST_CONNECTIONS = 100
_CONNECTING_THREADS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """What tells one connection from another."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None
    version: str

    @classmethod
    def of(cls, receiver: Receiver) -> Self:
        parts = urlsplit(receiver.uri)
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (8883 if tls else 1883),
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            version=receiver.version,
        )


def message_of(payload: Payload) -> bytes:
    """What headers tell in HTTP is in `metadata`, in both versions of the protocol."""
    metadata = {"Content-Type": payload.content_type} | dict(payload.headers)
    return msgspec.json.encode({"metadata": metadata, "body": payload.document})


class _CheckedClient(Client):
    """Connects to an address that may be called; a name is resolved once, so that it cannot mean another one afterwards."""

    def _create_socket_connection(self) -> socket.socket:
        addresses = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        for *_, place in addresses:
            check_address(str(place[0]))
        failure: OSError | None = None
        for *_, place in addresses:
            try:
                return socket.create_connection((str(place[0]), self._port), timeout=self._connect_timeout)
            except OSError as error:
                failure = error
        raise failure or OSError("no address")


class _Connection:
    """A connected client; `ended` once it is not any more."""

    def __init__(self, broker: Broker, loop: asyncio.AbstractEventLoop) -> None:
        self._broker = broker
        self._loop = loop
        self._connected: asyncio.Future[str] = loop.create_future()
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._early: set[int] = set()
        self.used_at = monotonic()
        self.ended = False
        self._client = self._made()

    def _made(self) -> Client:
        version = MQTTv5 if self._broker.version == "5.0" else MQTTv311
        clean = {} if version == MQTTv5 else {"clean_session": True}
        client = _CheckedClient(
            CallbackAPIVersion.VERSION2,
            client_id=f"parvis-{uuid4().hex[:16]}",
            protocol=version,
            reconnect_on_failure=False,
            **clean,  # type: ignore[arg-type]
        )
        client.connect_timeout = _CONNECT_S
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set()
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    def connect(self) -> None:
        """In a thread: it waits for the other side."""
        self._client.connect(self._broker.host, self._broker.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    async def ready(self) -> None:
        """Raises `DeliveryFailed` when the broker does not let us in."""
        if error := await self._connected:
            raise DeliveryFailed(error)

    async def publish(self, topic: str, message: bytes, qos: int) -> None:
        """Until the broker has taken it: with QoS 0 until it is written. Raises `DeliveryFailed`."""
        self.used_at = monotonic()
        info: MQTTMessageInfo = self._client.publish(topic, message, qos=qos)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise DeliveryFailed(f"MQTT: {info.rc.name}")
        if info.mid in self._early:
            self._early.discard(info.mid)
            return
        done = self._waiting[info.mid] = self._loop.create_future()
        try:
            if error := await done:
                raise DeliveryFailed(error)
        finally:
            self._waiting.pop(info.mid, None)

    def close(self) -> None:
        self.ended = True
        self._client.disconnect()
        self._client.loop_stop()

    # Called in paho's thread; what they tell is told to the loop.

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._tell(self._answered, "" if not reason.is_failure else f"MQTT: {reason}")

    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        self._tell(self._published, mid, f"MQTT: {reason}" if getattr(reason, "is_failure", False) else "")

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._tell(self._lost, f"MQTT: the connection was lost ({reason})")

    def _tell(self, what: Any, *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)

    # Called in the loop.

    def _answered(self, error: str) -> None:
        if not self._connected.done():
            self._connected.set_result(error)

    def _published(self, mid: int, error: str) -> None:
        done = self._waiting.get(mid)
        if done is None:
            self._early.add(mid)
        elif not done.done():
            done.set_result(error)

    def _lost(self, error: str) -> None:
        self.ended = True
        self._answered(error)
        for done in self._waiting.values():
            if not done.done():
                done.set_result(error)


class MqttSender:
    """The connections of one notifier, the least recently used closed when there are too many."""

    def __init__(self) -> None:
        self._connections: OrderedDict[Broker, asyncio.Future[_Connection]] = OrderedDict()
        self._threads = ThreadPoolExecutor(_CONNECTING_THREADS, thread_name_prefix="mqtt-connect")

    async def publish(self, receiver: Receiver, payload: Payload) -> None:
        """Raises `DeliveryFailed`."""
        broker = Broker.of(receiver)
        try:
            async with asyncio.timeout(receiver.timeout_s):
                connection = await self._connection(broker)
                await connection.publish(topic_of(receiver.uri), message_of(payload), receiver.qos)
        except TimeoutError:
            raise DeliveryFailed(f"no acknowledgement in {receiver.timeout_s:g} s") from None

    async def _connection(self, broker: Broker) -> _Connection:
        known = self._connections.get(broker)
        if known is not None and known.done() and (known.exception() is not None or known.result().ended):
            self._connections.pop(broker)
            known = None
        if known is None:
            known = asyncio.ensure_future(self._connected(broker))
            self._connections[broker] = known
            await self._close_some()
        self._connections.move_to_end(broker)
        return await asyncio.shield(known)

    async def _connected(self, broker: Broker) -> _Connection:
        loop = asyncio.get_running_loop()
        connection = _Connection(broker, loop)
        try:
            async with asyncio.timeout(2 * _CONNECT_S):
                await loop.run_in_executor(self._threads, connection.connect)
                await connection.ready()
        except OutgoingRefused as error:
            raise DeliveryFailed(str(error)) from error
        except (OSError, ValueError, TimeoutError) as error:
            raise DeliveryFailed(f"MQTT: {type(error).__name__} {error}".strip()) from error
        except DeliveryFailed:
            await loop.run_in_executor(self._threads, connection.close)
            raise
        return connection

    async def _close_some(self) -> None:
        """Those not used for a while, and the oldest of too many."""
        loop, now = asyncio.get_running_loop(), monotonic()
        for broker, known in list(self._connections.items()):
            if not known.done():
                continue
            failed = known.exception() is not None
            idle = not failed and now - known.result().used_at > _IDLE_S
            if failed or idle or len(self._connections) > _MOST_CONNECTIONS:
                del self._connections[broker]
                if not failed:
                    await loop.run_in_executor(self._threads, known.result().close)

    async def close(self) -> None:
        for known in self._connections.values():
            if known.done() and known.exception() is None:
                known.result().close()
        self._connections.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
