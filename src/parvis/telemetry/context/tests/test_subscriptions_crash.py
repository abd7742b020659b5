"""A whole deployment whose notifier and whose PostgreSQL are killed with -9 while it is written to: nothing acknowledged goes untold."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from time import monotonic, sleep
from urllib.parse import urlsplit

import psutil
import pytest

from bench.deployment import Deployment, open_broker
from bench.memory import tree
from parvis.telemetry.context.tests.subscribing import Receiver, document, receiver

WRITES = 600


class Writer:
    """Writes numbers to a few things, one after the other; `acknowledged` are those that were answered 204."""

    def __init__(self, base: str) -> None:
        self._address = urlsplit(base).netloc
        self.acknowledged: list[int] = []

    def ask(self, method: str, path: str, body: object) -> int:
        connection = http.client.HTTPConnection(self._address, timeout=20)
        try:
            sent = json.dumps(body).encode()
            connection.request(method, f"/ngsi-ld/v1{path}", sent, {"Content-Type": "application/json"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0  # not answered: it may or may not have been written
        finally:
            connection.close()

    def run(self) -> None:
        for number in range(WRITES):
            path = f"/entities/urn:ngsi-ld:Building:{number % 7}/attrs"
            if self.ask("PATCH", path, {"level": number}) == 204:
                self.acknowledged.append(number)
            else:
                sleep(0.05)


def _kill_notifier(deployment: Deployment) -> None:
    for process in psutil.Process(deployment.pid).children(recursive=True):
        if "notifier" in process.cmdline():
            process.kill()


def _kill_backend_of_the_notifier(deployment: Deployment) -> None:
    """PostgreSQL then ends every connection and recovers, as after any crash of a backend."""
    servers = [one for one in tree(deployment.pid, str(deployment.home)) if one.name() == "postgres"]
    backends = [one for one in servers if any("parvis" in part and "idle" in part for part in one.cmdline())]
    backends[0].kill()


def _kill_postgresql(deployment: Deployment) -> None:
    """The server itself and all of its processes; then it is started again, as whoever supervises it would."""
    servers = [one for one in tree(deployment.pid, str(deployment.home)) if one.name() == "postgres"]
    for one in servers:
        os.kill(one.pid, signal.SIGKILL)
    psutil.wait_procs(servers, timeout=10)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    subprocess.run(
        [sys.executable, "-m", "parvis.project.database", "true"],
        env=ours | {"PARVIS_HOME": str(deployment.home)},
        check=True,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.parametrize("crash", [_kill_notifier, _kill_backend_of_the_notifier, _kill_postgresql])
def test_nothing_is_lost(crash: Callable[[Deployment], None]) -> None:
    with receiver() as told, open_broker() as deployment:
        writer = Writer(deployment.base)
        told.delay_s = 0.01
        assert writer.ask("POST", "/subscriptions", document(uri=told.uri, watchedAttributes=["level"])) == 201
        for number in range(7):
            created = {"id": f"urn:ngsi-ld:Building:{number}", "type": "Building"}
            assert writer.ask("POST", "/entities", created) == 201
        thread = threading.Thread(target=writer.run)
        thread.start()
        for heard in (20, 60):  # twice, in the midst of it
            _until(lambda heard=heard: len(told.received) >= heard)
            crash(deployment)
        thread.join(180)
        assert len(writer.acknowledged) > WRITES / 2
        _until(lambda: set(writer.acknowledged) <= _numbers(told))
        _assert_in_order(told)


def _until(holds: Callable[[], bool], within_s: float = 120) -> None:
    deadline = monotonic() + within_s
    while not holds():
        assert monotonic() < deadline, "waited in vain"
        sleep(0.1)


def _numbers(told: Receiver) -> set[int]:
    return {entity["level"]["value"] for entity in list(told.entities)}


def _assert_in_order(told: Receiver) -> None:
    """Of each thing the first telling of every number comes after those of all smaller ones."""
    last: dict[str, int] = {}
    seen: set[int] = set()
    for entity in told.entities:
        number = entity["level"]["value"]
        if number not in seen:
            seen.add(number)
            assert number > last.get(entity["id"], -1)
            last[entity["id"]] = number
