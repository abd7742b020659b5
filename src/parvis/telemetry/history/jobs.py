"""What the history does when time passes: tables for the days to come, files for the days gone, nothing for those past their term."""

from datetime import datetime

from django.conf import settings

from parvis.telemetry.history.lake.compaction import AnotherWriter, Report, compact
from parvis.telemetry.history.lake.terms import terms
from parvis.telemetry.history.partitions import drop_before, make_coming


def make_partitions_ahead(now: datetime) -> None:
    make_coming(now)


def compact_lake(now: datetime) -> Report | None:
    """None while somebody else does it (`parvis lake compact`), or on an open broker: trials tell of years long past their term."""
    if settings.PARVIS_OPEN_BROKER:
        return None
    try:
        return compact(now)
    except AnotherWriter:
        return None


def drop_old_partitions(now: datetime) -> int:
    """Tables of days before the longest term. What is past a shorter one leaves on its way to the lake, and from its files."""
    return drop_before(terms(now).oldest)
