"""Slow senders hold no thread of the pages."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from parvis.project.bodies import WholeBody
from parvis.project.middleware import LARGEST_BODY


class Pages:
    """Reads the body it is given, as the pages do."""

    def __init__(self) -> None:
        self.read: bytes | None = None

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        self.read = b""
        while True:
            message = await receive()
            self.read += message.get("body", b"")
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})


def status_of(
    pages: Pages, length: str | None, parts: list[bytes | None], *, every_s: float = 0.0, **limits: float
) -> int | None:
    """Sends `parts` (None: hangs up), one every `every_s`; None when nothing was answered."""
    sent: list[Any] = []
    waiting = list(parts)

    async def receive() -> Any:
        await asyncio.sleep(every_s)
        part = waiting.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        assert pages.read is None or not 0 < int(length or 0) <= LARGEST_BODY  # not called before the end
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", length.encode())] if length else []
    asyncio.run(WholeBody(pages, **limits)({"type": "http", "headers": headers}, receive, send))
    return sent[0]["status"] if sent else None


@pytest.mark.parametrize("size", [1, 256 * 1024, 256 * 1024 + 1, 3_000_000])
def test_the_pages_are_called_when_all_is_there(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]
    pages = Pages()
    assert status_of(pages, str(size), [body[: size // 2], b"", body[size // 2 :]]) == 200
    assert pages.read == body


def test_who_hangs_up_calls_nobody() -> None:
    pages = Pages()
    assert status_of(pages, "10", [b"12345", None]) is None
    assert pages.read is None


@pytest.mark.parametrize("limits", [{"silent_s": 0.01}, {"longest_s": 0.12}])
def test_who_is_too_slow_is_told_so(limits: dict[str, float]) -> None:
    pages = Pages()
    assert status_of(pages, "9", [b"1"] * 9, every_s=0.05, **limits) == 408
    assert pages.read is None


@pytest.mark.parametrize("length", [None, "0", str(LARGEST_BODY + 1)])
def test_what_the_pages_do_not_read_is_not_waited_for(length: str | None) -> None:
    pages = Pages()
    assert status_of(pages, length, [b"x"]) == 200
