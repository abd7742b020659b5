"""How long sessions live, how long a door stays shut after failures: plain values in, plain values out."""

from datetime import datetime, timedelta

RESIDENT_IDLE = timedelta(days=30)
AGENT_IDLE = timedelta(hours=1)
AGENT_ABSOLUTE = timedelta(hours=12)
"""A working day: an agent signs in once a day, and a forgotten workstation is closed within the hour (ANSSI, guide d’authentification)."""

FREE_FAILURES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
FORGET_FAILURES_AFTER = timedelta(hours=24)

TOTP_STEP_S = 30
RECOVERY_CODES = 10

AGENT_PASSWORD_LENGTH = 12
RESIDENT_PASSWORD_LENGTH = 10


def session_is_alive(*, is_agent: bool, signed_in_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Residents: 30 days after the last visit. Agents: one hour after it, and 12 hours after signing in."""
    if is_agent:
        return now - seen_at <= AGENT_IDLE and now - signed_in_at <= AGENT_ABSOLUTE
    return now - seen_at <= RESIDENT_IDLE


def session_ends_at(*, is_agent: bool, signed_in_at: datetime, seen_at: datetime) -> datetime:
    """The same rule as an instant, for the row and the cookie."""
    if is_agent:
        return min(seen_at + AGENT_IDLE, signed_in_at + AGENT_ABSOLUTE)
    return seen_at + RESIDENT_IDLE


def blocked_for(failures: int) -> timedelta:
    """After the n-th failure in a row: nothing up to the fourth, then 30 s doubled each time, one hour at most."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def totp_step(now: datetime) -> int:
    """The number of the 30 s step (RFC 6238, 4.2)."""
    return int(now.timestamp()) // TOTP_STEP_S
