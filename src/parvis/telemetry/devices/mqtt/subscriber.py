"""One subscriber: paho reads in its thread, batches are ingested in ours, and only then acknowledged.

Nothing is lost when either side is killed: what was not acknowledged the broker delivers again, and ingestion recognises
what was committed. Back-pressure is the broker's: never more than two batches are unacknowledged (`receive maximum`), the one being
stored and the one that arrives meanwhile.
"""

import logging
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from django.db import connections
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from parvis.kernel import clock
from parvis.telemetry.devices.ingestion import RawUplink, Unavailable, ingest_patiently

from .address import Address
from .sources import Topic, event_of, is_command, source_of, topics

logger = logging.getLogger(__name__)

MOST_IN_BATCH = 1000
LARGEST_BODY = 256 * 1024
_SESSION_KEPT_S = 7 * 24 * 3600  # how long the broker keeps messages for us while we are away
_REFRESH_EVERY_S = 15.0
_KEEPALIVE_S = 30


def run(url: str, stop: threading.Event, *, number: int = 0) -> None:
    """Until `stop`. Raises `WrongAddress`; a broker that is away is waited for. `number`: of several processes of this deployment, among which
    the broker divides the messages."""
    address = Address.parse(url)
    Subscriber(address.numbered(number) if number else address).run(stop)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """`connection` counts the connections: an acknowledgement means nothing on another than the message came by."""

    message: MQTTMessage
    connection: int


class Subscriber:
    def __init__(self, address: Address) -> None:
        self._address = address
        self._topics: tuple[Topic, ...] = ()
        self._arrived: deque[_Arrived] = deque()
        self._something = threading.Event()
        self._connection = 0
        self._client = self._make_client()

    def run(self, stop: threading.Event) -> None:
        self._topics = self._known_topics(stop)
        refreshed = time.monotonic()
        self._client.connect_async(
            self._address.host,
            self._address.port,
            keepalive=_KEEPALIVE_S,
            clean_start=False,
            properties=_session_properties(),
        )
        self._client.loop_start()
        try:
            while not stop.is_set():
                self._ingest(stop)
                if time.monotonic() - refreshed > _REFRESH_EVERY_S:
                    self._refresh(stop)
                    refreshed = time.monotonic()
        finally:
            self._client.disconnect()
            self._client.loop_stop()
            connections.close_all()

    def _ingest(self, stop: threading.Event) -> None:
        """One batch, of what has arrived while the previous one was stored."""
        if not self._arrived:
            self._something.wait(0.2)
        self._something.clear()
        batch = [self._arrived.popleft() for _ in range(min(len(self._arrived), MOST_IN_BATCH))]
        raws = [raw for arrived in batch if (raw := self._raw(arrived.message))]
        while raws:
            try:
                ingest_patiently(raws)
                break
            except Unavailable as error:
                logger.warning("the database is away, messages wait in the broker: %s", error)
            if stop.wait(1.0):
                return
        for arrived in batch:
            if arrived.connection == self._connection:
                self._client.ack(arrived.message.mid, arrived.message.qos)

    def _raw(self, message: MQTTMessage) -> RawUplink | None:
        if is_command(message.topic):
            return None
        source = source_of(message.topic, self._topics)
        if source is None:
            logger.warning("no source has the topic %s (any more): its message is dropped", message.topic)
            return None
        return RawUplink(
            source=source,
            body=bytes(message.payload[:LARGEST_BODY]),
            event=event_of(source, message.topic),
            topic=message.topic,
            received_at=clock.now(),
        )

    def _known_topics(self, stop: threading.Event) -> tuple[Topic, ...]:
        while True:
            try:
                return topics()
            except Exception:
                logger.exception("the sources cannot be read")
                connections.close_all()
            if stop.wait(2.0):
                return self._topics

    def _refresh(self, stop: threading.Event) -> None:
        """Sources made or changed by an agent are listened to within seconds."""
        before, self._topics = self._topics, self._known_topics(stop)
        wanted = {topic.filter for topic in self._topics}
        for gone in {topic.filter for topic in before} - wanted:
            self._client.unsubscribe(self._address.filter(gone))
        if wanted - {topic.filter for topic in before}:
            self._subscribe()

    def _subscribe(self) -> None:
        filters = [(self._address.filter(topic.filter), 1) for topic in self._topics]
        if filters:
            self._client.subscribe(filters)

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=self._address.client_id, protocol=MQTTv5, manual_ack=True
        )
        if self._address.username is not None:
            client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            client.tls_set()
        client.reconnect_delay_set(1, 30)
        client.on_socket_open = _without_delay
        client.on_connect = self._on_connect
        client.on_subscribe = _on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, _client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            logger.error("the broker refuses the connection: %s", reason)
            return
        self._connection += 1
        self._subscribe()

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._arrived.append(_Arrived(message, self._connection))
        self._something.set()


def _on_subscribe(_client: Client, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
    for reason in reasons:
        if reason.is_failure:
            logger.error("the broker refuses a subscription: %s", reason)


def _session_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_KEPT_S
    properties.ReceiveMaximum = 2 * MOST_IN_BATCH
    return properties


def _without_delay(_client: Client, _userdata: Any, sock: Any) -> None:
    """Acknowledgements are many small packets: Nagle's algorithm would hold each for the next."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
