"""Server-sent events: what PostgreSQL notifies at each commit, told to the browsers that may know of it.

One listening connection per web process and channel. A browser reads the present state first and connects a moment later: it is
told what happened meanwhile, from memory, or `resync` (read all again) when that memory is too short. So is one that does not
keep up: nothing is kept for it.
"""

import asyncio
import logging
import math
import signal
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from parvis.foundations.identity.rights import Scope
from parvis.kernel.errors import Problem, problem_asgi
from parvis.telemetry.context.door_access import in_database, scope_of
from parvis.telemetry.context.listening import listening_parameters

log = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
LONGEST_STREAM_S = 900.0
"""Then the browser connects again by itself, and its session is looked at again."""

MEMORY_S = 30.0
"""A browser that takes longer between reading the state and listening to its changes may miss one."""

_REMEMBERED = 2000  # notifications, of 8,000 bytes at most
_WAITING_EVENTS = 32  # for one browser; 32 x 200 ms without reading
_RECONNECT_S = 1.0
_RESYNC = b"event: resync\ndata: {}\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that happened to a thing of an organisation in an area: `item` is what is told."""

    organisation_id: int | None
    area_code: str
    item: Any


def concerns(scope: Scope, news: News) -> bool:
    return any(
        (reach.organisations is None or news.organisation_id in reach.organisations)
        and (reach.areas is None or news.area_code in reach.areas)
        for reach in scope.reaches
    )


def event(name: str, data: bytes) -> bytes:
    """`data` on one line, as JSON is."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


@dataclass(eq=False, slots=True)
class _Browser:
    scope: Scope
    waiting: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(_WAITING_EVENTS))

    def tell(self, message: bytes | None) -> None:
        """A browser that lets its queue fill up starts again from nothing; None ends the stream."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            message = message and _RESYNC
        self.waiting.put_nowait(message)


@dataclass(eq=False)
class LiveDoor:
    """`gather`, called in a thread, makes news of the payloads of some `window_s` (None: too much to tell, read all again);
    `encode` makes one event of the items that concern a browser."""

    channel: str
    permission: str
    gather: Callable[[Sequence[str]], list[News] | None]
    encode: Callable[[Sequence[Any]], bytes]
    window_s: float = 0.2
    _browsers: set[_Browser] = field(default_factory=set, init=False)
    _recent: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED), init=False)
    _complete_since: float = field(default=math.inf, init=False)
    """`_recent` holds every notification since this instant of `time.monotonic`."""
    _listening: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _closed: bool = field(default=False, init=False)

    async def endpoint(self, request: Request) -> Response:
        scope = await scope_of(request, self.permission)
        if isinstance(scope, Response):
            return scope
        try:
            await asyncio.wait_for(self._listening.wait(), 5)
        except TimeoutError:
            return problem_asgi(Problem(status=503, title="The database does not answer"), {"Retry-After": "5"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(scope), media_type="text/event-stream", headers=headers)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Around the serving. Streams end at the first signal: uvicorn waits for its responses before it stops."""
        self._listening, self._closed = asyncio.Event(), False
        task = asyncio.create_task(self._listen())
        with _on_stop(self.close):
            yield
        self.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def close(self) -> None:
        self._closed = True
        for browser in self._browsers:
            browser.tell(None)

    async def _stream(self, scope: Scope) -> AsyncIterator[bytes]:
        browser = _Browser(scope)
        self._browsers.add(browser)
        ends_at = asyncio.get_running_loop().time() + LONGEST_STREAM_S
        try:
            yield b"retry: 2000\n\n" + await self._missed(scope)
            while not self._closed and asyncio.get_running_loop().time() < ends_at:
                try:
                    message = await asyncio.wait_for(browser.waiting.get(), HEARTBEAT_S)
                except TimeoutError:
                    message = b": still here\n\n"
                if message is None:
                    return
                yield message
        finally:
            self._browsers.discard(browser)

    async def _missed(self, scope: Scope) -> bytes:
        """What happened in the last `MEMORY_S`, as one event; empty when nothing did."""
        start = time.monotonic() - MEMORY_S
        if self._complete_since > start:
            return _RESYNC
        payloads = [payload for at, payload in self._recent if at >= start]
        news = await self._gathered(payloads) if payloads else []
        return _RESYNC if news is None else self._message(scope, news)

    def _remember(self, payloads: Sequence[str]) -> None:
        for payload in payloads:
            if len(self._recent) == _REMEMBERED:
                self._complete_since = self._recent[0][0]
            self._recent.append((time.monotonic(), payload))

    async def _listen(self) -> None:
        """Until cancelled; what was missed while the connection was lost is made good by a resync."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**listening_parameters(), autocommit=True) as listener:
                    await listener.execute(f"LISTEN {self.channel}")
                    self._recent.clear()
                    self._complete_since = time.monotonic()
                    self._tell_all(_RESYNC)
                    self._listening.set()
                    await self._follow(listener)
            except psycopg.OperationalError as error:
                log.warning("the database is lost, trying again: %s", error)
            self._listening.clear()
            await asyncio.sleep(_RECONNECT_S)

    async def _follow(self, listener: "psycopg.AsyncConnection[tuple[Any, ...]]") -> None:
        """The first notification opens a window; all that come within it make one event."""
        while True:
            payloads = [notified.payload async for notified in listener.notifies(timeout=HEARTBEAT_S, stop_after=1)]
            if payloads:
                payloads += [notified.payload async for notified in listener.notifies(timeout=self.window_s)]
                self._remember(payloads)
                if self._browsers:
                    await self._spread(payloads)

    async def _spread(self, payloads: Sequence[str]) -> None:
        news = await self._gathered(payloads)
        if news is None:
            self._tell_all(_RESYNC)
            return
        messages: dict[Scope, bytes] = {}
        for browser in tuple(self._browsers):
            if browser.scope not in messages:
                messages[browser.scope] = self._message(browser.scope, news)
            if message := messages[browser.scope]:
                browser.tell(message)

    async def _gathered(self, payloads: Sequence[str]) -> list[News] | None:
        try:
            return await in_database(self.gather, payloads)
        except Exception:
            log.exception("%s: news lost, browsers read all again", self.channel)
            return None

    def _message(self, scope: Scope, news: Sequence[News]) -> bytes:
        items = [one.item for one in news if concerns(scope, one)]
        return self.encode(items) if items else b""

    def _tell_all(self, message: bytes) -> None:
        for browser in self._browsers:
            browser.tell(message)


class _on_stop:
    """Calls `close` in the event loop when the process is asked to stop, then whoever was to be called."""

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.getsignal(number)
                signal.signal(number, self._handle)

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._close)
        if callable(before := self._before[number]):
            before(number, frame)
