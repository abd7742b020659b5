"""MQTT, with a real Mosquitto and a real subscriber process."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from paho.mqtt.client import Client, MQTTv5, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion

from parvis.kernel import clock
from parvis.telemetry.devices import mqtt
from parvis.telemetry.devices.ingestion import SourceRef
from parvis.telemetry.devices.models import Device, Uplink
from parvis.telemetry.devices.mqtt.sources import Topic, event_of, is_command, source_of

from .broker import mosquitto
from .factories import chirpstack, make_source, make_thermometer, things_stack

CHIRPSTACK = "application/+/device/+/event/+"
THINGS_STACK = "v3/+/devices/+/#"
FILTERS = [CHIRPSTACK, THINGS_STACK, "#", "+", "+/+", "/+", "a.c/+", "a/#", "a"]
TOPICS = [
    *(
        "application/1/device/2/event/up",
        "application/1/device/2/event",
        "v3/a@t/devices/d/down/ack",
        "v3/a@t/devices/d",
    ),
    *("a", "a/", "/a", "abc/d", "a.c/d", "a/b", "a/b/c"),
]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker", mqtt.Address(host="broker", port=1883)),
        ("mqtts://broker", mqtt.Address(host="broker", port=8883, tls=True)),
        (
            "mqtt://city:p%40ss@broker:1884/?client_id=ingest-2&share=parvis",
            mqtt.Address(
                host="broker", port=1884, username="city", password="p@ss", client_id="ingest-2", share="parvis"
            ),
        ),
    ],
)
def test_addresses(url: str, address: mqtt.Address) -> None:
    assert mqtt.Address.parse(url) == address


@pytest.mark.parametrize("url", ["", "http://broker", "mqtt://", "mqtt://broker:port", "mqtt://broker/?qos=2"])
def test_wrong_addresses_are_refused(url: str) -> None:
    with pytest.raises(mqtt.WrongAddress):
        mqtt.Address.parse(url)


def test_topics_tell_the_source_and_the_event() -> None:
    chirp = SourceRef(id=1, slug="c", server="chirpstack-v4")
    things = SourceRef(id=2, slug="t", server="tts-v3")
    known = [Topic(filter=CHIRPSTACK, source=chirp), Topic(filter=THINGS_STACK, source=things)]
    assert source_of("application/a/device/b/event/up", known) == chirp
    assert source_of("v3/app/devices/d/up", known) == things
    assert source_of("elsewhere/up", known) is None
    assert event_of(chirp, "application/a/device/b/event/join") == "join"
    assert event_of(things, "v3/app/devices/d/down/ack") == ""


def test_what_we_say_is_not_taken_for_what_we_are_told() -> None:
    """Our own downlinks come back on `v3/+/devices/+/#`."""
    assert is_command("v3/app@city/devices/dev1/down/push")
    assert is_command("application/a/device/b/command/down")
    assert not is_command("v3/app@city/devices/dev1/down/ack")
    assert not is_command("application/a/device/b/event/up")


@pytest.mark.parametrize(
    ("pattern", "topic"),
    [(one, other) for one in FILTERS for other in TOPICS],
)
def test_filters_match_as_paho_says(pattern: str, topic: str) -> None:
    found = Topic(filter=pattern, source=SourceRef(id=1, slug="s", server="tts-v3")).matches(topic)
    assert found == topic_matches_sub(pattern, topic)


@contextmanager
def publisher(port: int) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2, client_id="tests", protocol=MQTTv5)
    client.max_inflight_messages_set(200)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def subscriber(port: int, *options: str) -> Iterator[threading.Event]:
    """In a thread of the test."""
    stop = threading.Event()
    url = f"mqtt://127.0.0.1:{port}/?{'&'.join(options)}"
    thread = threading.Thread(target=mqtt.run, args=(url, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def eventually(holds: Callable[[], bool], patience_s: float = 30) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def topic(device: Device, event: str = "up") -> str:
    return f"application/a/device/{device.eui}/event/{event}"


@pytest.mark.django_db(transaction=True)
def test_messages_of_both_servers_are_ingested(tmp_path: Path) -> None:
    make_source(mqtt_topic=CHIRPSTACK)
    make_source(server="tts-v3", mqtt_topic=THINGS_STACK)
    one, two = make_thermometer(), make_thermometer()
    with mosquitto(tmp_path) as port, subscriber(port), publisher(port) as client:
        time.sleep(0.5)  # before the subscription there is no session yet to keep the messages
        client.publish(topic(one), chirpstack(one.eui, at=clock.now()), qos=1)
        client.publish(topic(one, "status"), chirpstack(one.eui, at=clock.now(), deduplicationId="s", margin=1), qos=1)
        client.publish(f"v3/app@tenant/devices/{two.eui}/up", things_stack(two.eui, at=clock.now()), qos=1)
        client.publish(topic(two), b"not JSON", qos=1)
        eventually(lambda: Uplink.objects.count() == 4)
    assert set(Uplink.objects.values_list("status", "reason")) == {
        ("accepted", ""),
        ("ignored", "event"),
        ("rejected", "malformed"),
    }
    assert Uplink.objects.filter(status="accepted").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_new_source_is_listened_to_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt.subscriber, "_REFRESH_EVERY_S", 0.2)
    device = make_thermometer()
    with mosquitto(tmp_path) as port, subscriber(port, "share=parvis"), publisher(port) as client:
        make_source(mqtt_topic=CHIRPSTACK)

        def published_and_stored() -> bool:
            client.publish(topic(device), chirpstack(device.eui, at=clock.now()), qos=1)
            return Uplink.objects.exists()

        eventually(published_and_stored)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    make_source(mqtt_topic=CHIRPSTACK)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    with subscriber(closed):
        time.sleep(0.3)  # ends well although nobody ever listened


def ingest_process(port: int, *options: str) -> "subprocess.Popen[bytes]":
    """The subscriber as `parvis serve` runs it, on the database of the tests."""
    database = connection.settings_dict
    program = (
        "import django, os, sys, threading; django.setup();"
        "from django.db import connection; connection.settings_dict.update(NAME=sys.argv[2]);"
        "from parvis.telemetry.devices import mqtt; mqtt.run(sys.argv[1], threading.Event())"
    )
    url = f"mqtt://127.0.0.1:{port}/?{'&'.join(options)}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "parvis.project.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.Popen([sys.executable, "-c", program, url, str(database["NAME"])], env=environment)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_subscriber_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """kill -9 in the middle of a burst, twice; another process takes the session over."""
    assert settings.DATABASES["default"]["HOST"] is not None
    make_source(mqtt_topic=CHIRPSTACK)
    devices = [make_thermometer() for _ in range(50)]
    total = 6000
    with mosquitto(tmp_path) as port:
        process = ingest_process(port)
        try:
            with publisher(port) as client:
                warm = devices[0]

                def listening() -> bool:
                    client.publish(topic(warm), chirpstack(warm.eui, f_cnt=1, at=clock.now()), qos=1)
                    return Uplink.objects.exists()

                eventually(listening)
                before = Uplink.objects.count()
                burst = threading.Thread(target=_publish, args=(client, devices, total))
                burst.start()
                for part in (1, 3):
                    eventually(lambda part=part: Uplink.objects.count() > before + total * part // 6)
                    os.kill(process.pid, signal.SIGKILL)
                    process.wait()
                    process = ingest_process(port)
                burst.join()
                eventually(lambda: Uplink.objects.filter(f_cnt__gte=1000).count() >= total, 60)
            time.sleep(0.5)
        finally:
            process.kill()
            process.wait()
    uplinks = Uplink.objects.filter(f_cnt__gte=1000)
    assert uplinks.count() == total
    assert set(uplinks.values_list("status", flat=True)) == {"accepted"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM history_observation o JOIN history_attribute a ON a.id = o.attribute_id WHERE a.name = 'temperature'"
        )
        observations = cursor.fetchone()[0]
    # Each uplink has its own millisecond, so each is one observation.
    assert observations == Uplink.objects.filter(status="accepted").count()


def _publish(client: Client, devices: list[Device], total: int) -> None:
    from datetime import timedelta

    start: Any = clock.now() - timedelta(hours=1)
    for number in range(total):
        device = devices[number % len(devices)]
        at = start + timedelta(milliseconds=10 * number)
        client.publish(topic(device), chirpstack(device.eui, f_cnt=1000 + number, at=at), qos=1).wait_for_publish(30)
