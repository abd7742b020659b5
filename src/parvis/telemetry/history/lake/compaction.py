"""Recent days become day files, past months month files, late rows join the files of their day, and what is past its term leaves."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import setting
from parvis.telemetry.history.lake.engine import writer
from parvis.telemetry.history.lake.files import sweep
from parvis.telemetry.history.lake.forgetting import holding_hidden
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.lake.paths import month_of, third_of
from parvis.telemetry.history.lake.rewriting import LakeBusy, Watch, Work, rewrite
from parvis.telemetry.history.lake.terms import Terms, terms
from parvis.telemetry.history.lake.waiting import last_day, tables_with_rows, waiting
from parvis.telemetry.history.rules import Span, day_of

HOT_DAYS = 3
"""Full days that stay rows of PostgreSQL, where late readings and corrections cost least."""

_LATE_SHARE = 0.01
_LATE_PATIENCE = timedelta(days=7)
"""Late rows of a month file wait until they are this many or this old: a whole file is written again for them."""

_EXPIRED_TOGETHER = timedelta(days=7)
"""What is past its term leaves a file at the latest this long after, and at once when the whole file is."""


@dataclass(kw_only=True)
class Report:
    """What one compaction did. `busy`: periods left for the next one."""

    files: list[LakeFile] = field(default_factory=list)
    replaced: int = 0
    busy: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def __str__(self) -> str:
        said = f"{len(self.files)} files written ({self.rows} rows), {self.replaced} replaced"
        return f"{said}; busy, to be done next time: {', '.join(self.busy)}" if self.busy else said


class AnotherWriter(Exception):
    """Another process is compacting."""


@contextmanager
def only_writer() -> Iterator[None]:
    """Raises `AnotherWriter`. Readers are never kept waiting by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('parvis.history.lake'))")
        if not cursor.fetchone()[0]:
            raise AnotherWriter
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('parvis.history.lake'))")


def hot_days() -> int:
    metropolis = Organisation.objects.main()
    return HOT_DAYS if metropolis is None else max(1, int(setting(metropolis, "history.hot_days")))


def first_hot_day(now: datetime, kept: Terms | None = None) -> date:
    """From this day on observations are rows of PostgreSQL. Never after a term: what is past it leaves on its way to the lake."""
    return max(day_of(now) - timedelta(days=hot_days()), (kept or terms(now)).shortest)


def compact(
    now: datetime,
    *,
    watch: Watch = lambda step: None,
    progress: Callable[[str], None] = lambda text: None,
    merge_all: bool = False,
) -> Report:
    """All that is due; `merge_all`: late rows of months too, however few. Raises `AnotherWriter`."""
    with only_writer():
        sweep(now)
        run = _Run(now=now, watch=watch, progress=progress, merge_all=merge_all)
        for due in (run.tables, run.longer_periods, run.lines_to_forget, run.lines_past_term):
            due()
        return run.report


class _Run:
    """One compaction. Each step looks again at what there is: a killed one is taken up by the next."""

    def __init__(self, *, now: datetime, watch: Watch, progress: Callable[[str], None], merge_all: bool) -> None:
        self.report = Report()
        self._now, self._watch, self._progress, self._merge_all = now, watch, progress, merge_all
        self._terms = terms(now)
        self._forgotten = list(Forgotten.objects.all())
        self._before = first_hot_day(now, self._terms)

    def tables(self) -> None:
        late: dict[tuple[date, date], list[Span]] = defaultdict(list)
        for table in tables_with_rows(self._before):
            first, last = table.first, last_day(table)
            covering = self._files(first, last)
            if any(file.first_day < first or file.last_day > last for file in covering):
                late[covering[0].first_day, max(file.last_day for file in covering)].append(table)
            else:
                self._rewrite(first, last, covering, [table])
        for (first, last), tables in late.items():
            self._merge_late(first, last, tables)

    def _merge_late(self, first: date, last: date, tables: list[Span]) -> None:
        found = {table: waiting(table) for table in tables}
        if dead := [table for table in tables if not found[table].rows]:
            self._rewrite(first, last, [], dead)
        files = self._files(first, last)
        rows = sum(one.rows for one in found.values())
        oldest = min((one.since for one in found.values() if one.since), default=self._now)
        many = rows > _LATE_SHARE * sum(file.rows for file in files)
        if rows and (self._merge_all or many or oldest < self._now - _LATE_PATIENCE):
            self._rewrite(first, last, files, [table for table in tables if found[table].rows])

    def longer_periods(self) -> None:
        """Files of days become one of their month or, until it is over, of its third: a month is then a dozen files at most."""
        for period_of in (month_of, third_of):
            found: dict[tuple[date, date], list[LakeFile]] = defaultdict(list)
            for file in LakeFile.objects.active().filter(last_day__lt=self._before):
                first, last = period_of(file.first_day)
                if first <= file.last_day <= last and (file.first_day, file.last_day) != (first, last):
                    found[first, last].append(file)
            for (first, last), files in found.items():
                if last < self._before and len({file.first_day for file in files}) > 1:
                    self._rewrite(first, last, files, [])

    def lines_to_forget(self) -> None:
        """The orders given before this run are carried out, then forgotten themselves."""
        if not self._forgotten:
            return
        with closing(writer()) as database:
            files = holding_hidden(database, list(LakeFile.objects.active()), self._forgotten)
        done = [self._rewrite(file.first_day, file.last_day, [file], []) for file in files]
        if all(done):
            Forgotten.objects.filter(pk__in=[order.pk for order in self._forgotten]).delete()

    def lines_past_term(self) -> None:
        for file in LakeFile.objects.active().filter(first_day__lt=self._terms.shortest):
            if self._is_past_term(file):
                self._rewrite(file.first_day, file.last_day, [file], [])

    def _is_past_term(self, file: LakeFile) -> bool:
        for _tenant, entity_type, attribute, _rows, first in file.contents:
            kept = self._terms.first_day(entity_type, attribute)
            if file.last_day < kept or date.fromisoformat(first) <= kept - _EXPIRED_TOGETHER:
                return True
        return False

    def _files(self, first: date, last: date) -> list[LakeFile]:
        return list(LakeFile.objects.active().filter(first_day__lte=last, last_day__gte=first))

    def _rewrite(self, first: date, last: date, files: list[LakeFile], tables: list[Span]) -> bool:
        period = f"{first}" if first == last else f"{first} … {last}"
        work = Work(
            first_day=first,
            last_day=last,
            files=files,
            tables=tables,
            forgotten=self._forgotten,
            terms=self._terms,
            now=self._now,
            watch=self._watch,
        )
        try:
            new = rewrite(work)
        except LakeBusy:
            self.report.busy.append(period)
            return False
        self.report.files += new
        self.report.replaced += len(files)
        self._progress(f"{period}: {sum(file.rows for file in new)} rows, {sum(file.bytes for file in new)} bytes")
        return True
