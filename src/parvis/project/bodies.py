"""Bodies of requests wait outside the threads of pages: these are few, and a photo on a bad line takes minutes."""

import asyncio
import time
from tempfile import SpooledTemporaryFile

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parvis.kernel.errors import Problem, problem_asgi
from parvis.project.middleware import LARGEST_BODY

IN_MEMORY = 1024 * 1024
_CHUNK = 256 * 1024


class WholeBody:
    """Calls the application once the body is here; 408 after `silent_s` without a byte, or `longest_s` in all.

    What is announced larger than `LARGEST_BODY` is not read, nor is what announces no length: the application reads neither.
    """

    def __init__(self, app: ASGIApp, *, silent_s: float = 30, longest_s: float = 900) -> None:
        self.app = app
        self.silent_s = silent_s
        self.longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not 0 < _announced(scope) <= LARGEST_BODY:
            await self.app(scope, receive, send)
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            try:
                if not await self._fill(body, receive):
                    return
            except TimeoutError:
                too_slow = problem_asgi(Problem(status=408, title="The request took too long to come"))
                await too_slow(scope, receive, send)
                return
            body.seek(0)

            async def again() -> Message:
                part = body.read(_CHUNK)
                return {"type": "http.request", "body": part, "more_body": len(part) == _CHUNK}

            await self.app(scope, again, send)

    async def _fill(self, body: "SpooledTemporaryFile[bytes]", receive: Receive) -> bool:
        """Whether the sender stayed until the end. Raises `TimeoutError`."""
        ends_at = time.monotonic() + self.longest_s
        while True:
            message = await asyncio.wait_for(receive(), max(0.0, min(self.silent_s, ends_at - time.monotonic())))
            if message["type"] == "http.disconnect":
                return False
            body.write(message.get("body", b""))
            if not message.get("more_body", False):
                return True


def _announced(scope: Scope) -> int:
    """Bytes; 0 when no length is given or it is none."""
    for name, value in scope.get("headers", ()):
        if name == b"content-length" and value.isdigit() and len(value) < 19:
            return int(value)
    return 0
