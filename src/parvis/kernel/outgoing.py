"""Requests to addresses that others gave us: receivers of notifications, context sources, @contexts.

An outsider must not make the platform call what only the platform can reach (SSRF, OWASP API7:2023): a name is resolved once, its
addresses are checked, and the connection goes to a checked address. `PARVIS_OUTGOING_ALLOWED` lists the private networks of the city.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings
from yarl import URL

T = TypeVar("T")

_READ = 65536
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class OutgoingError(Exception):
    """Base of what can happen to a request we make; the text is for operators, without secrets."""


class OutgoingRefused(OutgoingError):
    """The address is private and not allowed, or not http(s)."""


class OutgoingFailed(OutgoingError):
    """Nothing usable answers there."""


class OutgoingTooLarge(OutgoingFailed):
    """The answer has more bytes than were asked for."""


class OutgoingTimeout(OutgoingError):
    """No whole answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRequest:
    """`most_bytes` bounds the body of the answer; `redirects` how many are followed, each checked like the first."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    timeout_s: float = 5.0
    most_bytes: int = 10 << 20
    redirects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingResponse:
    """`headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_address(address: str) -> None:
    """Raises `OutgoingRefused` for an address that is not of the public internet nor of an allowed network."""
    parsed = ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    if parsed.is_global and not parsed.is_multicast:
        return
    if not any(parsed.version == network.version and parsed in network for network in settings.PARVIS_OUTGOING_ALLOWED):
        raise OutgoingRefused(f"{address} is a private address (PARVIS_OUTGOING_ALLOWED)")


class CheckedResolver(AbstractResolver):
    """Gives aiohttp only addresses that may be called."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results: list[ResolveResult] = []
        for kind, _type, protocol, _name, place in found:
            check_address(str(place[0]))
            results.append(
                {
                    "hostname": host,
                    "host": str(place[0]),
                    "port": port,
                    "family": kind,
                    "proto": protocol,
                    "flags": socket.AI_NUMERICHOST,
                }
            )
        return results

    async def close(self) -> None:
        return None


def check_url(url: str) -> None:
    """Raises `OutgoingRefused`: not http(s), no host, or a literal address that may not be called. Names are checked when resolved."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise OutgoingRefused(f"not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise OutgoingRefused("only http and https addresses are called")
    try:
        ip_address(host)
    except ValueError:
        return
    check_address(host)


def client_session(*, limit: int = 200, limit_per_host: int = 8) -> aiohttp.ClientSession:
    """A session of the running loop, for those who make many requests; it checks names, `check_url` the literal addresses."""
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(), use_dns_cache=False, limit=limit, limit_per_host=limit_per_host
    )
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True, trust_env=False
    )


async def send(session: aiohttp.ClientSession, asked: OutgoingRequest) -> OutgoingResponse:
    """Raises an `OutgoingError`."""
    try:
        async with asyncio.timeout(asked.timeout_s):
            return await _followed(session, asked)
    except TimeoutError as error:
        raise OutgoingTimeout(f"no answer in {asked.timeout_s:g} s") from error
    except OutgoingError:
        raise
    except (aiohttp.ClientError, OSError, ValueError) as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, OutgoingRefused):
            raise cause from error
        raise OutgoingFailed(f"{type(error).__name__}: {error}") from error


async def _followed(session: aiohttp.ClientSession, asked: OutgoingRequest) -> OutgoingResponse:
    url = asked.url
    for left in range(asked.redirects, -1, -1):
        check_url(url)
        async with session.request(
            asked.method,
            URL(url, encoded=url.isascii()),  # as it was given: a receiver may compare it letter by letter
            headers=asked.headers,
            data=asked.body,
            allow_redirects=False,
        ) as answer:
            if left and answer.status in _REDIRECTS and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
                continue
            body = bytearray()
            async for part in answer.content.iter_chunked(_READ):
                body += part
                if len(body) > asked.most_bytes:
                    raise OutgoingTooLarge(f"more than {asked.most_bytes} bytes")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return OutgoingResponse(status=answer.status, headers=headers, body=bytes(body))
    raise OutgoingFailed("too many redirects")


class _Loop:
    """One event loop in a thread of its own, for synchronous callers."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="outgoing", daemon=True).start()
        self._session = self.run(self._made())

    async def _made(self) -> aiohttp.ClientSession:
        return client_session()

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()

    def send_all(self, asked: Sequence[OutgoingRequest]) -> list[OutgoingResponse | OutgoingError]:
        async def every() -> list[Any]:
            return await asyncio.gather(*(send(self._session, one) for one in asked), return_exceptions=True)

        answers = self.run(every())
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, OutgoingError):
                raise answer
        return answers


@cache
def _loop() -> _Loop:
    return _Loop()


class Elsewhere(Exception):
    """This thread must not wait for the network: begin again in another one."""


_here = threading.local()


@contextmanager
def never() -> Iterator[None]:
    """In this thread, whoever would send a request gets `Elsewhere` instead."""
    _here.never = True
    try:
        yield
    finally:
        _here.never = False


def gather(asked: Sequence[OutgoingRequest]) -> list[OutgoingResponse | OutgoingError]:
    """All at once, the answers in the order asked; a failed one is its error. Synchronous: not from an event loop."""
    if not asked:
        return []
    if getattr(_here, "never", False):
        raise Elsewhere
    return _loop().send_all(asked)


def request(asked: OutgoingRequest) -> OutgoingResponse:
    """Raises an `OutgoingError`. Synchronous: not from an event loop."""
    (answer,) = gather([asked])
    if isinstance(answer, OutgoingError):
        raise answer
    return answer
