"""The child: one QuickJS context per codec, frames on standard input (a socket), nothing else.

Run as a script by `process.py` with `python -I -S`: no Django, no site-packages but the engine, nothing of the parent's
environment. Imports nothing of Parvis, so that it starts in milliseconds and holds some ten megabytes.

A frame to the child is length, kind, then a body:
  LOAD     number of the program, its source
  CALL     number of the program, port, milliseconds, payload as a JSON array: an uplink to decode
  RUN      number of the program, which function (of `FUNCTIONS`), its input as a JSON object
  DROP     number of the program
The child answers each CALL and RUN, in order, by one frame: length, status, CPU seconds spent, text; and says READY once confined.
In a page it shares with the parent it counts the calls it has ended: whoever kills it knows which call it was in.
"""

from __future__ import annotations

import ctypes
import mmap
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

    Runner = Callable[..., str]
    Outcome = tuple[int, str]
    Libraries = tuple[str, str]  # prelude.js, shims.js

HEAD = struct.Struct("<IB")
ANSWER_HEAD = struct.Struct("<IBf")
LOAD_BODY = struct.Struct("<I")
CALL_BODY = struct.Struct("<IBd")
RUN_BODY = struct.Struct("<IB")
LOAD, CALL, DROP, RUN = 1, 2, 3, 4
OK, THROWN, BROKEN, INVALID, EXHAUSTED, READY = 0, 1, 2, 3, 4, 5

ADDRESS_SPACE = 512 << 20  # of the whole process: the engine's own limit counts only what it allocates itself
CONTEXT_MEMORY = 32 << 20  # of one codec
STACK = 256 << 10
MOST_LETTERS = 64 << 10  # of an answer: a reading has tens of fields, not thousands
MOST_DETAIL = 500
MOST_HELD = 200  # answers
HELD_S = 0.005  # longest that an answer waits for the next ones
CPU_AHEAD_S = 5  # if the parent dies while a codec loops, the kernel ends this process after that much CPU
PR_SET_PDEATHSIG = 1

FUNCTIONS = {
    "decodeUplink": ("decodeUplink", "Decode", "Decoder"),
    "encodeDownlink": ("encodeDownlink", "Encode", "Encoder"),
    "decodeDownlink": ("decodeDownlink",),
    "normalizeUplink": ("normalizeUplink",),
}
"""Those of TS013, with what stood for each before it, in the order of preference."""
_BY_NUMBER = tuple(FUNCTIONS)
BORROWED = ("Buffer", "atob", "btoa", "TextDecoder", "TextEncoder")
"""What `shims.js` gives."""


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


class Inbox:
    """Frames from the parent; the process ends when the parent has gone."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0

    def holds_a_frame(self) -> bool:
        left = len(self._bytes) - self._at
        return left >= HEAD.size and left >= HEAD.size + HEAD.unpack_from(self._bytes, self._at)[0]

    def take(self) -> tuple[int, bytes]:
        """Kind and body of the next frame."""
        while not self.holds_a_frame():
            part = os.read(0, 1 << 18)
            if not part:
                os._exit(0)
            self._bytes = self._bytes[self._at :] + part
            self._at = 0
        length, kind = HEAD.unpack_from(self._bytes, self._at)
        start = self._at + HEAD.size
        self._at = start + length
        return kind, self._bytes[start : self._at]


class Outbox:
    """Answers to the parent: together when they come fast, for each one that wakes it costs more than the decoding."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._waiting_since = 0.0

    def put(self, status: int, cpu_s: float, text: str, *, more_to_do: bool) -> None:
        body = text.encode("utf-8", "replace")
        self._parts += (ANSWER_HEAD.pack(len(body), status, cpu_s), body)
        now = time.monotonic()
        if len(self._parts) == 2:
            self._waiting_since = now
        if not more_to_do or len(self._parts) >= MOST_HELD * 2 or now - self._waiting_since > HELD_S:
            self._flush()

    def _flush(self) -> None:
        view = memoryview(b"".join(self._parts))
        self._parts.clear()
        while view:
            view = view[os.write(0, view) :]


class Loaded:
    """One codec in its own context, and its functions, wrapped as they are asked for."""

    def __init__(self, context: Any, wrap: Any) -> None:
        self._context = context
        self._wrap = wrap
        self._runs: dict[str, Runner | Outcome] = {}
        self.decode = self._runner("decodeUplink", whole=False)

    def has_functions(self) -> bool:
        return any(self._form(function) for function in FUNCTIONS)

    def run(self, function: str) -> Runner | Outcome:
        """The function of its whole input object."""
        if function not in self._runs:
            self._runs[function] = self._runner(function, whole=True)
        return self._runs[function]

    def _form(self, function: str) -> str:
        forms = FUNCTIONS[function]
        return next((form for form in forms if self._context.eval(f"typeof {form} === 'function'")), "")

    def _runner(self, function: str, *, whole: bool) -> Runner | Outcome:
        try:
            if form := self._form(function):
                runner: Runner = self._wrap(self._context.eval(form), form, MOST_LETTERS, whole)
                return runner
        except Exception as error:  # a name that is told twice, or never given its value
            return failure(error, BROKEN)
        first, *older = FUNCTIONS[function]
        return BROKEN, f"no {first}{''.join(f' or {form}' for form in older)} function"


