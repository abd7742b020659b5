"""Values as a query writes them, and the instants that stored texts stand for (ETSI GS CIM 009 V1.8.1, 4.6.3 and 4.9)."""

import json
import re
from datetime import date, datetime, time
from functools import lru_cache

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.query.terms import Kind, Literal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?Z\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d([.,]\d+)?Z\Z", re.ASCII)
_TERM = re.compile(r"[^\W\d]\w*(-\w+)*\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>]+\Z")
_LONGEST_NUMBER = 400  # digits: Python refuses to read thousands of them


def quoted(raw: str) -> Literal:
    """Of what stood between the quotes, escapes included."""
    return Literal(Kind.TEXT, unescaped(raw))


def unescaped(raw: str) -> str:
    """As JSON writes texts; what is no JSON escape (`\\d`) is kept as it is."""
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw.replace('\\"', '"')


def bare(text: str) -> Literal:
    """Of an unquoted value; a single word is a term of a vocabulary, compared as a text. Raises BadRequestData."""
    text = text.strip()
    if text in ("true", "false"):
        return Literal(Kind.BOOLEAN, text == "true")
    if _NUMBER.match(text) and len(text) < _LONGEST_NUMBER:
        return Literal(Kind.NUMBER, _number(text))
    for kind, read in ((Kind.INSTANT, instant_of), (Kind.DATE, date_of), (Kind.TIME, time_of)):
        if (found := read(text)) is not None:
            return Literal(kind, found)
    if _URI.match(text):
        return Literal(Kind.URI, text)
    if _TERM.match(text):
        return Literal(Kind.TEXT, text)
    raise BadRequestData(f"{text[:80]!r} is no number, date, boolean or URI; texts are written in double quotes.")


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if abs(number) == float("inf"):
        raise BadRequestData(f"{text[:80]!r} is too large a number.")
    return number


@lru_cache(maxsize=4096)
def instant_of(text: str) -> datetime | None:
    """None for what is no DateTime in UTC."""
    if not _INSTANT.match(text):
        return None
    try:
        return datetime.fromisoformat(_to_microseconds(text))
    except ValueError:
        return None


def date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    try:
        return time.fromisoformat(_to_microseconds(text)) if _TIME.match(text) else None
    except ValueError:
        return None


def _to_microseconds(text: str) -> str:
    """With at most six digits of a second, which is what Python reads and what is stored of an instant."""
    whole, dot, fraction = text[:-1].replace(",", ".").partition(".")
    return f"{whole}{dot}{fraction[:6].ljust(6, '0') if dot else ''}+00:00"
