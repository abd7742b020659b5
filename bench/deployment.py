"""A real deployment in a directory of its own, for benchmarks and journeys; stopped by its process id."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Deployment:
    base: str
    home: Path
    pid: int


@contextmanager
def city(
    *arguments: str, home: Path | None = None, patience_s: float = 300, **environment: str
) -> Iterator[Deployment]:
    """A `parvis demo` with these arguments, on a free port. Raises RuntimeError with what it said when it fails."""
    with _served("demo", *arguments, home=home, patience_s=patience_s, environment=environment) as deployment:
        yield deployment


@contextmanager
def open_broker(*arguments: str, home: Path | None = None, **environment: str) -> Iterator[Deployment]:
    """An empty `parvis serve --open-broker` with these arguments, on a free port. Raises as `city`."""
    arguments = ("--open-broker", *arguments)
    with _served("serve", *arguments, home=home, patience_s=60, environment=environment) as deployment:
        yield deployment


@contextmanager
def platform(*arguments: str, home: Path | None = None, **environment: str) -> Iterator[Deployment]:
    """An empty `parvis serve` with these arguments, on a free port. Raises as `city`."""
    with _served("serve", *arguments, home=home, patience_s=60, environment=environment) as deployment:
        yield deployment


@contextmanager
def _served(
    verb: str, *arguments: str, home: Path | None, patience_s: float, environment: dict[str, str]
) -> Iterator[Deployment]:
    with tempfile.TemporaryDirectory(prefix="parvis-city-") as scratch:
        Path(scratch).chmod(0o755)
        where = home or Path(scratch)
        log = Path(scratch) / "stderr"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "parvis.project", verb, "--port", "0", *arguments],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=ROOT,
                env={
                    **{name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")},
                    "PARVIS_HOME": str(where),
                    **environment,
                },
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline().split()
            if line[:1] != ["ready"]:
                raise RuntimeError(log.read_text())
            yield Deployment(base=line[1], home=where, pid=process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