def load(quickjs: Any, libraries: Libraries, source: str) -> Loaded | Outcome:
    """The codec, or what to answer to all its calls. A text is a script; if it is none and speaks of `exports`, a module of
    Node.js. Not at once: bundles that can be both hide their functions where there is `module`."""
    as_script = _load(quickjs, libraries, source)
    if "exports" not in source or (isinstance(as_script, Loaded) and as_script.has_functions()):
        return as_script
    return _load(quickjs, libraries, f"{MODULE_BEGINS}{source}\n{MODULE_ENDS}")


MODULE_BEGINS = "var module = {exports: {}}, exports = module.exports; "
MODULE_ENDS = "Object.keys(module.exports).forEach(name => { if (!(name in globalThis)) globalThis[name] = module.exports[name]; });"


def _load(quickjs: Any, libraries: Libraries, source: str) -> Loaded | Outcome:
    context = quickjs.Context()
    context.set_memory_limit(CONTEXT_MEMORY)
    context.set_max_stack_size(STACK)
    prelude, shims = libraries
    try:
        wrap = context.eval(prelude)
        named = source.replace("ArrayBuffer", "")  # which is the engine's own
        if any(name in named for name in BORROWED):
            context.eval(shims)
        context.eval(source)
    except Exception as error:
        return failure(error, BROKEN)
    return Loaded(context, wrap)


def failure(error: Exception, status: int) -> Outcome:
    text = str(error).strip()
    # With nothing left, QuickJS cannot even build its error: it throws null.
    if isinstance(error, MemoryError) or text.startswith("InternalError: out of memory") or text in {"null", ""}:
        return EXHAUSTED, text[:MOST_DETAIL]
    return status, text[:MOST_DETAIL]


def answered(run: Runner | Outcome, *arguments: Any) -> Outcome:
    if isinstance(run, tuple):
        return run
    try:
        text = run(*arguments)
    except Exception as error:  # the engine's, or Python's when the answer cannot become a string
        return failure(error, THROWN)
    return (OK, text) if text[:1] == "{" else (INVALID, text[:MOST_DETAIL])


def perform(program: Loaded | Outcome, kind: int, body: bytes) -> Outcome:
    if isinstance(program, tuple):
        return program
    if kind == CALL:
        _, port, at_ms = CALL_BODY.unpack_from(body)
        return answered(program.decode, body[CALL_BODY.size :].decode("ascii"), port, at_ms)
    _, function = RUN_BODY.unpack_from(body)
    return answered(program.run(_BY_NUMBER[function]), body[RUN_BODY.size :].decode())


def serve(quickjs: Any, libraries: Libraries, done: memoryview, outbox: Outbox) -> None:
    sources: dict[int, str] = {}
    programs: dict[int, Loaded | Outcome] = {}
    before = renewed = time.process_time()
    renew_cpu(before)
    inbox = Inbox()
    while True:
        kind, body = inbox.take()
        (number,) = LOAD_BODY.unpack_from(body)
        if kind in {CALL, RUN}:
            if number not in programs:
                programs[number] = load(quickjs, libraries, sources[number])
            status, text = perform(programs[number], kind, body)
            done[0] += 1
            now = time.process_time()
            outbox.put(status, now - before, text, more_to_do=inbox.holds_a_frame())
            before = now
            if now - renewed > 1:
                renew_cpu(now)
                renewed = now
        else:
            programs.pop(number, None)
            sources.pop(number, None)
            if kind == LOAD:
                sources[number] = body[LOAD_BODY.size :].decode()


def main() -> None:
    parent, shared_page, site_packages, *paths = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
    sys.path.append(site_packages)
    import _quickjs as quickjs

    prelude, shims = (text_of(path) for path in paths)
    done = memoryview(mmap.mmap(shared_page, mmap.PAGESIZE)).cast("Q")
    os.close(shared_page)
    confine(parent)
    outbox = Outbox()
    outbox.put(READY, 0, "", more_to_do=False)
    serve(quickjs, (prelude, shims), done, outbox)


def text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 (pathlib would double the time to start)
        return file.read()


if __name__ == "__main__":
    main()
