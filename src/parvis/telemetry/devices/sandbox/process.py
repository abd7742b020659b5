"""The parent's end of one worker: it sends calls, reads answers, and says when the child does not answer."""

import contextlib
import json
import mmap
import os
import select
import socket
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from . import worker as child
from .patience import Patience
from .values import Call, Invocation

_START_PATIENCE_S = 20.0
_MOST_PROGRAMS = 256  # contexts kept warm; 106 of them were measured at 12 MB
_FUNCTIONS = tuple(child.FUNCTIONS)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    cpu_s: float
    text: bytes


class WorkerFailed(RuntimeError):
    """The sandbox's process does not start: the installation is broken, no codec can be run."""


class Stopped(Exception):
    """No further answer will come. `unanswered` calls had been run whose answers are lost; the one after them did it."""

    def __init__(self, unanswered: int = 0) -> None:
        super().__init__(unanswered)
        self.unanswered = unanswered


class Overran(Stopped):
    """A call has had its time; its process has been killed."""


class Crashed(Stopped):
    """The process has gone by itself."""


class Worker:
    """One child. Not thread-safe: the pool lends it to one thread at a time."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._next_number = 0
        self._received = bytearray()
        self._answered = 0
        self._socket, theirs = socket.socketpair()
        shared_page = os.memfd_create("parvis-codec")
        try:
            os.ftruncate(shared_page, mmap.PAGESIZE)
            self._done = memoryview(mmap.mmap(shared_page, mmap.PAGESIZE)).cast("Q")
            self._process = _spawner(os.getpid()).submit(_start, theirs, shared_page).result()
        finally:
            theirs.close()
            os.close(shared_page)
        self._await_ready()
        self._socket.setblocking(False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def run(self, calls: Sequence[Call | Invocation], limit_s: float) -> Generator[RawAnswer, None, None]:
        """The answers, in order. Raises `Overran` or `Crashed` in the place of an answer; then only `close` is left,
        and also when the caller does not take all the answers."""
        outgoing = memoryview(b"".join(frame for call in calls for frame in self._frames(call)))
        last = self._answered + len(calls)
        patience = Patience(self.pid, limit_s)
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | select.POLLOUT)
        while self._answered < last:
            events = poll.poll(patience.left_ms())
            if not events:
                if patience.is_over():
                    self._process.kill()
                    self._process.wait()
                    raise Overran(self._unanswered())
                continue
            try:
                if events[0][1] & select.POLLOUT:
                    outgoing = outgoing[self._socket.send(outgoing) :]
                    if not outgoing:
                        poll.modify(self._socket, select.POLLIN)
                arrived = self._receive() if events[0][1] & ~select.POLLOUT else []
            except ConnectionError as error:
                self._process.wait()
                raise Crashed(self._unanswered()) from error
            if arrived:
                patience.renew()
                self._answered += len(arrived)
                yield from arrived

    def _unanswered(self) -> int:
        return int(self._done[0]) - self._answered

    def _frames(self, call: Call | Invocation) -> Iterator[bytes]:
        number = self._numbers.get(call.program.key)
        if number is not None and call.program.fresh:
            yield _frame(child.DROP, child.LOAD_BODY.pack(self._numbers.pop(call.program.key)))
            number = None
        if number is None:
            if len(self._numbers) >= _MOST_PROGRAMS:
                _, oldest = self._numbers.popitem(last=False)
                yield _frame(child.DROP, child.LOAD_BODY.pack(oldest))
            number = self._next_number = self._next_number + 1
            self._numbers[call.program.key] = number
            yield _frame(child.LOAD, child.LOAD_BODY.pack(number) + call.program.source.encode("utf-8", "replace"))
        else:
            self._numbers.move_to_end(call.program.key)
        if isinstance(call, Call):
            head = child.CALL_BODY.pack(number, call.f_port, call.at_ms)
            yield _frame(child.CALL, head + msgspec.json.encode(list(call.payload)))
        else:
            head = child.RUN_BODY.pack(number, _FUNCTIONS.index(call.function))
            yield _frame(child.RUN, head + json.dumps(call.input).encode())

    def _receive(self) -> list[RawAnswer]:
        part = self._socket.recv(1 << 18)
        if not part:
            raise ConnectionResetError
        self._received += part
        answers = []
        start = 0
        head = child.ANSWER_HEAD
        while len(self._received) - start >= head.size:
            length, status, cpu_s = head.unpack_from(self._received, start)
            end = start + head.size + length
            if len(self._received) < end:
                break
            answers.append(RawAnswer(status, cpu_s, bytes(self._received[start + head.size : end])))
            start = end
        del self._received[:start]
        return answers

    def _await_ready(self) -> None:
        self._socket.settimeout(_START_PATIENCE_S)
        with contextlib.suppress(OSError):
            if [answer.status for answer in self._receive()] == [child.READY]:
                return
        self.close()
        raise WorkerFailed(f"the codec sandbox does not start ({sys.executable}, exit {self._process.returncode})")


def _frame(kind: int, body: bytes) -> bytes:
    return child.HEAD.pack(len(body), kind) + body


def _start(end: socket.socket, shared_page: int) -> subprocess.Popen[bytes]:
    script = Path(child.__file__)
    engine = find_spec("_quickjs")
    if engine is None or engine.origin is None:
        raise WorkerFailed("quickjs-ng is not installed")
    environment = {"TZ": "UTC"}  # and nothing of ours: makers' examples are answered in UTC wherever this runs
    return subprocess.Popen(
        [
            sys.executable,
            *("-I", "-S", str(script)),
            *(str(os.getpid()), str(shared_page)),
            *(str(Path(engine.origin).parent), str(script.with_name("prelude.js")), str(script.with_name("shims.js"))),
        ],
        pass_fds=[shared_page],
        stdin=end.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


@cache
def _spawner(_pid: int) -> ThreadPoolExecutor:
    """One thread that lives as long as the process: the kernel's parent-death signal follows the *thread* that forked."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="codec-spawner")
