"""Observations of known Datastreams, whole: of most days they are in the lake (`history.reading`), where no statement can look.

What is asked only by time is read from there by windows, until a page is full. For any other condition the rows of the time asked for are
given to the statement.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Max, Min, Q

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.names import shapes_of
from parvis.telemetry.history.reading import Interval, Observed, Series, TimeProperty, observations
from parvis.telemetry.history.rows import number_of
from parvis.telemetry.history.sensorthings.identity import Key
from parvis.telemetry.history.sensorthings.lexing import instant_of
from parvis.telemetry.history.sensorthings.options import Options
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.sqltext import Sql, joined, sql, value
from parvis.telemetry.history.sensorthings.syntax import Binary, Call, Duration, Literal, Node, Path

MOST_ROWS = 200_000
"""Read from the lake for one set."""

_LONGEST_WINDOW = 31
_SERIES_DAYS = 4_000
"""Days of one Datastream a window holds: at a reading every quarter of an hour, 400,000 lines."""

_ALWAYS = Interval(of=TimeProperty.OBSERVED)
_TIMES = (("phenomenonTime",), ("resultTime",))
_MOMENT = timedelta(microseconds=1)
_SIGNS = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options say of time. `by_time`: they say nothing else, and the order is that of time."""

    interval: Interval = _ALWAYS
    newest: bool = False
    by_time: bool = True


def wanted(options: Options, key: Key | None, now: datetime) -> Wanted:
    if key is not None:
        return Wanted(interval=Interval(of=TimeProperty.OBSERVED, start=key.instant, end=key.instant + _MOMENT))
    found = Wanted() if options.filter is None else _narrowed(Wanted(), options.filter, now)
    if not options.orderby:
        return found
    node, descends = options.orderby[0]
    by_time = isinstance(node, Path) and node.steps in _TIMES and len(options.orderby) == 1
    return replace(found, newest=descends and by_time, by_time=found.by_time and by_time)


def _narrowed(found: Wanted, node: Node, now: datetime) -> Wanted:
    match node:
        case Binary("and", left, right):
            return _narrowed(_narrowed(found, left, now), right, now)
        case Binary(operator, Path(steps), other) if operator in _SIGNS and steps in _TIMES:
            return _bounded(found, operator, _instant(other, now))
        case Binary(operator, other, Path(steps)) if operator in _SIGNS and steps in _TIMES:
            return _bounded(found, _SIGNS[operator], _instant(other, now))
    return replace(found, by_time=False)


def _bounded(found: Wanted, operator: str, at: datetime | None) -> Wanted:
    if at is None:
        return replace(found, by_time=False)
    interval = found.interval
    try:
        if operator in ("ge", "gt", "eq"):
            first = at + _MOMENT if operator == "gt" else at
            interval = replace(interval, start=max(first, interval.start or first))
        if operator in ("lt", "le", "eq"):
            last = at if operator == "lt" else at + _MOMENT
            interval = replace(interval, end=min(last, interval.end or last))
    except OverflowError:
        return replace(found, by_time=False)
    return replace(found, interval=interval)


def _instant(node: Node, now: datetime) -> datetime | None:
    """What the node is worth, when it is a constant instant; else PostgreSQL works it out."""
    try:
        match node:
            case Literal(datetime() as at):
                return at
            case Literal(date() as day):
                return datetime.combine(day, time(), UTC)
            case Literal(str(text)):
                return instant_of(text)
            case Call("now", ()):
                return now
            case Binary("add" | "sub" as operator, base, Literal(Duration(0, days, seconds))):
                begin, far = _instant(base, now), timedelta(days=days, seconds=seconds)
                return begin and (begin + far if operator == "add" else begin - far)
    except (ValueError, OverflowError):
        pass
    return None


def is_in_lake(interval: Interval) -> bool:
    """Whether a file may hold something of that time."""
    found = Q()
    if interval.start is not None:
        found &= Q(max_observed__gte=interval.start)
    if interval.end is not None:
        found &= Q(min_observed__lt=interval.end)
    return LakeFile.objects.active().filter(found).exists()


def read(series: Collection[Series], asked: Wanted, most: int | None) -> dict[Series, list[Observed]]:
    """In the order asked for, at most `most` of each; None: all. Raises `BadRequest` when that is more than `MOST_ROWS`."""
    found: dict[Series, list[Observed]] = {one: [] for one in series}
    left = MOST_ROWS
    for window in _windows(asked, len(series)):
        unfilled = [one for one, rows in found.items() if most is None or len(rows) < most]
        if not unfilled:
            break
        for one, rows in _observed(unfilled, window, asked.newest, most or MOST_ROWS + 1).items():
            found[one] += rows
            left -= len(rows)
        if left < 0:
            raise BadRequest(f"more than {MOST_ROWS} observations to look at: narrow it by phenomenonTime")
    return found if most is None else {one: rows[:most] for one, rows in found.items()}


def _observed(series: Sequence[Series], window: Interval, newest: bool, most: int) -> dict[Series, list[Observed]]:
    """Without the records of deletion, which are read again in full when there are any among the first ones."""
    found = observations(series, window, newest=newest, most=most)
    numbers = {row.shape_id for rows in found.values() for row in rows}
    shapes = shapes_of(numbers)
    deletions = {number for number in numbers if shapes[number].deleted}
    if not deletions:
        return found
    if any(len(rows) == most for rows in found.values()) and most <= MOST_ROWS:
        found = observations(series, window, newest=newest, most=MOST_ROWS + 1)
    return {one: [row for row in rows if row.shape_id not in deletions] for one, rows in found.items()}


def _windows(asked: Wanted, several: int) -> Iterator[Interval]:
    """Spans that together are the one asked for, in the order asked for."""
    whole = asked.interval
    ends = LakeFile.objects.active().aggregate(first=Min("min_observed"), last=Max("max_observed"))
    first, last = ends["first"], ends["last"]
    if first is None or last is None:
        yield whole
        return
    length = timedelta(days=max(1, min(_LONGEST_WINDOW, _SERIES_DAYS // max(1, several))))
    cuts: list[datetime] = []
    at = last + _MOMENT
    while at > first:
        cuts.append(at)
        at -= length
    inside = [cut for cut in cuts if whole.holds(cut) and cut != whole.start]
    marks = [whole.start, *reversed(inside), whole.end]
    spans = [replace(whole, start=start, end=end) for start, end in pairwise(marks)]
    yield from reversed(spans) if asked.newest else spans


def table(rows: Mapping[Series, Sequence[Observed]], alias: str) -> Sql:
    """The FROM item that stands for `history_observation`."""
    several = [(one, row) for one, found in rows.items() for row in found]
    columns = (
        value([one.entity_id for one, _row in several], "bigint[]"),
        value([one.attribute_id for one, _row in several], "integer[]"),
        value([row.observed_at for _one, row in several], "timestamptz[]"),
        value([row.value for _one, row in several], "float8[]"),
        value([row.document for _one, row in several], "jsonb[]"),
    )
    names = "entity_id, attribute_id, observed_at, value, document"
    return sql(f"unnest({{}}) AS {alias}({names})", joined(", ", columns))


def properties(row: Observed, names: Sequence[str]) -> dict[str, Any]:
    """As `properties._instant` and `_result` have them in SQL."""
    rest = row.rest
    number = None if row.value is None else number_of(row.value)
    told = {"phenomenonTime": instant_text(row.observed_at), "result": rest.get("value", number)}
    told["resultTime"] = told["phenomenonTime"]
    return {name: told[name] for name in names}
