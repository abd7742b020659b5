"""An answer as curves and a table that people read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.capabilities.design.charts import TimeSeries
from parvis.kernel import units
from parvis.telemetry.context.presenting import type_label
from parvis.telemetry.history.lake.times import instant_of
from parvis.telemetry.history.observatory.answering import Answer
from parvis.telemetry.history.observatory.catalogue import open_types, unit_of
from parvis.telemetry.history.observatory.questions import Kind, Step

MOST_CURVES = 6
MOST_ROWS = 400

LABELS: dict[str, str | Promise] = {
    "at": gettext_lazy("Moment"),
    "type": gettext_lazy("Type d’objet"),
    "commune": gettext_lazy("Commune"),
    "mean": gettext_lazy("Moyenne"),
    "low": gettext_lazy("Minimum"),
    "high": gettext_lazy("Maximum"),
    "observations": gettext_lazy("Mesures"),
    "p5": gettext_lazy("5 %"),
    "p25": gettext_lazy("25 %"),
    "p50": gettext_lazy("Médiane"),
    "p75": gettext_lazy("75 %"),
    "p95": gettext_lazy("95 %"),
    "share": gettext_lazy("Part du temps"),
    "hours_above": gettext_lazy("Heures au-dessus"),
    "other_mean": gettext_lazy("Moyenne de l’autre période"),
    "other_observations": gettext_lazy("Mesures de l’autre période"),
    "difference": gettext_lazy("Écart"),
    "change": gettext_lazy("Évolution"),
}

_SHARES = frozenset(("share", "change"))
_COUNTS = frozenset(("observations", "other_observations"))
_KEYS = ("at", "type", "commune")
_DRAWN = {Kind.MEAN: "mean", Kind.PERCENTILES: "p50", Kind.ABOVE: "share", Kind.COMPARE: "mean"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A figure to the number of `decimals`, followed by its `unit`; or a text."""

    value: float | str | None
    decimals: int = -1
    unit: str = ""

    @property
    def is_number(self) -> bool:
        return not isinstance(self.value, str)


def headings(answer: Answer) -> list[tuple[str | Promise, bool]]:
    """Label of each column, and whether it holds numbers."""
    return [(LABELS[name], name not in _KEYS) for name in answer.columns]


def table(answer: Answer, areas: Mapping[str, str]) -> list[list[Cell]]:
    """At most MOST_ROWS."""
    rows = islice(answer.rows, MOST_ROWS)
    return [
        [_cell(answer, name, value, areas) for name, value in zip(answer.columns, row, strict=True)] for row in rows
    ]


def curves(answer: Answer, areas: Mapping[str, str]) -> list[TimeSeries]:
    """One for each type and commune, MOST_CURVES at most; none where time is not cut."""
    if answer.question.step in (Step.WHOLE, Step.MONTH):
        return []
    drawn = answer.columns.index(_DRAWN[answer.question.kind])
    at = answer.columns.index("at")
    series: dict[tuple[str, ...], list[tuple[datetime, float]]] = defaultdict(list)
    for row in answer.rows:
        named = zip(answer.columns, row, strict=True)
        key = tuple(
            str(_cell(answer, name, value, areas).value) for name, value in named if name in ("type", "commune")
        )
        if row[drawn] is not None:
            scale = 100 if answer.question.kind is Kind.ABOVE else 1
            series[key].append((_drawn_at(answer, row[at]), row[drawn] * scale))
    label = str(LABELS[_DRAWN[answer.question.kind]])
    start, end = _span(answer)
    return [
        TimeSeries(
            label=", ".join(key) or label,
            points=points,
            start=start,
            end=end,
            unit="%" if answer.question.kind is Kind.ABOVE else _unit(answer),
        )
        for key, points in islice(series.items(), MOST_CURVES)
    ]


def _cell(answer: Answer, name: str, value: Any, areas: Mapping[str, str]) -> Cell:
    if name in _KEYS:
        return Cell(value=_named(answer, name, value, areas))
    if name in _SHARES:
        return Cell(value=None if value is None else value * 100, decimals=1, unit="%")
    if name in _COUNTS:
        return Cell(value=value, decimals=0)
    if name == "hours_above":
        return Cell(value=value, decimals=1, unit="h")
    return Cell(value=value, decimals=2, unit=_unit(answer))


def _named(answer: Answer, name: str, value: Any, areas: Mapping[str, str]) -> str:
    match name:
        case "at":
            return _moment(answer, value)
        case "type":
            return str(type_label(value, plural=True))
        case _:
            return areas.get(value) or value or _("hors territoire")


def _moment(answer: Answer, at: int) -> str:
    match answer.question.step:
        case Step.HOUR:
            return date_format(localtime(instant_of(at)), "SHORT_DATETIME_FORMAT")
        case Step.DAY:
            return date_format(instant_of(at), "SHORT_DATE_FORMAT")
        case Step.MONTH:
            return date_format(instant_of(at), "YEAR_MONTH_FORMAT")
        case _:
            return _("{first} h à {last} h").format(first=at, last=at + 1)


def _drawn_at(answer: Answer, at: int) -> datetime:
    """Days at their noon; hours of the day on the first day of the period."""
    match answer.question.step:
        case Step.HOUR:
            return instant_of(at)
        case Step.DAY:
            return _clock(instant_of(at).date(), 12)
        case _:
            return _clock(answer.question.period.first_day, at)


def _span(answer: Answer) -> tuple[datetime, datetime]:
    period = answer.question.period
    last = period.first_day if answer.question.step is Step.HOUR_OF_DAY else period.last_day
    return _clock(period.first_day, 0), _clock(last + timedelta(days=1), 0)


def _clock(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(settings.TIME_ZONE))


def _unit(answer: Answer) -> str:
    question = answer.question
    types = [question.entity_type] if question.entity_type else list(open_types(question.attribute))
    code = unit_of(question.attribute, types)
    return units.symbol(code) if code else ""
