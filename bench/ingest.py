"""Uplinks into committed observations: by webhook, by MQTT, in process; decodes per second; time to stop a hostile codec.

Starts its own embedded PostgreSQL, the web process of `parvis serve` and (when installed) Mosquitto. Say with the figures what
the machine is: everything, client included, shares its processors.
"""

import asyncio
import cProfile
import os
import platform
import pstats
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
DEVICES = 1000
UPLINKS = int(os.environ.get("BENCH_UPLINKS", "6000"))
CONNECTIONS = (16, 32, 64)
HOSTILE = {
    "endless loop": "function decodeUplink() { while (true); }",
    "regular expression": "function decodeUplink() { return {data: {a: /^(a+)+$/.test('a'.repeat(40) + 'b')}}; }",
    "native indexOf": "function decodeUplink() { const a = 'a'.repeat(8e6); return {data: {a: a.indexOf('a'.repeat(4e6) + 'b')}}; }",
    "memory bomb": "function decodeUplink() { const a = []; for (;;) a.push(new Uint8Array(1e6)); }",
    "deep recursion": "function decodeUplink(i) { return decodeUplink(i); }",
    "loop in toJSON": "function decodeUplink() { return {toJSON() { while (true); }}; }",
}


def median(run: Callable[[], float]) -> tuple[float, str]:
    found = [run() for _ in range(ROUNDS)]
    return statistics.median(found), ", ".join(f"{one:.0f}" for one in found)


# --- The city of the benchmark --------------------------------------------------------------------------------------


@contextmanager
def database() -> Iterator[None]:
    """An embedded PostgreSQL in a folder of its own, migrated, Django set up on it."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ.update(
            {"PARVIS_HOME": folder, "PARVIS_SECRET_KEY": "bench", "DJANGO_SETTINGS_MODULE": "parvis.project.settings"}
        )
        from parvis.project.database import embedded, migrate

        with embedded():
            import django

            django.setup()
            migrate()
            yield


def populate() -> tuple[str, list[str]]:
    """The token and the EUIs: a thousand lamps, each with our lamp controller's JavaScript codec (5 attributes)."""
    from parvis.foundations.identity.tokens import create_token
    from parvis.telemetry.context.models import Entity
    from parvis.telemetry.context.services import upsert_entities
    from parvis.telemetry.context.values import EntityDraft
    from parvis.telemetry.devices.demo_codecs import LAMP_CONTROLLER
    from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source
    from parvis.telemetry.devices.simulation import dev_eui

    now = datetime.now(UTC)
    urns = [f"urn:ngsi-ld:Streetlight:bench-{number}" for number in range(DEVICES)]
    upsert_entities([EntityDraft(urn=urn, type="Streetlight", longitude=5.04, latitude=47.32) for urn in urns], now=now)
    codec = Codec.objects.create(name=LAMP_CONTROLLER.name, source=LAMP_CONTROLLER.source, created_at=now)
    profile = DeviceProfile.objects.create(
        name="lamp", entity_type="Streetlight", codec=codec, mapping=list(LAMP_CONTROLLER.mapping)
    )
    ids = dict(Entity.objects.filter(urn__in=urns).values_list("urn", "pk"))
    Device.objects.bulk_create(
        Device(eui=dev_eui(urn), name=urn, profile=profile, entity_id=ids[urn], created_at=now) for urn in urns
    )
    Source.objects.create(
        slug="bench", label="Bench", server="chirpstack-v4", mqtt_topic="application/+/device/+/event/+", created_at=now
    )
    _, secret = create_token(
        name="bench", scopes=["devices.uplink"], organisation=None, expires_at=None, created_by=None, now=now
    )
    return secret, [dev_eui(urn) for urn in urns]


class Radio:
    """New uplinks, each with its own counter and instant; every measured attribute changes."""

    def __init__(self, euis: list[str]) -> None:
        self._euis = euis
        self._sent = 0
        self._start = datetime.now(UTC) - timedelta(hours=6)

    def next(self, count: int) -> list[tuple[str, bytes]]:
        import msgspec

        from parvis.telemetry.devices.simulation import chirpstack_uplink, lamp_controller

        made = []
        for number in range(self._sent, self._sent + count):
            eui = self._euis[number % len(self._euis)]
            power = 20 + number % 700 / 10
            payload = lamp_controller(
                lit=True, dimming_percent=number % 50 + 50, power_w=power, temperature_c=number % 30
            )
            envelope = chirpstack_uplink(
                dev_eui=eui,
                name=eui,
                payload=payload,
                f_port=10,
                f_cnt=number // len(self._euis),
                at=self._start + timedelta(milliseconds=20 * number),
            )
            made.append((eui, msgspec.json.encode(envelope)))
        self._sent += count
        return made


def committed(after: int = 0) -> int:
    """Of those numbered after `after`: counting them all would weigh on what is measured."""
    from parvis.telemetry.devices.models import Uplink

    return Uplink.objects.filter(id__gt=after, status="accepted").count()


def latest() -> int:
    from django.db.models import Max

    from parvis.telemetry.devices.models import Uplink

    return Uplink.objects.aggregate(latest=Max("id"))["latest"] or 0


