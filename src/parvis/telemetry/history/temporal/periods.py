"""Periods of ISO 8601 (`PT1H`, `P1M`): of the calendar where months and years are, in UTC."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from parvis.telemetry.context.broker.problems import BadRequestData

END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_DURATION = re.compile(
    r"P(?=[\dT])(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Period:
    """Never of no length."""

    months: int
    rest: timedelta

    def after(self, origin: datetime, count: int) -> datetime:
        """`origin` plus so many periods: the last day of a month shorter than the origin's day, never the next month."""
        try:
            return _later(origin, self.months * count) + self.rest * count
        except (OverflowError, ValueError):
            return END_OF_TIME

    def count(self, origin: datetime, instant: datetime) -> int:
        """How many whole periods lie between `origin` and an instant that is not before it."""
        if not self.months:
            return (instant - origin) // self.rest
        months = (instant.year - origin.year) * 12 + instant.month - origin.month
        low, high = 0, months // self.months + 1
        while low < high:  # the greatest count whose start is not after the instant
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.after(origin, middle) <= instant else (low, middle - 1)
        return low


def _later(instant: datetime, months: int) -> datetime:
    if not months:
        return instant
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    return instant.replace(year=year, month=month + 1, day=min(instant.day, monthrange(year, month + 1)[1]))


def period(text: str) -> Period | None:
    """None of a period of no length (`PT0S`): all at once. Raises BadRequestData."""
    match = _DURATION.match(text)
    if match is None:
        raise BadRequestData(f"A duration is written as PT1H, P1D or P1M: {text[:40]!r}.")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in match.groups()[:6])
    try:
        rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=float(match[7] or 0))
    except OverflowError as error:
        raise BadRequestData("The duration is longer than time.") from error
    made = Period(years * 12 + months, rest)
    return made if made.months or made.rest else None
