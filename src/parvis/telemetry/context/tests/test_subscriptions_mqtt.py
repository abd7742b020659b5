"""Notifications by MQTT, to a real Mosquitto (ETSI GS CIM 009 V1.8.1, 7.2)."""

import json
import os
import queue
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from conftest import absent
from parvis.telemetry.context.jsonld.core import CORE_URL
from parvis.telemetry.context.models import QueuedNotification
from parvis.telemetry.context.subscriptions.delivery.mqtt import Broker
from parvis.telemetry.context.subscriptions.delivery.receivers import Receiver
from parvis.telemetry.context.subscriptions.notification_members import topic_of
from parvis.telemetry.context.tests.notifying import leave_database, notifier
from parvis.telemetry.context.tests.subscribing import building, change, read, subscribe, until

# Debian puts it in /usr/sbin, which is not on everybody's path.
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin")
PASSWORDS = shutil.which("mosquitto_passwd", path="/usr/bin:/usr/sbin:/usr/local/bin:/opt/homebrew/bin")
TOPIC = "city/free places"


@contextmanager
def mosquitto(folder: Path, *, password: str = "", port: int = 0) -> Iterator[int]:
    """Gives its port, a free one if none is given. With a password only `parvis` may come in."""
    if MOSQUITTO is None or (password and PASSWORDS is None):
        absent("mosquitto")
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
    lines = [f"listener {port} 127.0.0.1", f"allow_anonymous {'false' if password else 'true'}"]
    if os.geteuid() == 0:
        lines.append("user root")  # else it could not read the folder of the test
    if password:
        subprocess.run([str(PASSWORDS), "-b", "-c", str(folder / "users"), "parvis", password], check=True)
        lines.append(f"password_file {folder / 'users'}")
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    command = [MOSQUITTO, "-c", str(folder / "mosquitto.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as broker:
        try:
            deadline = monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert monotonic() < deadline
                    sleep(0.02)
            yield port
        finally:
            broker.terminate()
            broker.wait(10)


@contextmanager
def listener(port: int, password: str = "") -> Iterator["queue.Queue[tuple[str, int, Any]]"]:
    """Topic, QoS and body of each message of any topic."""
    heard: queue.Queue[tuple[str, int, Any]] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2)
    if password:
        client.username_pw_set("parvis", password)
    client.on_message = lambda _c, _d, message: heard.put((message.topic, message.qos, json.loads(message.payload)))
    subscribed: queue.Queue[int] = queue.Queue()
    client.on_subscribe = lambda *_: subscribed.put(1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("#", qos=2)
    subscribed.get(timeout=5)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


@pytest.fixture(name="left")
def _left(transactional_db: None) -> Iterator[None]:
    yield
    leave_database()


@pytest.mark.parametrize(
    ("uri", "host", "port", "username", "password", "tls", "topic"),
    [
        ("mqtt://broker/a/b", "broker", 1883, None, None, False, "a/b"),
        ("mqtts://broker/a", "broker", 8883, None, None, True, "a"),
        ("mqtt://me@broker:2883/a", "broker", 2883, "me", None, False, "a"),
        ("mqtt://me:p%40ss@[::1]/a%20b", "::1", 1883, "me", "p@ss", False, "a b"),
    ],
)
def test_addresses(
    uri: str, host: str, port: int, username: str | None, password: str | None, tls: bool, topic: str
) -> None:
    broker = Broker.of(Receiver.of({"uri": uri}))
    assert (broker.host, broker.port, broker.username, broker.password, broker.tls) == (
        host,
        port,
        username,
        password,
        tls,
    )
    assert topic_of(uri) == topic


def test_what_the_notifier_is_told() -> None:
    info = [{"key": "MQTT-Version", "value": "mqtt3.1.1"}, {"key": "MQTT-QoS", "value": "2"}]
    told = Receiver.of({"uri": "mqtt://broker/a", "notifierInfo": info})
    assert (told.version, told.qos) == ("3.1.1", 2)
    assert (Receiver.of({"uri": "mqtt://broker/a"}).version, Receiver.of({"uri": "mqtt://broker/a"}).qos) == ("5.0", 0)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_a_message_for_each_notification(left: None, tmp_path: Path, version: str, qos: str) -> None:
    info = [{"key": "MQTT-Version", "value": version}, {"key": "MQTT-QoS", "value": qos}]
    with mosquitto(tmp_path) as port, listener(port) as heard, notifier():
        subscribe(
            uri=f"mqtt://127.0.0.1:{port}/{TOPIC.replace(' ', '%20')}",
            endpoint={"notifierInfo": info, "receiverInfo": [{"key": "X-Key", "value": "v"}]},
        )
        urn = building(free=1)
        change(urn, free=2)
        messages = [heard.get(timeout=10) for _ in range(2)]
        assert [(topic, qos) for topic, qos, _ in messages] == [(TOPIC, int(qos))] * 2
        message = messages[1][2]
        assert message["metadata"]["Content-Type"] == "application/json"
        assert message["metadata"]["Link"].startswith(f"<{CORE_URL}>") and message["metadata"]["X-Key"] == "v"
        assert message["body"]["data"][0]["free"]["value"] == 2
        until(lambda: read()["notification"].get("timesSent") == 2)
        assert read()["notification"]["status"] == "ok"


@pytest.mark.slow
def test_with_a_password(left: None, tmp_path: Path) -> None:
    with mosquitto(tmp_path, password="p@ss") as port, listener(port, "p@ss") as heard, notifier():
        subscribe(uri=f"mqtt://parvis:p%40ss@127.0.0.1:{port}/city")
        subscribe(id="urn:ngsi-ld:Subscription:2", uri=f"mqtt://parvis:wrong@127.0.0.1:{port}/city")
        building(free=1)
        assert heard.get(timeout=10)[0] == "city"
        until(lambda: read("urn:ngsi-ld:Subscription:2")["notification"].get("timesFailed") == 1)
        assert "uthori" in QueuedNotification.objects.get().error


@pytest.mark.slow
def test_a_broker_that_went_away_and_came_back(left: None, tmp_path: Path) -> None:
    with notifier():
        with mosquitto(tmp_path) as port, listener(port) as heard:
            subscribe(
                uri=f"mqtt://127.0.0.1:{port}/city", endpoint={"notifierInfo": [{"key": "MQTT-QoS", "value": "1"}]}
            )
            urn = building(free=1)
            heard.get(timeout=10)
        change(urn, free=2)
        until(lambda: read()["notification"].get("timesFailed") == 1)
        with mosquitto(tmp_path, port=port), listener(port) as heard:
            assert heard.get(timeout=20)[2]["body"]["data"][0]["free"]["value"] == 2


@pytest.mark.slow
def test_a_private_broker_is_refused(left: None, tmp_path: Path, settings: Any) -> None:
    with mosquitto(tmp_path) as port, notifier():
        subscribe(uri=f"mqtt://127.0.0.1:{port}/city")
        settings.PARVIS_OUTGOING_ALLOWED = []
        building(free=1)
        until(lambda: QueuedNotification.objects.filter(attempts=1).exists())
        assert "private address" in QueuedNotification.objects.get().error
