"""A question answered: by which engine, from which files, until which day."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from ibis.expr.types import Table

from parvis.telemetry.context.models import CITY
from parvis.telemetry.history.lake.compaction import first_hot_day
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.lake.times import micros
from parvis.telemetry.history.lake.waiting import last_day, tables_with_rows
from parvis.telemetry.history.observatory.catalogue import open_types
from parvis.telemetry.history.observatory.engines import Engine, Rows, engine
from parvis.telemetry.history.observatory.expressions import Hidden, expression
from parvis.telemetry.history.observatory.questions import Period, Question, QuestionRefused, check


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`until`: the last day of which all is counted; later ones are still rows of PostgreSQL. None: there is no file yet.

    `late`: days before it for which readings came late; they are counted from the next compaction on.
    """

    question: Question
    columns: tuple[str, ...]
    rows: Rows
    until: date | None
    late: int
    engine: str
    files: int
    took_s: float


def answer(question: Question, *, now: datetime, by: Engine | None = None) -> Answer:
    """Raises QuestionRefused, EngineMissing."""
    check(question)
    types = _types(question)
    zone = ZoneInfo(settings.TIME_ZONE)
    files, hidden, until, late = _state(question, types, now)

    def build(table: str) -> Table:
        return expression(question, table=table, types=types, zone=zone, hidden=hidden)

    chosen = by or engine()
    began = time.perf_counter()
    paths = [file.path for file in files]
    columns, rows = chosen.answer(paths, build) if files else (build("observation").columns, [])
    return Answer(
        question=question,
        columns=columns,
        rows=rows,
        until=until,
        late=late,
        engine=chosen.name,
        files=len(files),
        took_s=time.perf_counter() - began,
    )


def _types(question: Question) -> tuple[str, ...]:
    allowed = open_types(question.attribute)
    chosen = tuple(one for one in allowed if not question.entity_type or one == question.entity_type)
    if not chosen:
        raise QuestionRefused(_("Aucun type d’objet ne publie cette mesure."))
    return chosen


def _state(
    question: Question, types: tuple[str, ...], now: datetime
) -> tuple[list[LakeFile], list[Hidden], date | None, int]:
    """The files concerned, what they hide, and how far they go. Read in this order, a compaction between two of them hides nothing."""
    first_hot = first_hot_day(now)
    waiting = [last_day(table) for table in tables_with_rows(first_hot)]
    hidden = [
        Hidden(entity_id=one.entity_id, attribute_id=one.attribute_id, until_us=micros(one.forgotten_at))
        for one in Forgotten.objects.all()
    ]
    active = list(LakeFile.objects.active())
    uncovered = [day for day in waiting if not any(file.first_day <= day <= file.last_day for file in active)]
    until = min([first_hot, *uncovered]) - timedelta(days=1)
    files = [file for file in active if _concerned(file, question, types)]
    return files, hidden, until if active else None, len(waiting) - len(uncovered)


def _concerned(file: LakeFile, question: Question, types: tuple[str, ...]) -> bool:
    periods = [question.period, *([question.other] if question.other else [])]
    in_time = any(_touches(file, period) for period in periods)
    return in_time and any(
        tenant == CITY and attribute == question.attribute and entity_type in types
        for tenant, entity_type, attribute, _rows, _first in file.contents
    )


def _touches(file: LakeFile, period: Period) -> bool:
    """With a day of margin: days of the city's clock are not those of UTC, which files are cut by."""
    margin = timedelta(days=1)
    first, last = file.min_observed.astimezone(UTC).date(), file.max_observed.astimezone(UTC).date()
    return first <= period.last_day + margin and last >= period.first_day - margin
