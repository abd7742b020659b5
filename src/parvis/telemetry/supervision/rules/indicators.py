"""How well the alarms serve the operator: the indicators of ISA-18.2 clause 16 and EEMUA 191, with their targets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.supervision.rules.alarms import TARGET_MIX, Priority

WINDOW = timedelta(hours=24)
PERIOD = timedelta(minutes=10)
PERIODS = WINDOW // PERIOD

FLOOD = 10
"""More alarms than this in ten minutes is a flood: an operator no longer reads them."""


class Verdict(StrEnum):
    GOOD = "success"
    WATCH = "warning"
    ACT = "danger"


@dataclass(frozen=True, kw_only=True)
class Indicator:
    label: str | Promise
    value: float
    unit: str
    target: str | Promise
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Indicators:
    open_count: int
    row: tuple[Indicator, ...]
    mix: tuple[tuple[Priority, int, int], ...]
    """Priority, share of the last day's alarms and target share, in percent."""


def indicate(
    *,
    announced_at: Sequence[datetime],
    open_count: int,
    stale: int,
    chattering: int,
    by_priority: Mapping[Priority, int],
    now: datetime,
) -> Indicators:
    """`announced_at`: each time, in the last 24 h, that an operator was called."""
    mean = len(announced_at) / PERIODS
    periods = Counter((now - at) // PERIOD for at in announced_at)
    flooded = 100 * sum(count > FLOOD for count in periods.values()) / PERIODS
    total = sum(by_priority.values())
    return Indicators(
        open_count=open_count,
        row=(
            _line(_("Alarmes par 10 min"), mean, "", _("au plus 1"), watch=1, act=2),
            _line(_("Temps en avalanche"), flooded, "%", _("moins de 1 %"), watch=1, act=5),
            _line(_("Ouvertes depuis plus de 24 h"), stale, "", _("moins de 5"), watch=4, act=10),
            _line(_("Alarmes qui battent"), chattering, "", _("aucune"), watch=0, act=5),
        ),
        mix=tuple(
            (priority, round(100 * by_priority.get(priority, 0) / total) if total else 0, TARGET_MIX[priority])
            for priority in Priority
        ),
    )


def _line(label: Promise, value: float, unit: str, target: Promise, *, watch: float, act: float) -> Indicator:
    """Above `watch` the target is missed, above `act` something must be done."""
    verdict = Verdict.ACT if value > act else Verdict.WATCH if value > watch else Verdict.GOOD
    return Indicator(label=label, value=value, unit=unit, target=target, verdict=verdict)
