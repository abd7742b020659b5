"""Which readings can be kept, and how many points a chart needs."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal
from parvis.telemetry.context.values import RESULT_QUALITY, Reading, quality_of

OLDEST = timedelta(days=400)
"""A device that sends its memory after more than a year is set to a wrong date more often than it is right."""

AHEAD = timedelta(days=1)
"""Clocks run fast, and local times are sent as UTC; more than a day ahead is an error."""

_encode = msgspec.json.Encoder().encode

EXACT = 2**53
"""Greater whole numbers are not all floats."""


class ReadingTimeRefused(Refusal):
    """The reading is too old or in the future: no table of observations covers its day."""

    code = "reading-time"
    message = _("La date de la mesure est trop ancienne ou dans le futur.")


class ReadingValueRefused(Refusal):
    """The value is no JSON value (NaN, infinity, null, a control character in a text) and could not be read back."""

    code = "reading-value"
    message = _("La valeur de la mesure n’est pas représentable.")


def check_reading(reading: Reading, *, now: datetime) -> None:
    """Raises `ReadingTimeRefused` or `ReadingValueRefused`."""
    if not now - OLDEST <= reading.observed_at <= now + AHEAD:
        raise ReadingTimeRefused
    if reading.value is None or not _is_storable(reading.value):
        raise ReadingValueRefused


def _is_storable(value: Any) -> bool:
    match value:
        case float():
            return math.isfinite(value)
        case int():
            return -(2**63) <= value < 2**63
        case str():
            return value.isprintable() or _is_text(value)
        case list() | tuple():
            return all(map(_is_storable, value))
        case dict():
            return all(isinstance(key, str) and "\0" not in key and _is_storable(one) for key, one in value.items())
        case _:
            return value is None


def _is_text(value: str) -> bool:
    """PostgreSQL stores neither NUL nor a lone surrogate."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def stored(value: Any, quality: str = "") -> tuple[float | None, str | None]:
    """The number to store, if it has one, and the JSON document that tells what the number does not."""
    told = {RESULT_QUALITY: quality_of(quality)} if quality else {}
    if type(value) is float or (isinstance(value, int) and not isinstance(value, bool) and -EXACT <= value <= EXACT):
        return float(value), _encode(told).decode() if told else None
    number = float(value) if isinstance(value, int | float) else None
    return number, _encode({"value": value} | told).decode()


def is_point(value: Any) -> bool:
    """Whether a reading of this value is a GeoProperty (as `context.attributes.observed` holds)."""
    return isinstance(value, dict) and value.get("type") == "Point" and "coordinates" in value


@dataclass(frozen=True, order=True)
class Span:
    """The days that one table of observations covers: [first, end[; named by its first day."""

    first: date
    end: date | None
    """None: to the end of time."""

    @classmethod
    def of_day(cls, day: date) -> "Span":
        return cls(day, None if day == date.max else day + timedelta(days=1))

    @classmethod
    def of_month(cls, day: date) -> "Span":
        first = day.replace(day=1)
        return cls(first, None if (day.year, day.month) == (9999, 12) else (first + timedelta(days=31)).replace(day=1))

    @classmethod
    def of_year(cls, day: date) -> "Span":
        first = day.replace(month=1, day=1)
        return cls(first, None if day.year == date.max.year else first.replace(year=day.year + 1))

    def overlaps(self, other: "Span") -> bool:
        return (self.end is None or other.first < self.end) and (other.end is None or self.first < other.end)


def span_for(day: date, existing: Collection[Span], *, today: date) -> Span:
    """Of the table to make for a day that has none: that day's in the time that devices speak of; beyond, where only a client of
    the broker writes, the whole year's or month's if it is free, for tables to stay few whatever dates are sent."""
    lived = Span(today - OLDEST - AHEAD, today + OLDEST)
    for span in (Span.of_year(day), Span.of_month(day)):
        if not span.overlaps(lived) and not any(span.overlaps(one) for one in existing):
            return span
    return Span.of_day(day)


def day_of(instant: datetime) -> date:
    """The day of the partition that holds this aware instant: days are cut in UTC."""
    return instant.astimezone(UTC).date()


def thinned(points: Sequence[tuple[datetime, float]], limit: int) -> list[tuple[datetime, float]]:
    """At most `limit` points (3 or more) that draw the same line, about evenly spaced so that holes still show as holes.

    Largest-Triangle-Three-Buckets (S. Steinarsson, "Downsampling Time Series for Visual Representation", 2013): of each slice
    the point that stands out most from the one kept before and the average of the next slice.
    """
    if len(points) <= limit:
        return list(points)
    flat = [(at.timestamp(), value) for at, value in points]
    slices = limit - 2
    edges = [1 + number * (len(points) - 2) // slices for number in range(slices + 1)]
    kept = [0]
    for number, (first, last) in enumerate(pairwise(edges)):
        following = flat[last : edges[number + 2]] if number + 2 < len(edges) else flat[-1:]
        x = sum(point[0] for point in following) / len(following)
        y = sum(point[1] for point in following) / len(following)
        kept.append(max(range(first, last), key=partial(_area, flat, kept[-1], x, y)))
    return [points[index] for index in (*kept, len(points) - 1)]


def _area(points: Sequence[tuple[float, float]], before: int, x: float, y: float, index: int) -> float:
    """Twice the area of the triangle that this point makes with the one before and (x, y)."""
    x0, y0 = points[before]
    x1, y1 = points[index]
    return abs((x0 - x) * (y1 - y0) - (x0 - x1) * (y - y0))
