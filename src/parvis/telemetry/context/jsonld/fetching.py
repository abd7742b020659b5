"""Documents from elsewhere: fetched within limits, never twice at once, and not asked for again right after a failure."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

import msgspec

from parvis.kernel import outgoing
from parvis.telemetry.context.broker.problems import BadRequestData, LdContextNotAvailable, LdError
from parvis.telemetry.context.jsonld.core import CORE_PLACE
from parvis.telemetry.context.jsonld.definitions import check_context

FETCH_S: Final = 5.0
MOST_BYTES: Final = 1 << 20
MOST_REDIRECTS: Final = 3
FAILURE_HOLDS_S: Final = 2.0
AT_ONCE: Final = 4
"""Slow servers of others may hold so many threads, not all those that answer requests."""

_MOST_FAILURES = 1000
_places = threading.BoundedSemaphore(AT_ONCE)
_locks: dict[str, threading.Lock] = {}
_failures: dict[str, tuple[float, LdError]] = {}


def fetch(url: str) -> dict[str, Any]:
    """The document `{"@context": …}` at an http(s) URL, from the network.

    Raises `LdContextNotAvailable` when it cannot be had, `BadRequestData` when it is something else.
    """
    until, error = _failures.get(url, (0.0, None))
    if error is not None and monotonic() < until:
        raise type(error)(error.detail)
    try:
        return checked_document(url, _got(url))
    except LdError as failure:
        if len(_failures) >= _MOST_FAILURES:
            _failures.clear()
        _failures[url] = (monotonic() + FAILURE_HOLDS_S, failure)
        raise


def forget_failures() -> None:
    _failures.clear()


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Those who want the same document wait for the first of them."""
    lock = _locks.setdefault(url, threading.Lock())
    if not lock.acquire(timeout=FETCH_S):
        raise LdContextNotAvailable(f"{url} is being fetched and does not come")
    try:
        yield
    finally:
        _locks.pop(url, None)
        lock.release()


def _got(url: str) -> bytes:
    if CORE_PLACE.match(url):
        raise LdContextNotAvailable(f"{url} is not a version of the core @context")
    if not _places.acquire(timeout=FETCH_S):
        raise LdContextNotAvailable(f"too many @contexts are being fetched to fetch {url}")
    try:
        answer = outgoing.request(
            outgoing.OutgoingRequest(
                method="GET",
                url=url,
                headers={"Accept": "application/ld+json, application/json;q=0.9, */*;q=0.1"},
                timeout_s=FETCH_S,
                most_bytes=MOST_BYTES,
                redirects=MOST_REDIRECTS,
            )
        )
    except outgoing.OutgoingError as error:
        raise LdContextNotAvailable(f"{url} cannot be fetched: {error}") from error
    finally:
        _places.release()
    if answer.status != 200:
        raise LdContextNotAvailable(f"{url} answers {answer.status}")
    return answer.body


def checked_document(url: str, body: bytes) -> dict[str, Any]:
    """What is at that URL. Raises `BadRequestData` when it is not a JSON object with an `@context`, or cannot be stored."""
    try:
        document = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequestData(f"{url} is not JSON") from error
    if not isinstance(document, dict) or "@context" not in document:
        raise BadRequestData(f"{url} is not a JSON object with an @context")
    if b"\\u0000" in body:
        raise BadRequestData(f"{url} holds a NUL character")
    check_context(document["@context"], base=url)
    return {"@context": document["@context"]}
