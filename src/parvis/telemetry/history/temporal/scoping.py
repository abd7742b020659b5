"""Which scopes a thing had, and when: each is valid from when it was set until it was changed (ETSI GS CIM 009 V1.8.1, 4.18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from parvis.telemetry.context.query.scopes import ScopeSelection
from parvis.telemetry.history.identities import Subject
from parvis.telemetry.history.names import attribute_ids, shapes_of
from parvis.telemetry.history.reading import Interval, Observed, Series, observations
from parvis.telemetry.history.recording import SCOPE

_MOST_CHANGES = 20_000


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end[; None: without bound."""

    start: datetime | None
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def meets(self, interval: Interval) -> bool:
        after = self.start is None or interval.end is None or self.start < interval.end
        return after and (self.end is None or interval.start is None or interval.start < self.end)


def spans_in_scope(subjects: Sequence[Subject], selection: ScopeSelection) -> Mapping[int, Sequence[Span]]:
    """When each thing had a scope that is selected. Of one whose history knows no scope: always, or never, as it is today."""
    scope_id = attribute_ids([SCOPE])[SCOPE]
    series = {Series(subject.id, scope_id): subject for subject in subjects}
    rows = observations(series, Interval(), most=_MOST_CHANGES)
    return {
        subject.id: _spans(rows[one], selection)
        if one in rows
        else [Span(None, None)]
        if selection.holds(subject.thing.scopes)
        else []
        for one, subject in series.items()
    }


def _spans(rows: Sequence[Observed], selection: ScopeSelection) -> list[Span]:
    shapes = shapes_of({row.shape_id for row in rows})
    ends = [*(row.at for row in rows[1:]), None]
    return [
        Span(row.at, end)
        for row, end in zip(rows, ends, strict=True)
        if not shapes[row.shape_id].deleted and selection.holds(_scopes(row))
    ]


def _scopes(row: Observed) -> list[str]:
    value = row.rest.get("value", [])
    return [value] if isinstance(value, str) else value
