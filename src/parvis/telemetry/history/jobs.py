"""What the history does when time passes: tables for the days to come, none for the days past their term."""

from datetime import datetime, timedelta

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import setting
from parvis.telemetry.history.partitions import drop_before, make_coming
from parvis.telemetry.history.rules import day_of

KEEP_DAYS = 400

_LEAST_DAYS = 30
"""A city cannot ask for less: charts show thirty days."""


def make_partitions_ahead(now: datetime) -> None:
    make_coming(now)


def drop_old_partitions(now: datetime) -> int:
    """By the `history.keep_days` setting of the metropolis."""
    metropolis = Organisation.objects.main()
    keep = KEEP_DAYS if metropolis is None else int(setting(metropolis, "history.keep_days"))
    return drop_before(day_of(now - timedelta(days=max(keep, _LEAST_DAYS))))
