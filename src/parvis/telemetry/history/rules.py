"""Which readings can be kept, and how many points a chart needs."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal
from parvis.telemetry.context.values import Reading

OLDEST = timedelta(days=400)
"""A device that sends its memory after more than a year is set to a wrong date more often than it is right."""

AHEAD = timedelta(days=1)
"""Clocks run fast, and local times are sent as UTC; more than a day ahead is an error."""


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


def stored(value: Any) -> tuple[float | None, bool]:
    """The number to store, if it has one, and whether the JSON value must be stored too."""
    if isinstance(value, bool):
        return float(value), True
    if isinstance(value, int | float):
        return float(value), False
    return None, True


def day_of(instant: datetime) -> date:
    """The day of the partition that holds this aware instant: days are cut in UTC."""
    return instant.astimezone(UTC).date()


def thinned(points: Sequence[tuple[datetime, float]], limit: int) -> list[tuple[datetime, float]]:
    """About `limit` points that draw the same line: the first, lowest, highest and last of each slice of the series."""
    if len(points) <= limit:
        return list(points)
    slices = max(1, limit // 4)
    kept: list[tuple[datetime, float]] = []
    for number in range(slices):
        part = range(number * len(points) // slices, (number + 1) * len(points) // slices)
        lowest = min(part, key=lambda index: points[index][1])
        highest = max(part, key=lambda index: points[index][1])
        kept += [points[index] for index in sorted({part[0], lowest, highest, part[-1]})]
    return kept
