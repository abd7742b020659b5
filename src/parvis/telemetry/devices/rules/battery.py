"""When a battery will have to be changed, from what it said of itself these last weeks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from statistics import median

Level = tuple[date, float]
"""Per cent, one a day at most."""

EMPTY_PERCENT = 10.0
WINDOW = timedelta(days=60)
SHORTEST = timedelta(days=14)  # a shorter past says the weather, not the wear
FEWEST_LEVELS = 5
FARTHEST = timedelta(days=3650)  # no lithium cell outlives its shelf life
_REPLACED_RISE = 15.0  # points: more than what a warm day gives back


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`ends_on`: the day it reaches `EMPTY_PERCENT`; None with `is_known`: in more than ten years, at this pace.

    `percent_a_month` is the slope, negative when it empties.
    """

    is_known: bool = False
    ends_on: date | None = None
    percent_a_month: float | None = None


UNKNOWN = Forecast()


def forecast(levels: Iterable[Level], today: date) -> Forecast:
    """From the slope that half of all pairs of levels exceed (Theil and Sen): a wrong level in four changes nothing."""
    recent = since_replaced(sorted(level for level in levels if today - WINDOW <= level[0] <= today))
    if len(recent) < FEWEST_LEVELS or recent[-1][0] - recent[0][0] < SHORTEST:
        return UNKNOWN
    slope = median((b[1] - a[1]) / (b[0] - a[0]).days for a, b in combinations(recent, 2) if b[0] > a[0])
    start = recent[0][0]
    height = median(percent - slope * (day - start).days for day, percent in recent)
    a_month = round(slope * 30, 2)
    if height + slope * (today - start).days <= EMPTY_PERCENT:
        return Forecast(is_known=True, ends_on=today, percent_a_month=a_month)
    days = (EMPTY_PERCENT - height) / slope if slope < 0 else FARTHEST.days
    if days >= FARTHEST.days:
        return Forecast(is_known=True, percent_a_month=a_month)
    return Forecast(is_known=True, ends_on=max(today, start + timedelta(days=int(days))), percent_a_month=a_month)


def since_replaced(levels: Sequence[Level]) -> Sequence[Level]:
    """Those of the present battery: after the last rise that only a new one explains. One level alone may be wrong, and is no rise."""
    rises = (
        at
        for at in range(len(levels) - 2, 0, -1)
        if _middle(levels[at : at + 3]) - _middle(levels[max(0, at - 3) : at]) >= _REPLACED_RISE
        and levels[at][1] - levels[at - 1][1] >= _REPLACED_RISE
    )
    return levels[next(rises, 0) :]


def _middle(levels: Sequence[Level]) -> float:
    return median(percent for _, percent in levels)
