"""When a downlink is tried again, and when it is given up."""

from datetime import datetime, timedelta

MOST_ATTEMPTS = 3
"""Times that one is given to the radio: a device that acknowledges none of three is not listening."""
DEFAULT_EXPIRY = timedelta(hours=24)
LONGEST_EXPIRY = timedelta(days=7)
MOST_WAITING = 20
"""Downlinks of one device that are not over: more is a loop in somebody's program."""

_RADIO_BACK_OFF = (timedelta(seconds=30), timedelta(minutes=2))
_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(minutes=10)


def again_at(attempts: int, now: datetime) -> datetime | None:
    """After the radio has failed `attempts` times; None: it is given up."""
    return None if attempts >= MOST_ATTEMPTS else now + _RADIO_BACK_OFF[max(0, attempts - 1)]


def knock_again_at(waiting_since: datetime, now: datetime) -> datetime:
    """After the network server could not be reached: half the time waited so far, 5 s to 10 min, until the downlink expires."""
    return now + min(_LONGEST, max(_SHORTEST, (now - waiting_since) / 2))
