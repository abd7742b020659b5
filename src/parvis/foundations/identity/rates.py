"""Rate limits and failed attempts, counted in PostgreSQL so that every process sees the same count."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from parvis.foundations.identity import rules
from parvis.foundations.identity.models import AttemptRecord, RateCount
from parvis.kernel.sql import statement


def allow(*, key: str, limit: int, period_s: int, now: datetime) -> bool:
    """Counts one more `key` and tells whether it is among the first `limit` of its period: one statement.

    Call it outside the transaction of what it protects: rolled back, the count would be too. Only a digest of `key` is stored.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            statement("parvis.foundations.identity", "count_rate"),
            {"key": digest(key), "now": now, "fresh": now - timedelta(seconds=period_s)},
        )
        (count,) = cursor.fetchone()
    return bool(count <= limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """`wait_s` > 0: the door is shut, and this attempt was not even counted."""

    failures: int
    wait_s: int

    @property
    def refused(self) -> bool:
        return self.wait_s > 0


def begin_attempt(*, email: str, address: str, now: datetime) -> Attempt:
    """Counts the attempt as failed before the password is even looked at, so that parallel ones cannot slip through.

    `forget_attempts` after a success. Not to be called in a transaction that may be rolled back.
    """
    delays = [int(rules.blocked_for(count).total_seconds()) for count in range(1, 16)]
    with connection.cursor() as cursor:
        cursor.execute(
            statement("parvis.foundations.identity", "begin_attempt"),
            {
                "account": digest(email.lower()),
                "address": address,
                "now": now,
                "forgotten": now - rules.FORGET_FAILURES_AFTER,
                "delays": delays,
            },
        )
        row = cursor.fetchone()
        if row is not None:
            return Attempt(failures=row[0], wait_s=0)
    blocked = AttemptRecord.objects.filter(account=digest(email.lower()), address=address).first()
    if blocked is None:
        return Attempt(failures=0, wait_s=1)
    return Attempt(failures=blocked.failures, wait_s=max(1, int((blocked.blocked_until - now).total_seconds())))


def forget_attempts(*, email: str, address: str | None = None) -> int:
    """After a success (of this address) or by an administrator (from anywhere)."""
    found = AttemptRecord.objects.filter(account=digest(email.lower()))
    if address is not None:
        found = found.filter(address=address)
    return found.delete()[0]


def blocked_until(*, email: str, now: datetime) -> datetime | None:
    """Until when the account is shut to at least one address; for administrators."""
    found = (
        AttemptRecord.objects.filter(account=digest(email.lower()), blocked_until__gt=now)
        .order_by("-blocked_until")
        .first()
    )
    return found.blocked_until if found else None


def purge_attempts(now: datetime) -> int:
    return AttemptRecord.objects.filter(last_at__lt=now - rules.FORGET_FAILURES_AFTER).delete()[0]


def purge_rates(now: datetime) -> int:
    """Periods are an hour at most; a day is ample."""
    return RateCount.objects.filter(started_at__lt=now - timedelta(days=1)).delete()[0]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