# --- Who spends the time -------------------------------------------------------------------------------------------------


class Meter:
    """CPU seconds by part, between two readings."""

    def __init__(self, *servers: int) -> None:
        self._servers = [psutil.Process(server) for server in servers]
        self._before = self._read()

    def _read(self) -> dict[str, float]:
        def spent(processes: list[psutil.Process]) -> float:
            total = 0.0
            for process in processes:
                try:
                    times = process.cpu_times()
                    total += times.user + times.system
                except psutil.NoSuchProcess:
                    continue
            return total

        home = os.environ["PARVIS_HOME"]
        masters = [
            process
            for process in psutil.process_iter(["name", "cmdline"])
            if process.info["name"] == "postgres" and any(home in part for part in process.info["cmdline"] or [])
        ]
        database = [one for master in masters for one in (master, *master.children(recursive=True))]
        return {
            "server": spent(self._servers),
            "codec": spent([child for server in self._servers for child in server.children(recursive=True)]),
            "database": spent(database),
            "client": spent([psutil.Process()]),
        }

    def per_uplink_us(self, uplinks: int) -> str:
        after = self._read()
        return ", ".join(f"{name} {(after[name] - self._before[name]) / uplinks * 1e6:.0f}" for name in after)


# --- By webhook -------------------------------------------------------------------------------------------------------------


@contextmanager
def web() -> Iterator[tuple[int, int]]:
    """The web process of `parvis serve` (pages and doors): its port and process."""
    with webs(1) as (port, (pid,)):
        yield port, pid


