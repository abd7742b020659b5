"""Notifications under load: writes through the HTTP API at a steady rate, told to ten receivers that are well, one that takes 2 s for each
answer, and one that is not there. Every subscription is to every change.

`python -m bench.broker_notifications [writes a second] [seconds]`. Latency is from the moment the writer sends its request to the moment
a receiver has read the notification.
"""

import asyncio
import json
import statistics
import sys
import time
import urllib.request
from collections.abc import Iterator

import psutil

from bench.deployment import Deployment, open_broker
from bench.memory import tree
from bench.receivers import Receivers

RATE = 500
SECONDS = 30
ENTITIES = 1000
HEALTHY = 10
CLIENTS = 64  # enough of them that the rate, not their waiting, sets the pace
PATIENCE_S = 60


def ask(base: str, method: str, path: str, body: object = None) -> bytes:
    request = urllib.request.Request(
        f"{base}/ngsi-ld/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


def prepare(base: str, addresses: list[str]) -> None:
    for number, address in enumerate(addresses):
        ask(
            base,
            "POST",
            "/subscriptions",
            {
                "id": f"urn:ngsi-ld:Subscription:{number}",
                "type": "Subscription",
                "entities": [{"type": "Bench"}],
                "watchedAttributes": ["level"],
                "notification": {"endpoint": {"uri": address}},
            },
        )
    things = [
        {"id": f"urn:ngsi-ld:Bench:{number}", "type": "Bench", "name": f"Thing {number}", "synthetic": True}
        for number in range(ENTITIES)
    ]
    ask(base, "POST", "/entityOperations/create", things)


def warm_up(base: str, receivers: Receivers) -> None:
    """Until the notifier, a process that starts when the pages answer already, has told something."""
    told = {"type": "Property", "value": -1, "sentAt": {"type": "Property", "value": time.time()}}
    ask(base, "POST", "/entities", {"id": "urn:ngsi-ld:Bench:first", "type": "Bench", "level": told})
    while min(receivers.counts()[:HEALTHY]) < 1:
        time.sleep(0.05)
    receivers.forget()


async def write(base: str, rate: int, seconds: float) -> tuple[int, list[float]]:
    """At its own times, whatever the answers take: how many, and how long each took."""
    host, port = base.removeprefix("http://").split(":")
    numbers: Iterator[int] = iter(range(int(rate * seconds)))
    began = time.time()
    took: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for number in numbers:
            await asyncio.sleep(max(0.0, began + number / rate - time.time()))
            now = time.time()
            sent_at = {"type": "Property", "value": now}
            body = json.dumps({"type": "Property", "value": number, "sentAt": sent_at}).encode()
            path = f"/ngsi-ld/v1/entities/urn:ngsi-ld:Bench:{number % ENTITIES}/attrs"
            body = b'{"level":' + body + b"}"
            writer.write(
                f"PATCH {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 204"), head
            took.append(time.time() - now)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return int(rate * seconds), took


def cpu(deployment: Deployment) -> dict[str, float]:
    """Seconds of processor by process."""
    used: dict[str, float] = {}
    for process in tree(deployment.pid, str(deployment.home)):
        words = process.cmdline()
        name = words[3] if "parvis.project.processes" in words else process.name()
        times = process.cpu_times()
        used[name] = used.get(name, 0.0) + times.user + times.system
    return used


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] * 1000


def main() -> None:
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else RATE
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    receivers = Receivers.start([0.0] * HEALTHY + [2.0])
    try:
        with open_broker() as deployment:
            addresses = [f"http://127.0.0.1:{port}/" for port in receivers.ports]
            prepare(deployment.base, [*addresses, "http://127.0.0.1:9/"])
            warm_up(deployment.base, receivers)
            before, began = cpu(deployment), time.time()
            count, took = asyncio.run(write(deployment.base, rate, seconds))
            wrote_s = time.time() - began
            deadline = time.time() + PATIENCE_S
            while min(receivers.counts()[:HEALTHY]) < count and time.time() < deadline:
                time.sleep(0.1)
            told_s = time.time() - began
            after = cpu(deployment)
            resident = max(
                process.memory_info().rss
                for process in psutil.Process(deployment.pid).children(recursive=True)
                if "notifier" in process.cmdline()
            )
            report(receivers, count, took, wrote_s, told_s)
            shares = {name: f"{100 * (after[name] - before.get(name, 0)) / told_s:.0f} %" for name in after}
            print("processor, of one core:", shares)
            print(f"notifier: {resident / 2**20:.0f} MB resident")
    finally:
        receivers.stop()


def report(receivers: Receivers, count: int, took: list[float], wrote_s: float, told_s: float) -> None:
    *healthy, slow = receivers.heard()
    latencies = [one for heard in healthy for one in heard.first_s.values()]
    print(f"{count} writes in {wrote_s:.1f} s ({count / wrote_s:.0f}/s), p99 {percentile(took, 0.99):.0f} ms")
    print(
        f"told to the healthy: {100 * len(latencies) / (count * len(healthy)):.2f} %,"
        f" all of it {told_s - wrote_s:.2f} s after the last write"
    )
    print(
        f"latency: median {statistics.median(latencies) * 1000:.0f} ms, p95 {percentile(latencies, 0.95):.0f} ms,"
        f" p99 {percentile(latencies, 0.99):.0f} ms, longest {max(latencies) * 1000:.0f} ms"
    )
    requests = sum(heard.requests for heard in healthy)
    tellings = sum(heard.tellings for heard in healthy)
    print(
        f"{requests} requests for {tellings} changes ({tellings / requests:.1f} each), told twice:"
        f" {tellings - len(latencies)}, out of order: {sum(heard.out_of_order for heard in healthy)}"
    )
    print(f"the slow one: {len(slow.first_s)} of {count} in {slow.requests} requests")


if __name__ == "__main__":
    main()
