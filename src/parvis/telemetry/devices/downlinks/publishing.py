"""Publishing on the city's broker (`PARVIS_MQTT_URL`): a short connection of its own, so that the worker needs no thread that waits."""

import socket
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from parvis.telemetry.devices.mqtt.address import Address

from .orders import ByMqtt

_PATIENCE_S = 5.0
_NOBODY_LISTENS = 0x10  # MQTT 5, 3.4.2.1: no matching subscribers


def publish(messages: Sequence[ByMqtt]) -> list[str]:
    """An error a message, empty when a subscriber's session has it (QoS 1)."""
    if not messages:
        return []
    if not settings.PARVIS_MQTT_URL:
        return [_("Aucun courtier MQTT n’est réglé (PARVIS_MQTT_URL), ni l’adresse d’une API sur la source.")] * len(
            messages
        )
    try:
        connection = _Connection(Address.parse(settings.PARVIS_MQTT_URL))
        try:
            return connection.publish(messages)
        finally:
            connection.close()
    except (OSError, ValueError) as error:
        return [f"MQTT: {type(error).__name__} {error}".strip()] * len(messages)


class _Connection:
    def __init__(self, address: Address) -> None:
        self._address = address
        self._refusal = ""
        self._reasons: dict[int, Any] = {}
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"parvis-down-{uuid4().hex[:12]}", protocol=MQTTv5)
        if address.username is not None:
            client.username_pw_set(address.username, address.password)
        if address.tls:
            client.tls_set()
        client.connect_timeout = _PATIENCE_S
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_socket_open = _without_delay
        self._client = client

    def publish(self, messages: Sequence[ByMqtt]) -> list[str]:
        """Raises OSError when the broker is away."""
        deadline = time.monotonic() + _PATIENCE_S
        self._client.connect(self._address.host, self._address.port, clean_start=True)
        self._client.loop_start()
        sent = [self._client.publish(message.topic, message.body, qos=1) for message in messages]
        errors = []
        for info in sent:
            while info.mid not in self._reasons and not self._refusal and time.monotonic() < deadline:
                time.sleep(0.01)
            errors.append(self._error(info.mid))
        return errors

    def _error(self, number: int) -> str:
        reason = self._reasons.get(number)
        if reason is None:
            return self._refusal or _("MQTT : pas d’accusé de réception du courtier.")
        if reason.value == _NOBODY_LISTENS:
            return _("MQTT : le serveur de réseau n’écoute pas ce sujet.")
        return f"MQTT: {reason}" if reason.is_failure else ""

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = f"MQTT: {reason}"

    def _on_publish(self, _client: Client, _data: Any, number: int, reason: Any, _properties: Any) -> None:
        self._reasons[number] = reason


def _without_delay(_client: Client, _data: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
