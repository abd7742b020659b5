"""`parvis serve`: the whole deployment on this machine, supervised."""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from parvis.project import database, environment
from parvis.project.cli import progress
from parvis.project.processes.supervisor import Supervisor

READY_PATIENCE_S = 60


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "serve",
        help="serve the pages, the doors, the jobs and the ingestion",
        description="Starts the database (embedded unless PARVIS_DATABASE_URL is set), brings its schema up to date, then"
        " serves until Ctrl-C. Prints one line `ready http://host:port` on standard output once it answers.",
    )
    add_address(parser)
    parser.add_argument(
        "--open-broker",
        action="store_true",
        help="let everybody read and write through the NGSI-LD broker, for conformance tools and local trials; loopback only",
    )
    parser.set_defaults(run=run)


def add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000; 0 picks a free one)")


def run(options: argparse.Namespace) -> int:
    if options.open_broker:
        if not is_loopback(options.host):
            print("parvis serve: --open-broker is for loopback addresses only", file=sys.stderr)
            return 2
        os.environ["PARVIS_OPEN_BROKER"] = "1"
    with database.embedded():
        return supervise(options, prepare=["prepare"], extra=[])


def supervise(
    options: argparse.Namespace,
    *,
    prepare: list[str],
    extra: list[tuple[str, list[str]]],
    welcome: Callable[[str], None] = lambda base: None,
) -> int:
    """`prepare` is a process (and its arguments) run to its end first; `extra` are more: name, process and arguments, where `{base}` is the address served; `welcome` is called with it once it answers."""
    port = options.port or free_port(options.host)
    base = f"http://{options.host}:{port}"
    refuse_taken(options.host, port)
    os.environ.setdefault("PARVIS_SITE_URL", base)
    if code := subprocess.call([sys.executable, "-m", "parvis.project.processes", *prepare]):
        return code
    supervisor = Supervisor(watch=database.mend)
    webs = environment.number("PARVIS_WEB_PROCESSES", 1, at_least=1)
    for name in numbered("web", webs):
        supervisor.add(name, "web", "--host", options.host, "--port", str(port), *(["--shared"] if webs > 1 else []))
    supervisor.add("worker", "worker")
    supervisor.add("notifier", "notifier")
    if environment.url("PARVIS_MQTT_URL", "", "mqtt", "mqtts"):
        subscribers = environment.number("PARVIS_INGEST_PROCESSES", 1, at_least=1)
        for number, name in enumerate(numbered("ingest", subscribers), 1):
            supervisor.add(name, "ingest", *(["--number", str(number)] if subscribers > 1 else []))
    for name, arguments in extra:
        supervisor.add(name, *(argument.replace("{base}", base) for argument in arguments))
    for name in (*numbered("web", webs), "notifier"):  # who is told that it is ready may expect to be notified
        supervisor.start(name)
    try:
        if not answers(base):
            progress(f"nothing answers at {base} after {READY_PATIENCE_S} s")
            return 1
        print(f"ready {base}", flush=True)
        welcome(base)
        return supervisor.run()
    finally:
        supervisor.stop_all()


def numbered(name: str, count: int) -> list[str]:
    """`web` alone, or `web-1`, `web-2`…"""
    return [name] if count == 1 else [f"{name}-{number}" for number in range(1, count + 1)]


def is_loopback(host: str) -> bool:
    return host == "localhost" or (host.replace(".", "").isdecimal() and host.startswith("127.")) or host == "::1"


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def refuse_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(f"cannot listen on {host}:{port}: {error.strerror}; try another --port") from error


def answers(base: str) -> bool:
    deadline = time.monotonic() + READY_PATIENCE_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{base}/api/health", timeout=2).close()  # noqa: S310 — our own address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return True
    return False
