"""What the lake holds, and what waits for it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Sum

from parvis.telemetry.history.lake.compaction import first_hot_day
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.lake.waiting import tables_with_rows


@dataclass(frozen=True, kw_only=True)
class Period:
    first_day: date
    last_day: date
    files: int
    rows: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Status:
    """`waiting_tables`: tables of past days that hold rows, to be compacted or merged."""

    periods: list[Period]
    retired: int
    waiting_tables: int
    forgotten: int

    @property
    def rows(self) -> int:
        return sum(period.rows for period in self.periods)

    @property
    def bytes(self) -> int:
        return sum(period.bytes for period in self.periods)


def status(now: datetime) -> Status:
    found = (
        LakeFile.objects.active()
        .values("first_day", "last_day")
        .annotate(files=Count("id"), whole_rows=Sum("rows"), whole_bytes=Sum("bytes"))
        .order_by("first_day", "last_day")
    )
    return Status(
        periods=[
            Period(
                first_day=one["first_day"],
                last_day=one["last_day"],
                files=one["files"],
                rows=one["whole_rows"],
                bytes=one["whole_bytes"],
            )
            for one in found
        ],
        retired=LakeFile.objects.exclude(retired_at=None).count(),
        waiting_tables=len(tables_with_rows(first_hot_day(now))),
        forgotten=Forgotten.objects.count(),
    )
