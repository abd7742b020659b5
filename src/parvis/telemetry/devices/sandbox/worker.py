"""The child: one QuickJS context per codec, frames on standard input (a socket), nothing else.

Run as a script by `process.py` with `python -I -S`: no Django, no site-packages but the engine, nothing of the parent's
environment. Imports nothing of Parvis, so that it starts in milliseconds and holds some ten megabytes.

A frame to the child is length, kind, then a body:
  LOAD     number of the program, its source
  CALL     number of the program, port, milliseconds, payload as a JSON array
  DROP     number of the program
The child answers each CALL, in order, by one frame: length, status, CPU seconds spent, text; and says READY once confined.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
import time

TYPE_CHECKING = False  # importing `typing` would cost a third of the start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Runner = Callable[[str, int, float], str]
    Outcome = tuple[int, str]

HEAD = struct.Struct("<IB")
ANSWER_HEAD = struct.Struct("<IBf")
LOAD_BODY = struct.Struct("<I")
CALL_BODY = struct.Struct("<IBd")
LOAD, CALL, DROP = 1, 2, 3
OK, THROWN, BROKEN, INVALID, EXHAUSTED, READY = 0, 1, 2, 3, 4, 5

ADDRESS_SPACE = 512 << 20  # of the whole process: the engine's own limit counts only what it allocates itself
CONTEXT_MEMORY = 32 << 20  # of one codec
STACK = 256 << 10
MOST_LETTERS = 64 << 10  # of an answer: a reading has tens of fields, not thousands
MOST_DETAIL = 500
CPU_AHEAD_S = 5  # if the parent dies while a codec loops, the kernel ends this process after that much CPU
PR_SET_PDEATHSIG = 1

FORMS = ("decodeUplink", "Decode", "Decoder")


def confine(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    os.chdir("/")


def renew_cpu(used_s: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(used_s) + CPU_AHEAD_S, resource.RLIM_INFINITY))


def read(count: int) -> bytes:
    """Exactly `count` bytes; ends the process when the parent has gone."""
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def write(status: int, cpu_s: float, text: str) -> None:
    body = text.encode("utf-8", "replace")
    view = memoryview(ANSWER_HEAD.pack(len(body), status, cpu_s) + body)
    while view:
        view = view[os.write(0, view) :]


def compile_codec(quickjs: Any, prelude: str, source: str) -> Runner | Outcome:
    """A function of (payload JSON, port, milliseconds), or what to answer when there is none."""
    context = quickjs.Context()
    context.set_memory_limit(CONTEXT_MEMORY)
    context.set_max_stack_size(STACK)
    try:
        wrap = context.eval(prelude)
        context.eval(source)
        for form in FORMS:
            if context.eval(f"typeof {form} === 'function'"):
                run: Runner = wrap(context.eval(form), form, MOST_LETTERS)
                return run
    except Exception as error:
        return failure(error, BROKEN)
    return BROKEN, "no decodeUplink, Decode or Decoder function"


def failure(error: Exception, status: int) -> Outcome:
    text = str(error).strip()
    # With nothing left, QuickJS cannot even build its error: it throws null.
    if isinstance(error, MemoryError) or text.startswith("InternalError: out of memory") or text in {"null", ""}:
        return EXHAUSTED, text[:MOST_DETAIL]
    return status, text[:MOST_DETAIL]


def call(run: Runner, body: bytes) -> Outcome:
    _, port, at_ms = CALL_BODY.unpack_from(body)
    try:
        text = run(body[CALL_BODY.size :].decode("ascii"), port, at_ms)
    except Exception as error:  # the engine's, or Python's when the answer cannot become a string
        return failure(error, THROWN)
    return (OK, text) if text[:1] == "{" else (INVALID, text[:MOST_DETAIL])


def serve(quickjs: Any, prelude: str) -> None:
    sources: dict[int, str] = {}
    runners: dict[int, Runner | Outcome] = {}
    before = time.process_time()
    renewed = before
    renew_cpu(before)
    while True:
        length, kind = HEAD.unpack(read(HEAD.size))
        body = read(length)
        (number,) = LOAD_BODY.unpack_from(body)
        if kind == CALL:
            if number not in runners:
                runners[number] = compile_codec(quickjs, prelude, sources[number])
            run = runners[number]
            status, text = run if isinstance(run, tuple) else call(run, body)
            now = time.process_time()
            write(status, now - before, text)
            before = now
            if now - renewed > 1:
                renew_cpu(now)
                renewed = now
        else:
            runners.pop(number, None)
            sources.pop(number, None)
            if kind == LOAD:
                sources[number] = body[LOAD_BODY.size :].decode()


def main() -> None:
    parent, site_packages, prelude_path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    sys.path.append(site_packages)
    import _quickjs as quickjs

    with open(prelude_path, encoding="utf-8") as file:  # noqa: PTH123 (pathlib would double the time to start)
        prelude = file.read()
    confine(parent)
    write(READY, 0, "")
    serve(quickjs, prelude)


if __name__ == "__main__":
    main()
