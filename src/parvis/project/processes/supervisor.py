"""Starts the processes of a deployment, restarts one that dies, stops all at once. Imports no Django, to stay small."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from parvis.project.processes.parent import die_with_parent

STOP_PATIENCE_S = 10
BACK_OFF_S = (0.2, 1.0, 3.0, 10.0)
WATCH_EVERY_S = 1.0
STEADY_S = 60  # a process that lived this long is no longer held to have failed at start


@dataclass
class Child:
    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    retry_at: float = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "parvis.project.processes", *self.arguments],
            preexec_fn=die_with_parent,  # noqa: PLW1509 — the supervisor has one thread
            start_new_session=True,  # a Ctrl-C reaches the supervisor only, which stops the others in order
        )
        self.started_at = time.monotonic()


@dataclass
class Supervisor:
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    watch: Callable[[], None] | None = None
    """Called every second: what else must be kept alive."""

    def add(self, name: str, *arguments: str) -> None:
        self.children.append(Child(name, list(arguments)))

    def start(self, name: str) -> None:
        next(child for child in self.children if child.name == name).start()

    def run(self) -> int:
        """Until SIGINT or SIGTERM. Children already started are left as they are."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for child in self.children:
            if child.process is None:
                child.start()
        try:
            watched_at = 0.0
            while not self.stopping:
                self._mend()
                if self.watch is not None and time.monotonic() - watched_at > WATCH_EVERY_S:
                    self.watch()
                    watched_at = time.monotonic()
                time.sleep(0.2)
        finally:
            self.stop_all()
        return 0

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _mend(self) -> None:
        moment = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                lived = moment - child.started_at
                child.failures = 0 if lived > STEADY_S else child.failures
                wait = BACK_OFF_S[min(child.failures, len(BACK_OFF_S) - 1)]
                print(
                    f"{child.name}: ended with {child.process.returncode}, again in {wait:g} s",
                    file=sys.stderr,
                    flush=True,
                )
                child.process, child.failures, child.retry_at = None, child.failures + 1, moment + wait
            elif child.process is None and moment >= child.retry_at:
                child.start()

    def stop_all(self) -> None:
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + STOP_PATIENCE_S
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
