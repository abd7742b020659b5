"""The city's clock in whole microseconds, so that no engine needs to know time zones, nor agree with another about them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from parvis.telemetry.history.lake.times import micros


def midnight_us(day: date, zone: tzinfo) -> int:
    """The instant of this day's midnight there."""
    return micros(datetime.combine(day, time(), zone))


def offsets(first: date, last: date, zone: ZoneInfo) -> list[tuple[int, int]]:
    """`(until, offset)`, in microseconds, in order: the clock is `offset` ahead of UTC until that instant. The last holds for ever."""
    found = list(_changes(first, last, zone))
    return [*found, (2**63 - 1, _offset_us(datetime.combine(last, time(23), UTC), zone))]


def _changes(first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    at = datetime.combine(first - timedelta(days=1), time(), UTC)
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    while at < end:
        following = at + timedelta(hours=1)
        if _offset_us(at, zone) != _offset_us(following, zone):
            yield micros(following), _offset_us(at, zone)
        at = following


def _offset_us(instant: datetime, zone: ZoneInfo) -> int:
    return micros(instant.astimezone(zone).replace(tzinfo=UTC)) - micros(instant)
