"""An answer as text: a table for a terminal, CSV for a spreadsheet, JSON for a program. Names of columns are those of the API."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from parvis.telemetry.history.lake.times import instant_of
from parvis.telemetry.history.observatory.answering import Answer
from parvis.telemetry.history.observatory.questions import Step


def moment(answer: Answer, at: int) -> str | int:
    """What the column `at` stands for: an instant with its offset, a day, a month, an hour of the day."""
    match answer.question.step:
        case Step.HOUR:
            return instant_of(at).astimezone(ZoneInfo(settings.TIME_ZONE)).isoformat(timespec="minutes")
        case Step.DAY:
            return instant_of(at).astimezone(UTC).date().isoformat()
        case Step.MONTH:
            return instant_of(at).astimezone(UTC).date().isoformat()[:7]
        case _:
            return at


def told(answer: Answer) -> list[list[Any]]:
    """The rows, with moments that people read."""
    place = answer.columns.index("at") if "at" in answer.columns else None
    return [[moment(answer, one) if index == place else one for index, one in enumerate(row)] for row in answer.rows]


def as_csv(answer: Answer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(told(answer))
    return text.getvalue()


def as_json(answer: Answer) -> str:
    document = {
        "until": answer.until.isoformat() if answer.until else None,
        "engine": answer.engine,
        "rows": [dict(zip(answer.columns, row, strict=True)) for row in told(answer)],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def as_table(answer: Answer) -> str:
    lines = [list(answer.columns), *([_short(one) for one in row] for row in told(answer))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(_line(row, widths) for row in lines)


def _short(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip() + "\n"
