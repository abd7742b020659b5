"""A steady flow by MQTT: the time from publish to commit at 500 uplinks a second, and the memory of the subscriber at 1,000.

Each uplink has a JavaScript codec and five attributes. What is committed is looked for every 10 ms, which the latency holds too. `BENCH_MINUTES` is
how long memory is watched (10). `python -m bench.steady`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.ingest import ROOT, Radio, committed, database, latest, populate

LATENCY_PER_S, LATENCY_S = 500, 30
MEMORY_PER_S = 1000
MINUTES = float(os.environ.get("BENCH_MINUTES", "10"))


class Flow:
    """Publishes at a pace, and remembers when."""

    def __init__(self, port: int, radio: Radio) -> None:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        self._client = Client(CallbackAPIVersion.VERSION2, client_id="bench", protocol=MQTTv5)
        self._client.max_inflight_messages_set(2000)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._radio = radio

    def send(self, per_s: int, seconds: float) -> list[float]:
        """The instants (`time.perf_counter`) at which each was published, in order."""
        sent: list[float] = []
        began = time.perf_counter()
        while (gone := time.perf_counter() - began) < seconds:
            for eui, body in self._radio.next(max(0, int(gone * per_s) - len(sent))):
                sent.append(time.perf_counter())
                self._client.publish(f"application/a/device/{eui}/event/up", body, qos=1)
            time.sleep(0.002)
        return sent

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def latencies(flow: Flow) -> list[float]:
    """Seconds, one an uplink: the nth committed against the nth published."""
    from django.db import connection

    before, seen = latest(), list[float]()
    sent: list[float] = []
    publishing = threading.Thread(target=lambda: sent.extend(flow.send(LATENCY_PER_S, LATENCY_S)))
    publishing.start()
    while publishing.is_alive() or len(seen) < len(sent):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM devices_uplink WHERE id > %s", [before])
            seen += [time.perf_counter()] * (cursor.fetchone()[0] - len(seen))
        time.sleep(0.01)
    return [arrived - left for left, arrived in zip(sent, seen, strict=True)]


def memory(flow: Flow, subscriber: int) -> list[float]:
    """Megabytes resident every ten seconds, its codec processes included."""
    found = []
    for _ in range(int(MINUTES * 6)):
        flow.send(MEMORY_PER_S, 10)
        process = psutil.Process(subscriber)
        found.append(sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 1e6)
    return found


def main() -> None:
    from parvis.telemetry.devices.tests.broker import mosquitto

    with database(), tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as port:
        _, euis = populate()
        environment = {**os.environ, "PARVIS_MQTT_URL": f"mqtt://127.0.0.1:{port}"}
        subscriber = subprocess.Popen(
            [sys.executable, "-m", "parvis.project.processes", "ingest"], cwd=ROOT, env=environment
        )
        flow = Flow(port, Radio(euis))
        try:
            while not committed():
                flow.send(10, 0.5)
            time.sleep(2)
            found = statistics.quantiles(latencies(flow), n=100)
            p50, p95, p99 = (found[index] * 1000 for index in (49, 94, 98))
            print(f"publish to commit at {LATENCY_PER_S}/s: p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms")
            sizes = memory(flow, subscriber.pid)
            print(f"subscriber at {MEMORY_PER_S}/s: {sizes[0]:.0f} MB at first, then by minute", end=" ")
            print(", ".join(f"{size:.0f}" for size in sizes[5::6]))
        finally:
            flow.close()
            subscriber.terminate()
            subscriber.wait(30)


if __name__ == "__main__":
    main()
