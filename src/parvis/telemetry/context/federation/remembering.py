"""Answers of sources that ask not to be asked the same again so soon: `management.cacheDuration` of their registration (ETSI GS CIM 009
V1.8.1, 5.2.34). Kept in the memory of this process, by everything the request would tell the source; a write to the source forgets them.
"""

import threading
from collections import OrderedDict
from time import monotonic

from parvis.kernel.outgoing import OutgoingError, OutgoingRequest, OutgoingResponse
from parvis.telemetry.context.federation.sources import Source

MOST = 10_000
MOST_BYTES = 32 << 20
LARGEST = 1 << 20
"""A greater answer is asked for again."""

_QUERIES = ("/entityOperations/query",)
_KEPT = frozenset((200, 404))

Key = tuple[int, str, str, tuple[tuple[str, str], ...], bytes | None]


class Memory:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, tuple[float, OutgoingResponse]] = OrderedDict()
        self._bytes = 0

    def answer(self, source: Source, asked: OutgoingRequest) -> OutgoingResponse | None:
        """What it answered last, when that is recent enough."""
        if not source.cache_s or not _is_read(asked):
            return None
        with self._lock:
            kept = self._kept.get(_key(source, asked))
        return kept[1] if kept is not None and monotonic() - kept[0] < source.cache_s else None

    def keep(self, source: Source, asked: OutgoingRequest, answer: OutgoingResponse | OutgoingError) -> None:
        """Of a read; after a write nothing is known any more."""
        if not source.cache_s:
            return
        with self._lock:
            if not _is_read(asked):
                self._forget(source.id)
            elif not isinstance(answer, OutgoingError) and answer.status in _KEPT and len(answer.body) <= LARGEST:
                self._keep(_key(source, asked), answer)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _keep(self, key: Key, answer: OutgoingResponse) -> None:
        self._take(key)
        self._kept[key] = monotonic(), answer
        self._bytes += len(answer.body)
        while self._bytes > MOST_BYTES or len(self._kept) > MOST:
            self._take(next(iter(self._kept)))

    def _forget(self, source_id: int) -> None:
        for key in [key for key in self._kept if key[0] == source_id]:
            self._take(key)

    def _take(self, key: Key) -> None:
        if (known := self._kept.pop(key, None)) is not None:
            self._bytes -= len(known[1].body)


def _is_read(asked: OutgoingRequest) -> bool:
    return asked.method == "GET" or asked.url.partition("?")[0].endswith(_QUERIES)


def _key(source: Source, asked: OutgoingRequest) -> Key:
    return source.id, asked.method, asked.url, tuple(sorted(asked.headers.items())), asked.body


memory = Memory()
