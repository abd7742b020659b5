"""A network server that publishes uplinks at its pace, remembers which of them the broker has acknowledged, and bears its death."""

import threading
import time
from collections.abc import Sequence

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

UNSURE_S = 3.0
"""Mosquitto acknowledges before it writes to disk, here every second: what it acknowledged just before it was killed may have died
with it, and is sent again, as a network server that keeps its own log would."""


class Publisher(threading.Thread):
    """Publishes `(topic, body)` one after the other, `per_s` a second, until all are acknowledged."""

    def __init__(self, port: int, messages: Sequence[tuple[str, bytes]], per_s: float) -> None:
        super().__init__(daemon=True)
        self._messages = messages
        self._per_s = per_s
        self._numbers: dict[int, int] = {}
        self._early: dict[int, float] = {}
        self._lock = threading.Lock()
        self.acknowledged: dict[int, float] = {}
        """When, by number of message."""
        self.sent = 0
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="network-server", protocol=MQTTv5)
        self._client.max_inflight_messages_set(1000)
        self._client.reconnect_delay_set(1, 2)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def run(self) -> None:
        began = time.monotonic()
        for number in range(len(self._messages)):
            ahead = number / self._per_s - (time.monotonic() - began)
            if ahead > 0:
                time.sleep(ahead)
            self._connected()
            self._publish(number)
            self.sent = number + 1

    def probe(self, topic: str) -> None:
        """A message that no subscriber can read: whoever stores it is there."""
        self._client.publish(topic, b"{}", qos=1).wait_for_publish(10)
        with self._lock:
            self._early.clear()

    def send_again(self, *, since: float) -> int:
        """What is not acknowledged, and what was after that instant (`time.monotonic`), which is no longer held to be."""
        self._connected()
        with self._lock:
            unsure = [number for number in range(self.sent) if self.acknowledged.get(number, since) >= since]
            for number in unsure:
                self.acknowledged.pop(number, None)
        for number in unsure:
            self._publish(number)
        return len(unsure)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self) -> None:
        while not self._client.is_connected():
            time.sleep(0.05)

    def _publish(self, number: int) -> None:
        topic, body = self._messages[number]
        mid = self._client.publish(topic, body, qos=1).mid
        with self._lock:
            if mid in self._early:
                self.acknowledged[number] = self._early.pop(mid)
            else:
                self._numbers[mid] = number

    def _on_publish(self, _client: Client, _userdata: object, mid: int, _reason: object, _properties: object) -> None:
        """May come before `publish` has told the number of the packet."""
        with self._lock:
            number = self._numbers.pop(mid, None)
            if number is None:
                self._early[mid] = time.monotonic()
            else:
                self.acknowledged[number] = time.monotonic()
