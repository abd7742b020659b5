"""Instants as whole microseconds since 1970 (UTC): what Parquet holds and what engines agree upon."""

from datetime import UTC, date, datetime, time, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000


def micros(instant: datetime) -> int:
    """Of an aware instant, exactly."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant_of(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
