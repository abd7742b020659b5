"""A burst of uplinks while the subscriber, PostgreSQL and the broker are killed one after the other: none lost, none doubled.

`make crash-test` runs it at the size of a city's worst five minutes: 187,000 uplinks; `make test`, smaller.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from bench.broker_writes import database
from bench.deployment import ROOT, Deployment, platform
from bench.ingest import Radio
from parvis.telemetry.devices.tests.broker import Broker

from .publishing import UNSURE_S, Publisher

UPLINKS = int(os.environ.get("CRASH_UPLINKS", "6000"))
SECONDS = float(os.environ.get("CRASH_SECONDS", "20"))
DRAINED_WITHIN_S = 300


@pytest.mark.slow
def test_nothing_is_lost_nor_doubled() -> None:
    with tempfile.TemporaryDirectory(prefix="parvis-crash-") as scratch:  # pytest may forget its own while we last
        Path(scratch).chmod(0o755)
        home, folder = Path(scratch) / "home", Path(scratch) / "mosquitto"
        folder.mkdir()
        _run(home, folder)


def _run(home: Path, folder: Path) -> None:
    broker = Broker(folder)
    broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    try:
        with platform(home=home, PARVIS_MQTT_URL=url, PARVIS_INGEST_PROCESSES="2") as deployment:
            euis = _populate(home)
            messages = [(f"application/a/device/{eui}/event/up", body) for eui, body in Radio(euis).next(UPLINKS)]
            publisher = Publisher(broker.port, messages, UPLINKS / SECONDS)
            try:
                _eventually(lambda: _is_listened_to(publisher, home), 60)
                publisher.start()
                _misfortunes(publisher, broker, deployment)
                publisher.join()
                _eventually(lambda: len(publisher.acknowledged) == UPLINKS, DRAINED_WITHIN_S)
                drained_s = _drained(home)
            finally:
                publisher.close()
            stored, observed = _counts(home)
    finally:
        broker.stop()
    print(
        f"\n{UPLINKS} uplinks in {SECONDS:.0f} s, drained {drained_s:.1f} s after the last was acknowledged", flush=True
    )
    assert stored == (UPLINKS, UPLINKS)
    assert observed == UPLINKS


def _is_listened_to(publisher: Publisher, home: Path) -> bool:
    """A first message, of nobody, has been stored: the group of subscribers exists, and its queue holds all that follows."""
    publisher.probe("application/a/device/ffffffffffffffff/event/up")
    with psycopg.connect(database(home)) as connection:
        return connection.execute("SELECT 1 FROM devices_uplink LIMIT 1").fetchone() is not None


def _misfortunes(publisher: Publisher, broker: Broker, deployment: Deployment) -> None:
    """At a quarter, half and three quarters of the burst; each is mended by the deployment itself, the broker by us."""
    _eventually(lambda: publisher.sent > UPLINKS // 4, SECONDS)
    os.kill(_subscribers(deployment)[0], signal.SIGKILL)
    print(f"\nsubscriber killed after {publisher.sent}", flush=True)
    _eventually(lambda: publisher.sent > UPLINKS // 2, SECONDS)
    os.kill(_postmaster(deployment.home), signal.SIGKILL)
    print(f"PostgreSQL killed after {publisher.sent}", flush=True)
    _eventually(lambda: publisher.sent > UPLINKS * 3 // 4, SECONDS)
    killed_at = time.monotonic()
    broker.kill()
    print(f"broker killed after {publisher.sent}", flush=True)
    time.sleep(1)
    broker.start()
    again = publisher.send_again(since=killed_at - UNSURE_S)
    print(f"{again} sent again", flush=True)


def _subscribers(deployment: Deployment) -> list[int]:
    children = psutil.Process(deployment.pid).children(recursive=True)
    found = [child.pid for child in children if "ingest" in child.cmdline()]
    assert len(found) == 2, found
    return found


def _postmaster(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def _populate(home: Path) -> list[str]:
    environment = {**os.environ, "PARVIS_HOME": str(home)}
    environment.pop("PARVIS_DATABASE_URL", None)
    told = subprocess.run(
        [sys.executable, "-m", "tests.crash.populate"],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout.split()


def _drained(home: Path) -> float:
    began = time.monotonic()

    def all_stored() -> bool:
        try:
            return _counts(home)[0][0] >= UPLINKS
        except psycopg.OperationalError:
            return False

    _eventually(all_stored, DRAINED_WITHIN_S)
    return time.monotonic() - began


def _counts(home: Path) -> tuple[tuple[int, int], int]:
    """Messages stored as accepted and the different ones among them (by device and counter); observations of one attribute."""
    with psycopg.connect(database(home)) as connection:
        stored = connection.execute(
            "SELECT count(*), count(DISTINCT (eui, f_cnt)) FROM devices_uplink WHERE status = 'accepted'"
        ).fetchone()
        observed = connection.execute(
            "SELECT count(*) FROM history_observation o JOIN history_attribute a ON a.id = o.attribute_id"
            " WHERE a.name = 'powerConsumption'"
        ).fetchone()
    assert stored is not None and observed is not None
    return (stored[0], stored[1]), observed[0]


def _eventually(holds: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:.0f} s")
        time.sleep(0.1)
