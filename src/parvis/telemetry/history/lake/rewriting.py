"""The one operation of the lake: some of its files, and the rows of some tables, become new files.

The files are written and synchronised first, apart. One transaction then lists them, retires those they replace and empties the
tables. Killed before its commit, all is as before; after it, all is done.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from time import sleep

import duckdb
import psycopg
from django.db import connection, transaction
from psycopg import sql
from psycopg.errors import LockNotAvailable

from parvis.kernel.sql import connection_parameters
from parvis.telemetry.history.lake.engine import writer
from parvis.telemetry.history.lake.exporting import Export, Own, export, unchanged
from parvis.telemetry.history.lake.files import swap
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.lake.paths import root
from parvis.telemetry.history.lake.terms import Terms
from parvis.telemetry.history.lake.writing import define_lines, write_lines
from parvis.telemetry.history.partitions import table_of_span
from parvis.telemetry.history.rules import Span

_OPTIMISTIC_TRIES = 2
_LOCK_TRIES = 30
_LOCK_TIMEOUT = "700ms"
"""Less than the second after which PostgreSQL looks for deadlocks: in one with us, it is we who give up, never a batch of readings."""


class Step(StrEnum):
    EXPORTED = "exported"
    WRITTEN = "written"
    SWAPPED = "swapped"
    COMMITTED = "committed"


Watch = Callable[[Step], None]


class LakeBusy(Exception):
    """A table stayed locked by others, or the files were replaced meanwhile: to be tried again later."""


class _Changed(Exception):
    """Rows came or went since the export."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What becomes of what. The new files answer for [first_day, last_day]; `tables`: those emptied into them."""

    first_day: date
    last_day: date
    files: Sequence[LakeFile] = ()
    tables: Sequence[Span] = ()
    forgotten: Sequence[Forgotten] = ()
    terms: Terms
    now: datetime
    watch: Watch = field(default=lambda step: None)


def rewrite(work: Work) -> list[LakeFile]:
    """The new files. First without a lock, then, if rows keep coming, while nobody else touches these tables. Raises LakeBusy."""
    for _ in range(_OPTIMISTIC_TRIES):
        try:
            return _optimistically(work)
        except _Changed:
            continue
    with closing(writer()) as database, transaction.atomic():
        _lock(work.tables)
        return _finish(work, database, export(_djangos(), database, work.tables))


def _optimistically(work: Work) -> list[LakeFile]:
    with closing(writer()) as database:
        with _snapshot() as own:
            exported = export(own, database, work.tables)
        work.watch(Step.EXPORTED)
        new = _write(work, database, exported)
        try:
            return _swapped_patiently(work, exported, new)
        except (_Changed, LakeBusy):
            _discard(new)
            raise


def _swapped_patiently(work: Work, exported: Export, new: list[LakeFile]) -> list[LakeFile]:
    for _ in range(_LOCK_TRIES):
        try:
            with transaction.atomic():
                _lock(work.tables)
                if not all(unchanged(_djangos(), table, exported) for table in work.tables):
                    raise _Changed
                _swap(work, new)
        except LockNotAvailable:
            sleep(0.3)
        else:
            work.watch(Step.COMMITTED)
            return new
    raise LakeBusy


def _finish(work: Work, database: duckdb.DuckDBPyConnection, exported: Export) -> list[LakeFile]:
    new = _write(work, database, exported)
    _swap(work, new)
    return new


def _write(work: Work, database: duckdb.DuckDBPyConnection, exported: Export) -> list[LakeFile]:
    define_lines(database, work.files, work.forgotten, work.terms)
    at_most = sum(exported.rows.values()) + sum(file.rows for file in work.files)
    new = write_lines(database, work.first_day, work.last_day, at_most=at_most, now=work.now) if at_most else []
    work.watch(Step.WRITTEN)
    return new


def _swap(work: Work, new: list[LakeFile]) -> None:
    keys = [file.pk for file in work.files]
    if LakeFile.objects.select_for_update().active().filter(pk__in=keys).count() != len(keys):
        raise LakeBusy
    swap(new=new, old=work.files, now=work.now)
    with connection.cursor() as cursor:
        for table in work.tables:
            cursor.execute(f"TRUNCATE ONLY {table_of_span(table)}")
    work.watch(Step.SWAPPED)


def _lock(tables: Sequence[Span]) -> None:
    """Against readers too: emptying needs it in the end, and asking for more later is how deadlocks are made."""
    own = _djangos()
    own.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(_LOCK_TIMEOUT))
    for table in sorted(tables):
        name = sql.Identifier(table_of_span(table))
        own.execute(sql.SQL("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE").format(name))


def _djangos() -> Own:
    """Django's connection, as psycopg's: its errors are psycopg's."""
    connection.ensure_connection()
    found: Own = connection.connection
    return found


@contextmanager
def _snapshot() -> Iterator[Own]:
    """A connection apart that sees one instant of the database."""
    with psycopg.connect(**connection_parameters()) as own:
        own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield own


def _discard(new: Sequence[LakeFile]) -> None:
    for file in new:
        (root() / file.path).unlink(missing_ok=True)
