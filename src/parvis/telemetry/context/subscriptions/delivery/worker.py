"""What one subscriber is told, in order, until nothing waits. A worker lives while there is something to tell, and holds the lease of
its subscription meanwhile: however many notifiers run, one tells it."""

import asyncio
import logging
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

import msgspec

from parvis.kernel import clock
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.models import Subject
from parvis.telemetry.context.subscriptions.delivery.copying import keep_copies
from parvis.telemetry.context.subscriptions.delivery.losses import is_lost
from parvis.telemetry.context.subscriptions.delivery.outbox import Outbox, Row, Taken
from parvis.telemetry.context.subscriptions.delivery.pace import (
    GIVE_UP_AFTER,
    MOST_CHARACTERS,
    REFUSED_AFTER,
    Pace,
    delay_after,
)
from parvis.telemetry.context.subscriptions.delivery.payloads import Payload, notification_of, sources_notification
from parvis.telemetry.context.subscriptions.delivery.receivers import DeliveryFailed
from parvis.telemetry.context.subscriptions.delivery.sender import Sender
from parvis.telemetry.context.subscriptions.delivery.targets import Target, target_of

log = logging.getLogger(__name__)

FIRST_SPACING_S, LONGEST_SPACING_S = 0.0125, 0.1
"""Between two notifications to one subscriber, when the first has told all there was: doubled while changes keep coming, so that those
that follow closely go together. What comes alone is told at once."""


class Office(Protocol):
    """What a worker asks of its notifier."""

    outbox: Outbox
    sender: Sender

    def later(self, subscription_id: int, at: datetime) -> None: ...


class Worker:
    """`pace` outlives it, kept by the notifier. `woken`: something came since it last looked."""

    def __init__(self, subscription_id: int, office: Office, pace: Pace, target: Target | None) -> None:
        self.id = subscription_id
        self.pace = pace
        self.target = target
        self.woken = False
        self._spacing_s = FIRST_SPACING_S
        self._office = office
        self._outbox = office.outbox

    async def run(self) -> None:
        """Raises what a lost database raises."""
        if not await self._outbox.lease(self.id):
            return
        try:
            while await self._tell():
                pass
        finally:
            await asyncio.shield(self._outbox.release(self.id))

    async def _tell(self) -> bool:
        """One notification, or none when none is due; whether to look again."""
        self.woken = False
        began = monotonic()
        sender = self._office.sender
        async with sender.troubled if self.pace.troubled else sender.well:
            if self.target is not None and self.target.throttling_s:
                await self._outbox.merge(self.id)
            now = clock.now()
            taken = await self._outbox.take(self.id, rows=self.pace.rows, size=MOST_CHARACTERS, now=now)
            if taken is None:
                await self._outbox.forget(self.id)
                return False
            if not taken.rows:
                return await self._rest(taken, now)
            if self.target is None or not self.target.is_current(taken.version):
                known = self.target is not None
                self.target = await self._read_target(taken)
                if self.target is None or (self.target.throttling_s and not known):
                    return self.target is not None
            group = _together(taken.rows, self.target)
            await self._send(self.target, group, taken)
        if len(group) == len(taken.rows) and not taken.more:
            await asyncio.sleep(max(0.0, self._spacing_s - (monotonic() - began)))
            self._spacing_s = min(2 * self._spacing_s, LONGEST_SPACING_S)
        return True

    async def _rest(self, taken: Taken, now: datetime) -> bool:
        """Nothing may be told now."""
        if taken.expires_at is not None and taken.expires_at <= now:
            await self._outbox.bury(self.id, error="the subscription has expired")
        elif taken.is_active and taken.not_before is not None and taken.not_before > now:
            self._office.later(self.id, taken.not_before)
            return False
        return self.woken

    async def _read_target(self, taken: Taken) -> Target | None:
        """None when its @context cannot be had: a failure like that of the receiver."""
        try:
            return await self._office.sender.in_database(target_of, self.id)
        except LdError as error:
            await self._failed(taken.rows[:1], taken, DeliveryFailed(error.detail), 0.0)
            return None

    async def _send(self, target: Target, group: list[Row], taken: Taken) -> None:
        began = monotonic()
        try:
            payload = None if target.keeps else await self._payload(target, group)
            if target.keeps:
                await keep_copies(self.id, self._office.sender)
            elif payload is not None:
                await self._office.sender.send(target.receiver, payload)
        except DeliveryFailed as failure:
            await self._failed(group, taken, failure, target.receiver.cooldown_s)
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("a notification of %s could not be made", target.urn)
            unsendable = DeliveryFailed(f"{type(error).__name__}: {error}", refused=True)
            await self._failed(group, taken, unsendable, target.receiver.cooldown_s)
        else:
            now = clock.now()
            await self._outbox.delivered(
                self.id,
                [row.id for row in group],
                again=payload is None or group[0].attempts > 0,
                now=now,
                not_before=now + timedelta(seconds=target.throttling_s) if target.throttling_s else None,
            )
            self.pace = self.pace.delivered(monotonic() - began)

    async def _payload(self, target: Target, group: list[Row]) -> Payload | None:
        key, now = f"{group[0].id}-{group[-1].id}", clock.now()
        if target.subject == Subject.SOURCES:
            return sources_notification(msgspec.json.decode(group[0].content), target, key=key, now=now)
        contents = [row.content for row in group]
        if target.join:
            return await self._office.sender.in_database(notification_of, contents, target, key=key, now=now)
        return notification_of(contents, target, key=key, now=now)

    async def _failed(self, group: list[Row], taken: Taken, failure: DeliveryFailed, cooldown_s: float) -> None:
        """Everything waits behind what failed, until it goes or is given up."""
        now = clock.now()
        self.pace = self.pace.failed()
        failures = await self._outbox.failed(
            self.id,
            [row.id for row in group],
            again=group[0].attempts > 0,
            error=str(failure),
            now=now,
            not_before=now + timedelta(seconds=delay_after(taken.failures + 1, cooldown_s)),
        )
        if failure.refused and len(group) == 1 and group[0].attempts + 1 >= REFUSED_AFTER:
            await self._outbox.bury(self.id, error=str(failure), ids=[group[0].id])
            await self._outbox.begin_again(self.id)
        elif failures >= GIVE_UP_AFTER:
            await self._outbox.bury(self.id, error=str(failure))
            log.warning("subscription %s: given up after %d failures: %s", self.id, failures, failure)


def _together(rows: list[Row], target: Target) -> list[Row]:
    """The first rows that may go in one notification: of entities each once; of sources always one."""
    if target.subject == Subject.SOURCES:
        return rows if target.keeps else rows[:1]
    seen: set[str] = set()
    for position, row in enumerate(rows):
        if row.urn in seen:
            return rows[:position]
        seen.add(row.urn)
    return rows
