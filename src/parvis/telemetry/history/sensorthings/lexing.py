"""The words of an expression (OGC 18-088, 9.3.3.5; OData 4.01, ABNF)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto

from shapely import GEOSException, from_wkt

from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.syntax import Constant, Duration, Period

LONGEST = 8_000
"""Characters of an expression: a polygon of some hundred corners."""

MOST_CORNERS = 2_000

_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+\- ]\d\d:?\d\d)?"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<period>{_INSTANT}/{_INSTANT})
  | (?P<instant>{_INSTANT})
  | (?P<date>\d{{4}}-\d\d-\d\d)(?!\w)
  | (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+\-]?\d+)?)(?!\w)
  | (?P<prefix>duration|geography|geometry|datetimeoffset|datetime|date|time)'(?P<quoted>(?:[^']|'')*)'
  | '(?P<text>(?:[^']|'')*)'
  | (?P<name>@?[^\W\d]\w*(?:\.[^\W\d]\w*)*)
  | (?P<mark>[(),:/\-])
    """,
    re.VERBOSE,
)
_DURATION = re.compile(
    r"(-?)P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?\Z",
    re.ASCII,
)


class Kind(Enum):
    NAME = auto()
    CONSTANT = auto()
    MARK = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` of a name or mark; `value` of a constant."""

    kind: Kind
    text: str
    value: Constant = None


def tokens(expression: str) -> list[Token]:
    """Raises `BadRequest`. An `END` closes the list."""
    if len(expression) > LONGEST:
        raise BadRequest(f"an expression has at most {LONGEST} characters")
    found: list[Token] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise BadRequest(f"unexpected {expression[position]!r} at character {position + 1}")
        if match.lastgroup != "space":
            found.append(_token(match))
        position = match.end()
    return [*found, Token(Kind.END, "the end")]


def _token(match: re.Match[str]) -> Token:
    word, groups = match[0], match.groupdict()
    if (mark := groups["mark"]) is not None:
        return Token(Kind.MARK, mark)
    if (name := groups["name"]) is not None:
        constants: dict[str, Constant] = {"true": True, "false": False, "null": None}
        return Token(Kind.CONSTANT, name, constants[name]) if name in constants else Token(Kind.NAME, name)
    try:
        return Token(Kind.CONSTANT, word, _constant(groups))
    except (ValueError, OverflowError, GEOSException):
        raise BadRequest(f"{word[:80]} is no value") from None


def _constant(groups: dict[str, str | None]) -> Constant:  # noqa: PLR0911 - one line a kind
    if (text := groups["text"]) is not None:
        return plain(text.replace("''", "'"))
    if (quoted := groups["quoted"]) is not None:
        return _prefixed(groups["prefix"] or "", quoted.replace("''", "'"))
    if (number := groups["number"]) is not None:
        return number_of(number)
    if (period := groups["period"]) is not None:
        start, _, end = period.partition("/")
        return Period(instant_of(start), instant_of(end))
    if (instant := groups["instant"]) is not None:
        return instant_of(instant)
    if (day := groups["date"]) is not None:
        return date.fromisoformat(day)
    return time.fromisoformat(groups["time"] or "")


def _prefixed(prefix: str, text: str) -> Constant:
    match prefix:
        case "duration":
            return duration_of(text)
        case "date":
            return date.fromisoformat(text)
        case "time":
            return time.fromisoformat(text)
        case "datetime" | "datetimeoffset":
            return instant_of(text)
    geometry = from_wkt(text.rpartition(";")[2])  # `SRID=4326;POINT (30 10)` of OData
    if geometry.is_empty:
        raise ValueError("an empty geometry")
    if len(text) > 30 * MOST_CORNERS:
        raise BadRequest(f"a geometry has at most {MOST_CORNERS} corners")
    return geometry


def plain(text: str) -> str:
    """Raises `BadRequest` for what PostgreSQL cannot hold."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadRequest("a text has no NUL character and no lone surrogate")
    return text


def number_of(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def instant_of(text: str) -> datetime:
    """UTC when no offset is told. A space before the offset is a `+` that a client forgot to encode. Raises ValueError."""
    day, separator, rest = text.partition("T")
    instant = datetime.fromisoformat(day + separator + rest.replace(" ", "+"))
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    if instant.tzinfo is not UTC and abs(instant.utcoffset() or timedelta()) >= timedelta(hours=24):
        raise ValueError(text)
    return instant.astimezone(UTC)


def duration_of(text: str) -> Duration:
    """Raises ValueError."""
    match = _DURATION.match(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError(text)
    sign = -1 if match[1] else 1
    years, months, weeks, days, hours, minutes = (int(group or 0) for group in match.groups()[1:7])
    seconds = hours * 3600 + minutes * 60 + float(match[8] or 0)
    return Duration(sign * (years * 12 + months), sign * (weeks * 7 + days), sign * seconds)
