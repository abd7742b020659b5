"""Small writes go from the event loop to the writing thread and back, without a thread of their own (`store.batching`).

The writer begins them, writes them together and ends them; their answers come back to the event loop in one wake-up.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from parvis.kernel.outgoing import Elsewhere
from parvis.telemetry.context.broker.dispatch import Begun, Raw, Served, begin
from parvis.telemetry.context.broker.routing import ROOT
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.store.batching import writer
from parvis.telemetry.context.store.values import Operation, Outcome

LARGEST = 16_384
"""Bytes of a body; a larger one would make the others wait while it is read."""

_WRITES = (f"{ROOT}/entities", f"{ROOT}/entityOperations/")
_METHODS = frozenset(("POST", "PATCH", "PUT", "DELETE"))


def is_quick(raw: Raw) -> bool:
    return (
        raw.method in _METHODS
        and len(raw.body) <= LARGEST
        and raw.path.startswith(_WRITES)
        and not raw.path.startswith(_NOT_WRITES)
        and not _is_purge(raw)
    )


_NOT_WRITES = (f"{ROOT}/entityOperations/query",)


def _is_purge(raw: Raw) -> bool:
    """It reads before it writes, and may take long."""
    return raw.method == "DELETE" and raw.path.rstrip("/") == _WRITES[0]


class _Request:
    """One request in the writer's hands. `answer` is None when it must be served elsewhere."""

    __slots__ = ("_begun", "_quick", "_raw", "answer", "owner", "tenant_id")

    def __init__(self, raw: Raw, quick: "Quick", answer: "asyncio.Future[Served | None]") -> None:
        self._raw = raw
        self._quick = quick
        self._begun: Begun | None = None
        self.answer = answer
        self.tenant_id = CITY
        self.owner: int | None = None

    def begin(self) -> Sequence[Operation] | None:
        try:
            begun = begin(self._raw)
        except Elsewhere:
            self._quick.tell(self, None)
            return None
        if isinstance(begun, Served):
            self._quick.tell(self, begun)
            return None
        self._begun, self.tenant_id, self.owner = begun, begun.tenant_id, begun.owner
        return begun.write.operations

    def end(self, outcomes: list[Outcome]) -> None:
        if self._begun is not None:
            self._quick.tell(self, self._begun.end(outcomes))

    def fail(self, error: Exception) -> None:
        self._quick.tell(self, None if self._begun is None else self._begun.fail(error))


class Quick:
    """Of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._told: deque[tuple[_Request, Served | None]] = deque()
        self._waking = False

    async def ask(self, raw: Raw) -> Served | None:
        """None: it must be served in a thread that may wait for the network."""
        answer: asyncio.Future[Served | None] = self._loop.create_future()
        writer().put(_Request(raw, self, answer))
        return await answer

    def tell(self, request: _Request, served: Served | None) -> None:
        """From the writing thread: many answers, one wake-up."""
        self._told.append((request, served))
        if not self._waking:
            self._waking = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._waking = False
        while self._told:
            request, served = self._told.popleft()
            if not request.answer.done():  # its client may have hung up: what is written stays written
                request.answer.set_result(served)
