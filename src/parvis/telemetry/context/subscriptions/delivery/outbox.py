"""The queue as the notifier sees it: what is next for a subscription, what became of it.

A few connections, each subscription always by the same one: the lease is held by it.

A row goes only when its receiver has acknowledged it. Its deletion need not be on disk at once: one that a crash takes back is
delivered a second time, and never is one lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec
import psycopg

from parvis.kernel.sql import statement
from parvis.telemetry.context.listening import listening_parameters

_PACKAGE = "parvis.telemetry.context"
_CONNECTIONS = 3
_LEASE = "hashtext('parvis.notifier')"


class Row(msgspec.Struct, frozen=True):
    id: int
    attempts: int
    urn: str
    content: str


_rows = msgspec.json.Decoder(list[Row]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How the subscription stands, and the first rows that wait if it may be told now. `more`: perhaps not all of them."""

    version: datetime
    is_active: bool
    expires_at: datetime | None
    not_before: datetime | None
    failures: int
    rows: list[Row]
    more: bool


class Outbox:
    def __init__(self, connections: list[psycopg.AsyncConnection[tuple[Any, ...]]]) -> None:
        self._connections = connections

    @classmethod
    async def open(cls) -> Self:
        parameters = listening_parameters() | {"application_name": "parvis-notifier"}
        outbox = cls([])
        try:
            for _ in range(_CONNECTIONS):
                connection = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
                outbox._connections.append(connection)
                await connection.execute("SET synchronous_commit = off")
        except BaseException:
            await outbox.close()
            raise
        return outbox

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()

    async def lease(self, subscription_id: int) -> bool:
        """Whether this notifier now is the one that tells this subscriber; the lease ends with the connection at the latest."""
        rows = await self._run(subscription_id, f"SELECT pg_try_advisory_lock({_LEASE}, %s)", [_key(subscription_id)])
        return bool(rows[0][0])

    async def release(self, subscription_id: int) -> None:
        await self._run(subscription_id, f"SELECT pg_advisory_unlock({_LEASE}, %s)", [_key(subscription_id)])

    async def take(self, subscription_id: int, *, rows: int, size: int, now: datetime) -> Taken | None:
        """At most so many rows and, after the first, characters; None: there is no such subscription."""
        found = await self._run(
            subscription_id,
            statement(_PACKAGE, "take_notifications"),
            {"subscription": subscription_id, "rows": rows, "size": size, "now": now},
        )
        if not found:
            return None
        version, is_active, expires_at, not_before, failures, fetched, packed = found[0]
        waiting = _rows(packed) if packed else []
        return Taken(
            version=version,
            is_active=is_active,
            expires_at=expires_at,
            not_before=not_before,
            failures=failures,
            rows=waiting,
            more=bool(waiting) and (len(waiting) == rows or fetched > len(waiting)),
        )

    async def delivered(
        self, subscription_id: int, ids: list[int], *, again: bool, now: datetime, not_before: datetime | None
    ) -> None:
        """`again`: it had failed before, and was counted then."""
        await self._run(
            subscription_id,
            statement(_PACKAGE, "notification_delivered"),
            {"subscription": subscription_id, "ids": ids, "sent": 0 if again else 1, "now": now, "until": not_before},
        )

    async def failed(
        self, subscription_id: int, ids: list[int], *, again: bool, error: str, now: datetime, not_before: datetime
    ) -> int:
        """How often in a row it has failed now."""
        rows = await self._run(
            subscription_id,
            statement(_PACKAGE, "notification_failed"),
            {
                "subscription": subscription_id,
                "ids": ids,
                "sent": 0 if again else 1,
                "error": error[:2000].replace("\0", ""),
                "now": now,
                "until": not_before,
            },
        )
        return int(rows[0][0]) if rows else 0

    async def bury(self, subscription_id: int, *, error: str, ids: list[int] | None = None) -> None:
        """Gives up these rows, or all that wait, for an operator to look at."""
        await self._run(
            subscription_id,
            "UPDATE context_notification SET dead = true, error = %(error)s"
            " WHERE subscription_id = %(subscription)s AND NOT dead AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))",
            {"subscription": subscription_id, "error": error[:2000].replace("\0", ""), "ids": ids},
        )

    async def begin_again(self, subscription_id: int) -> None:
        """The receiver is there: what failed was the one notification."""
        await self._run(
            subscription_id,
            "UPDATE context_subscription SET failures = 0, not_before = NULL WHERE id = %s",
            [subscription_id],
        )

    async def forget(self, subscription_id: int) -> None:
        """Rows that came while their subscription was being deleted."""
        await self._run(
            subscription_id, "DELETE FROM context_notification WHERE subscription_id = %s", [subscription_id]
        )

    async def merge(self, subscription_id: int) -> None:
        """Of each entity only the last of the changes that wait."""
        await self._run(subscription_id, statement(_PACKAGE, "merge_notifications"), {"subscription": subscription_id})

    async def waiting(self) -> list[int]:
        """The subscriptions that have something to be told."""
        return [row[0] for row in await self._run(0, statement(_PACKAGE, "waiting_subscriptions"))]

    async def due(self, now: datetime) -> tuple[list[int], datetime | None]:
        """The periodic subscriptions that fire now, their next time being set; and when the next one will."""
        fired = await self._run(0, statement(_PACKAGE, "due_subscriptions"), {"now": now})
        following = await self._run(
            0, "SELECT min(next_at) FROM context_subscription WHERE is_active AND next_at IS NOT NULL"
        )
        return [row[0] for row in fired], following[0][0]

    async def told_periodically(self, subscription_id: int, *, failed: bool, now: datetime) -> None:
        await self._run(
            subscription_id,
            statement(_PACKAGE, "periodic_told"),
            {"subscription": subscription_id, "failed": failed, "now": now},
        )

    async def _run(self, subscription_id: int, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        cursor = await self._connections[subscription_id % _CONNECTIONS].execute(query, parameters)
        return await cursor.fetchall() if cursor.description else []


def _key(subscription_id: int) -> int:
    """An advisory lock has 32 bits for it; two that share them only wait for each other."""
    return (subscription_id + 2**31) % 2**32 - 2**31


def after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