@contextmanager
def webs(count: int) -> Iterator[tuple[int, list[int]]]:
    """Several, on one port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    arguments = ["web", "--port", str(port), *(["--shared"] if count > 1 else [])]
    with ExitStack() as stack:
        yield port, [stack.enter_context(_web(arguments, port)) for _ in range(count)]


@contextmanager
def _web(arguments: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "parvis.project.processes", *arguments], cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def post_all(port: int, secret: str, bodies: list[bytes], connections: int) -> list[float]:
    """Seconds that each took, over kept-alive connections that each wait for their answer."""
    waiting = iter(bodies)
    took: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = (
            f"POST /ingest/bench?event=up HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        for body in waiting:
            began = time.perf_counter()
            writer.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            told = await reader.readexactly(length)
            took.append(time.perf_counter() - began)
            if not answer.startswith(b"HTTP/1.1 200") or b"accepted" not in told:
                raise RuntimeError(f"{answer!r} {told!r}")
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took


def by_webhook(secret: str, radio: Radio, *, processes: int = 1, tried: tuple[int, ...] = CONNECTIONS) -> None:
    print(f"\nWebhook, one uplink a request, answered after commit (5 attributes each), {processes} process(es):")
    with webs(processes) as (port, pids):
        asyncio.run(post_all(port, secret, [body for _, body in radio.next(1000)], 16 * processes))
        for connections in tried:
            shown = ""
            latencies: list[float] = []

            def run(connections: int = connections) -> float:
                nonlocal shown, latencies
                bodies = [body for _, body in radio.next(UPLINKS)]
                meter = Meter(*pids)
                began = time.perf_counter()
                latencies = asyncio.run(post_all(port, secret, bodies, connections))
                took = time.perf_counter() - began
                shown = meter.per_uplink_us(UPLINKS)
                return UPLINKS / took

            rate, rounds = median(run)
            p50, p99 = (statistics.quantiles(latencies, n=100)[index] * 1000 for index in (49, 98))
            print(
                f"  {connections:3d} connections  {rate:6.0f} uplinks/s ({rounds})  p50 {p50:.0f} ms, p99 {p99:.0f} ms"
            )
            print(f"      CPU µs an uplink: {shown}")


# --- By MQTT ---------------------------------------------------------------------------------------------------------------


def by_mqtt(radio: Radio, *, processes: int = 1) -> None:
    from parvis.telemetry.devices.tests.broker import MOSQUITTO, mosquitto

    if MOSQUITTO is None:
        print("\nMQTT: Mosquitto is not installed, skipped")
        return
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion

    print(f"\nMQTT, Mosquitto, QoS 1, {processes} subscriber(s), acknowledged after commit (5 attributes each):")
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as port:
        environment = {**os.environ, "PARVIS_MQTT_URL": f"mqtt://127.0.0.1:{port}"}
        subscribers = [
            subprocess.Popen(
                [sys.executable, "-m", "parvis.project.processes", "ingest", "--number", str(number)],
                cwd=ROOT,
                env=environment,
            )
            for number in (range(1, processes + 1) if processes > 1 else (0,))
        ]
        client = Client(CallbackAPIVersion.VERSION2, client_id="bench", protocol=MQTTv5)
        client.max_inflight_messages_set(500)
        client.connect("127.0.0.1", port)
        client.loop_start()
        shown = ""

        def publish(made: list[tuple[str, bytes]]) -> None:
            for eui, body in made:
                client.publish(f"application/a/device/{eui}/event/up", body, qos=1)

        def run() -> float:
            nonlocal shown
            made = radio.next(UPLINKS)
            before = latest()
            meter = Meter(*(process.pid for process in subscribers))
            began = time.perf_counter()
            publish(made)
            while committed(before) < UPLINKS:
                time.sleep(0.1)
            took = time.perf_counter() - began
            shown = meter.per_uplink_us(UPLINKS)
            return UPLINKS / took

        try:
            known = latest()
            while latest() == known:
                publish(radio.next(1))
                time.sleep(0.3)
            rate, rounds = median(run)
            print(f"  {rate:6.0f} uplinks/s from first publish to last commit ({rounds})")
            print(f"      CPU µs an uplink (the client publishes and counts): {shown}")
        finally:
            client.disconnect()
            client.loop_stop()
            for process in subscribers:
                process.send_signal(signal.SIGTERM)
            for process in subscribers:
                process.wait(30)


# --- In process, and where the time goes ------------------------------------------------------------------------------------

STEPS = {
    "read the envelope": "read",
    "look devices up": "known_devices",
    "session and key": "recognise",
    "decode (JavaScript)": "decode",
    "map to readings": "map_readings",
    "insert uplinks": "_insert",
    "update devices": "_update_devices",
    "observations": "_insert_observations",
    "state and changes": "apply_readings",
    "record_readings, whole": "record_readings",
}


def in_process(radio: Radio) -> None:
    from parvis.telemetry.devices.ingestion import RawUplink, SourceRef, ingest
    from parvis.telemetry.devices.models import Source

    source = Source.objects.get()
    ref = SourceRef(id=source.pk, slug=source.slug, server=source.server)

    def raws(count: int) -> list[RawUplink]:
        return [
            RawUplink(source=ref, body=body, event="up", received_at=datetime.now(UTC)) for _, body in radio.next(count)
        ]

    print("\n`ingest` called in this process, no door:")
    for size in (16, 64, 500):
        count = max(size * 4, 2000) // size * size

        def run(size: int = size, count: int = count) -> float:
            ready = raws(count)
            began = time.perf_counter()
            for start in range(0, count, size):
                ingest(ready[start : start + size], now=datetime.now(UTC))
            return count / (time.perf_counter() - began)

        rate, rounds = median(run)
        print(f"  batches of {size:3d}  {rate:6.0f} uplinks/s ({rounds})")
    ready = raws(3000)
    profile = cProfile.Profile()
    profile.enable()
    for start in range(0, 3000, 64):
        ingest(ready[start : start + 64], now=datetime.now(UTC))
    profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    found: dict[str, float] = {}
    for (path, _, name), (_, _, _, cumulative, _) in stats.items():
        label = "_insert_observations" if name == "_insert" and "history" in path else name
        if "parvis" in path:
            found[label] = max(found.get(label, 0.0), cumulative)
    whole = found["ingest"]
    print("  where the time goes, batches of 64 (waiting for the database included; the profiler adds to Python):")
    for label, name in STEPS.items():
        print(f"    {label:<24} {found.get(name, 0) / whole:5.0%}")


# --- Codecs ----------------------------------------------------------------------------------------------------------------


def codecs() -> None:
    from parvis.telemetry.devices.demo_codecs import LAMP_CONTROLLER
    from parvis.telemetry.devices.sandbox import Call, CodecPool, Program
    from parvis.telemetry.devices.simulation import lamp_controller

    program = Program(key="lamp", source=LAMP_CONTROLLER.source)
    payload = lamp_controller(lit=True, dimming_percent=70, power_w=40, temperature_c=20)
    call = Call(program=program, payload=payload, f_port=10, at_ms=0)
    print("\nDecodes, one warm worker process:")
    with CodecPool() as pool:
        pool.decode([call])
        for size in (1, 16, 100, 1000):
            calls = [call] * size

            def run(calls: list[Call] = calls) -> float:
                began, done = time.perf_counter(), 0
                while time.perf_counter() - began < 1:
                    pool.decode(calls)
                    done += len(calls)
                return done / (time.perf_counter() - began)

            rate, rounds = median(run)
            print(f"  batches of {size:4d}  {rate:7.0f} decodes/s ({rounds})")
        print(
            "\nTime from the call to its answer and the next codec's, hostile codecs (limit 200 ms, then a new process):"
        )
        for name, source in HOSTILE.items():
            hostile = Call(program=Program(key=name, source=source), payload=b"\x00", f_port=1, at_ms=0)

            def stop(hostile: Call = hostile) -> float:
                began = time.perf_counter()
                pool.decode([hostile, call])
                return (time.perf_counter() - began) * 1000

            took, rounds = median(stop)
            print(f"  {name:<20} {took:5.0f} ms ({rounds})")


def main() -> None:
    load = os.getloadavg()[0]
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start, Python {platform.python_version()}"
    )
    codecs()
    with database():
        secret, euis = populate()
        radio = Radio(euis)
        in_process(radio)
        by_webhook(secret, radio)
        by_mqtt(radio)
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(5)


if __name__ == "__main__":
    main()
