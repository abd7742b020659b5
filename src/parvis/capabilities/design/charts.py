"""Time series drawn by the server: pure geometry, so that a chart needs neither script nor library and prints well.

Coordinates are those of `templates/design/timeseries.html`: x in percent of the width, y in pixels of a plot `HEIGHT`
tall; the curve itself lives in a 1000 x 1000 box stretched over the plot.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

HEIGHT = 180
TOP = 22
BOX = 1000
TABLE_ROWS = 96
GAP_FACTOR = 4
"""A hole longer than this many usual intervals is drawn as a hole: a straight line over it would be invented data."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A horizontal line the reader compares with: an alarm threshold, a legal limit."""

    value: float
    label: str


@dataclass(frozen=True, kw_only=True)
class TimeSeries:
    """What `{% timeseries %}` draws. `points` in order of time; `unit` is the printed symbol (`µg/m³`)."""

    label: str
    points: Sequence[tuple[datetime, float]]
    start: datetime
    end: datetime
    unit: str = ""
    decimals: int = 1
    limits: Sequence[Limit] = field(default=())

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a time series ends after it starts")


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A graduation: `at` is percent across (time) or pixels down (value)."""

    at: float
    value: float | datetime
    anchor: str = "middle"


@dataclass(frozen=True, kw_only=True)
class LimitLine:
    at: float
    limit: Limit


@dataclass(frozen=True, kw_only=True)
class Drawing:
    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    """Lone measurements between two holes, in percent across and pixels down."""
    values: tuple[Tick, ...]
    times: tuple[Tick, ...]
    limits: tuple[LimitLine, ...]
    low: float
    high: float


def finite(points: Sequence[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    return [(at, value) for at, value in points if math.isfinite(value)]


def nice_step(span: float, wanted: int) -> float:
    """The 1-2-5 step that cuts `span` into about `wanted` parts."""
    raw = span / wanted
    magnitude: float = 10.0 ** math.floor(math.log10(raw))
    return next((m * magnitude for m in (1, 2, 5) if m * magnitude >= raw), 10 * magnitude)


def bounds(low: float, high: float) -> tuple[float, float, float]:
    """Bottom, top and step of the value axis, on round values; a flat series gets room on both sides."""
    if high - low < 1e-9:
        margin = max(abs(low) * 0.1, 1.0)
        low, high = low - margin, high + margin
    step = nice_step(high - low, 4)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def segments(points: Sequence[tuple[datetime, float]]) -> Iterator[list[tuple[datetime, float]]]:
    """The series cut at its holes."""
    if not points:
        return
    intervals = [(b[0] - a[0]).total_seconds() for a, b in pairwise(points)]
    longest = GAP_FACTOR * median(intervals) if intervals else 0.0
    current = [points[0]]
    for point, interval in zip(points[1:], intervals, strict=True):
        if interval > longest:
            yield current
            current = []
        current.append(point)
    yield current


TIME_STEPS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
)


def time_ticks(start: datetime, end: datetime, zone: ZoneInfo, wanted: int = 4) -> list[datetime]:
    """Round local hours or days: at most about twice `wanted`, so that they fit on a phone."""
    span = end - start
    step = next((s for s in TIME_STEPS if span / s <= wanted * 1.5), TIME_STEPS[-1])
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks, at = [], midnight
    while at <= end:
        if at >= start:
            ticks.append(at)
        at += step  # aware arithmetic in one zone: wall-clock steps, so labels stay round over a change of hour
    return ticks


def draw(series: TimeSeries, zone: ZoneInfo) -> Drawing | None:
    """None when there is nothing to draw."""
    points = [(at, v) for at, v in finite(series.points) if series.start <= at <= series.end]
    if not points:
        return None
    values = [v for _, v in points]
    compared = values + [limit.value for limit in series.limits]
    bottom, top, step = bounds(min(compared), max(compared))
    span_s = (series.end - series.start).total_seconds()

    def across(at: datetime) -> float:
        return (at - series.start).total_seconds() / span_s

    def down(value: float) -> float:
        return (top - value) / (top - bottom)

    lines, dots = [], []
    for segment in segments(points):
        if len(segment) == 1:
            at, value = segment[0]
            dots.append((round(100 * across(at), 2), round(TOP + HEIGHT * down(value), 1)))
        else:
            lines.append(" ".join(f"{BOX * across(at):.1f},{BOX * down(v):.1f}" for at, v in segment))
    count = round((top - bottom) / step)
    ticks = [bottom + i * step for i in range(count + 1)]
    return Drawing(
        lines=tuple(lines),
        dots=tuple(dots),
        values=tuple(Tick(at=round(TOP + HEIGHT * down(v), 1), value=v) for v in ticks),
        times=tuple(
            Tick(at=round(100 * across(at), 2), value=at, anchor=_anchor(across(at)))
            for at in time_ticks(series.start, series.end, zone)
        ),
        limits=tuple(LimitLine(at=round(TOP + HEIGHT * down(li.value), 1), limit=li) for li in series.limits),
        low=min(values),
        high=max(values),
    )


def _anchor(across: float) -> str:
    """Labels at the edges turn inwards instead of being cut."""
    if across < 0.06:
        return "start"
    return "end" if across > 0.94 else "middle"


def table_rows(points: Sequence[tuple[datetime, float]]) -> tuple[Sequence[tuple[datetime, float]], int]:
    """At most `TABLE_ROWS` measurements, newest first, and "one in how many" they are."""
    kept = finite(points)
    every = math.ceil(len(kept) / TABLE_ROWS) or 1
    return kept[::-1][::every], every
