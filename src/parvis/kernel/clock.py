"""The only place that reads the clock; everything else is given `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """Aware, UTC."""
    return datetime.now(tz=UTC)
