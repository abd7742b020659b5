"""Server-sent events: what PostgreSQL notifies at each commit, told to the browsers that may know of it.

One listening connection per web process and channel, opened for the first browser. A browser that connects is answered once
the connection listens: what it then reads elsewhere is at least as recent as the first event it misses. One that does not keep
up is told `resync` and nothing is kept for it.
"""

import asyncio
import logging
import signal
import threading
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
    _listening: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    async def endpoint(self, request: Request) -> Response:
        scope = await scope_of(request, self.permission)
        if isinstance(scope, Response):
            return scope
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
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
        with _on_stop(self.close):
            yield
        self.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._task = None

    def close(self) -> None:
        self._closed = True
        for browser in self._browsers:
            browser.tell(None)

    async def _stream(self, scope: Scope) -> AsyncIterator[bytes]:
        browser = _Browser(scope)
        self._browsers.add(browser)
        ends_at = asyncio.get_running_loop().time() + LONGEST_STREAM_S
        try:
            yield b"retry: 2000\n\n"
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

    async def _listen(self) -> None:
        """Until cancelled; what was missed while the connection was lost is made good by a resync."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**listening_parameters(), autocommit=True) as listener:
                    await listener.execute(f"LISTEN {self.channel}")
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
                if self._browsers:
                    await self._spread(payloads)

    async def _spread(self, payloads: list[str]) -> None:
        try:
            news = await in_database(self.gather, payloads)
        except Exception:
            log.exception("%s: news lost, browsers read all again", self.channel)
            news = None
        if news is None:
            self._tell_all(_RESYNC)
            return
        messages: dict[Scope, bytes] = {}
        for browser in tuple(self._browsers):
            if browser.scope not in messages:
                items = [one.item for one in news if concerns(browser.scope, one)]
                messages[browser.scope] = self.encode(items) if items else b""
            if message := messages[browser.scope]:
                browser.tell(message)

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
