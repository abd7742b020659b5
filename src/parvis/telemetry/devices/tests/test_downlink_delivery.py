"""What really goes over the wire: a real Mosquitto with a client that listens as ChirpStack does, and an HTTP server on loopback."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from parvis.kernel import clock
from parvis.telemetry.devices.downlinks.delivery import Delivered, NotDelivered, deliver
from parvis.telemetry.devices.models import Downlink, DownlinkStatus, SourceKey, Uplink
from parvis.telemetry.devices.services import handover
from parvis.telemetry.devices.services.downlinks import ask_downlink

from .broker import mosquitto
from .factories import NOW, make_device, make_source
from .test_downlink_rules import EUI, REFERENCE, order
from .test_mqtt import eventually as until
from .test_mqtt import subscriber


@contextmanager
def listening(port: int, topic: str) -> Iterator[list[tuple[str, Any]]]:
    """What arrives on the topic, as it arrives."""
    arrived: list[tuple[str, Any]] = []
    subscribed = threading.Event()

    def on_message(_client: Client, _data: Any, message: MQTTMessage) -> None:
        arrived.append((message.topic, json.loads(message.payload)))

    client = Client(CallbackAPIVersion.VERSION2, client_id="server", protocol=MQTTv5)
    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.subscribe(topic, qos=1)
    client.loop_start()
    try:
        assert subscribed.wait(10)
        yield arrived
    finally:
        client.disconnect()
        client.loop_stop()


def eventually(found: list[Any], count: int) -> None:
    deadline = time.monotonic() + 10
    while len(found) < count:
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


class Api(BaseHTTPRequestHandler):
    """Answers what its path says; remembers what it was asked."""

    asked: list[tuple[str, dict[str, str], Any]] = []
    status = 200
    answer = b"{}"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.answer)))
        if self.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def api(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    settings.PARVIS_OUTGOING_ALLOWED = (ip_network("127.0.0.0/8"),)
    monkeypatch.setattr(Api, "asked", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_by_mqtt_until_the_server_has_it(tmp_path: Path, settings: Any) -> None:
    orders = [order("chirpstack-v4"), order("tts-v3")] + [
        order("chirpstack-v4", application=f"a{n}") for n in range(40)
    ]
    with mosquitto(tmp_path) as port, listening(port, "#") as arrived:
        settings.PARVIS_MQTT_URL = f"mqtt://127.0.0.1:{port}"
        assert deliver(orders) == [Delivered(reference=REFERENCE)] * 42
        eventually(arrived, 42)
    topics = [topic for topic, _ in arrived]
    assert topics[:2] == [f"application/app1/device/{EUI}/command/down", "v3/app1@city/devices/dev1/down/push"]
    assert arrived[0][1]["id"] == arrived[1][1]["downlinks"][0]["correlation_ids"][0] == REFERENCE


def test_a_server_that_does_not_listen_has_not_got_it(tmp_path: Path, settings: Any) -> None:
    with mosquitto(tmp_path) as port:
        settings.PARVIS_MQTT_URL = f"mqtt://127.0.0.1:{port}"
        (result,) = deliver([order("chirpstack-v4")])
    assert isinstance(result, NotDelivered) and "n’écoute pas" in result.error and not result.refused


def test_a_broker_that_is_away_is_told(settings: Any) -> None:
    settings.PARVIS_MQTT_URL = "mqtt://127.0.0.1:1"
    (away,) = deliver([order("chirpstack-v4")])
    assert isinstance(away, NotDelivered) and "MQTT" in away.error
    settings.PARVIS_MQTT_URL = ""
    (none,) = deliver([order("chirpstack-v4")])
    assert isinstance(none, NotDelivered) and "PARVIS_MQTT_URL" in none.error


def test_by_the_api_of_chirpstack(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "answer", b'{"id": "item-1"}')
    (result,) = deliver([order("chirpstack-v4", url=api, key="secret")])
    assert result == Delivered(reference="item-1")
    ((path, headers, body),) = Api.asked
    assert path == f"/api/devices/{EUI}/queue"
    assert headers["grpc-metadata-authorization"] == "Bearer secret"
    assert body["queueItem"]["fPort"] == 15


def test_by_the_api_of_the_things_stack(api: str) -> None:
    (result,) = deliver([order("tts-v3", url=api, key="NNSXS.secret")])
    assert result == Delivered(reference=REFERENCE)
    ((path, headers, _body),) = Api.asked
    assert path == "/api/v3/as/applications/app1/webhooks/our-hook/devices/dev1/down/push"
    assert headers["authorization"] == "Bearer NNSXS.secret"


@pytest.mark.parametrize(
    ("status", "refused"),
    [(400, True), (404, True), (401, False), (403, False), (429, False), (500, False), (302, False)],
)
def test_refusals_and_failures(api: str, monkeypatch: pytest.MonkeyPatch, status: int, refused: bool) -> None:
    monkeypatch.setattr(Api, "status", status)
    monkeypatch.setattr(Api, "answer", b"no\0pe")
    (result,) = deliver([order("tts-v3", url=api, key="NNSXS.secret")])
    assert isinstance(result, NotDelivered)
    assert result.refused is refused
    assert result.error == f"HTTP {status} nope"
    assert len(Api.asked) == 1, "no redirect takes the key elsewhere"


def test_an_item_that_chirpstack_has_already_is_delivered(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "status", 409)
    assert deliver([order("chirpstack-v4", url=api)]) == [Delivered(reference=REFERENCE)]


def test_what_only_the_platform_can_reach_is_not_called(api: str, settings: Any) -> None:
    settings.PARVIS_OUTGOING_ALLOWED = ()
    (result,) = deliver([order("tts-v3", url=api, key="NNSXS.secret")])
    assert isinstance(result, NotDelivered) and "private" in result.error
    assert Api.asked == []


@pytest.mark.django_db
def test_from_the_queue_to_the_server(api: str) -> None:
    source = make_source(server="tts-v3", downlink_url=api)
    SourceKey.objects.create(source=source, secret="NNSXS.secret", changed_at=NOW)
    device = make_device(network_name="app1@city/dev1", entity=None)
    asked = ask_downlink(device=device, payload=b"\x01", f_port=3, actor="urn:ngsi-ld:Person:test", now=NOW)
    assert handover.send_due(NOW) == 1
    ((path, headers, body),) = Api.asked
    assert path.endswith(f"/webhooks/{source.slug}/devices/dev1/down/push")
    assert headers["authorization"] == "Bearer NNSXS.secret"
    sent = Downlink.objects.get(pk=asked.pk)
    assert sent.status == DownlinkStatus.SENT
    assert body["downlinks"][0]["correlation_ids"] == [sent.reference]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["chirpstack-v4", "tts-v3"])
def test_there_and_back(name: str, tmp_path: Path, settings: Any) -> None:
    """Over one broker: the command to the network server, its acknowledgement to the subscriber; and our own command is not an uplink."""
    make_source(server=name, mqtt_topic="application/#" if name == "chirpstack-v4" else "v3/+/devices/+/#")
    device = make_device(network_name="app1/dev1", entity=None)
    now = clock.now()
    with mosquitto(tmp_path) as port, subscriber(port), network_server(port, device.eui) as answered:
        settings.PARVIS_MQTT_URL = f"mqtt://127.0.0.1:{port}"
        asked = ask_downlink(
            device=device, payload=b"\x01", f_port=3, confirmed=True, actor="urn:ngsi-ld:System:test", now=now
        )
        assert handover.send_due(now) == 1
        until(lambda: Downlink.objects.get(pk=asked.pk).status == DownlinkStatus.ACKNOWLEDGED)
        assert len(answered) == 1
    assert set(Uplink.objects.values_list("event", "status")) == {("ack", "ignored")}


@contextmanager
def network_server(port: int, eui: str) -> Iterator[list[str]]:
    """Acknowledges each command as its server would; gives the references."""
    answered: list[str] = []
    subscribed = threading.Event()

    def on_message(client: Client, _data: Any, message: MQTTMessage) -> None:
        told = json.loads(message.payload)
        if message.topic.startswith("v3/"):
            (downlink,) = told["downlinks"]
            answered.append(downlink["correlation_ids"][0])
            body: dict[str, Any] = {"end_device_ids": {"dev_eui": eui}, "downlink_ack": downlink}
            topic = message.topic.replace("/down/push", "/down/ack")
        else:
            answered.append(told["id"])
            body = {"deviceInfo": {"devEui": eui}, "queueItemId": told["id"], "acknowledged": True}
            topic = message.topic.replace("/command/down", "/event/ack")
        client.publish(topic, json.dumps(body), qos=1)

    client = Client(CallbackAPIVersion.VERSION2, client_id="network-server", protocol=MQTTv5)
    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.subscribe([("application/+/device/+/command/down", 1), ("v3/+/devices/+/down/push", 1)])
    client.loop_start()
    try:
        assert subscribed.wait(10)
        yield answered
    finally:
        client.disconnect()
        client.loop_stop()
