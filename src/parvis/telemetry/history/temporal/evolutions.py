"""The past of things as a request wants it: read series by series, and cut at one instant when it is too much for one answer.

Cut (ETSI GS CIM 009 V1.8.1, 6.3.10): nothing is missing between the oldest and the newest instant of an answer, of any attribute of
any thing in it; a series that lies beyond is there, without instances.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.rights import BrokerRights, personal_attributes
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.history.identities import Subject
from parvis.telemetry.history.names import AttributeKey, attributes_named, attributes_of
from parvis.telemetry.history.reading import Interval, Observed, Series, observations, series_of
from parvis.telemetry.history.temporal.asking import Relation, Wish
from parvis.telemetry.history.temporal.scoping import Span, spans_in_scope

_FEW = 100  # series that are looked for without knowing whether they are
MOST_INSTANCES = 200_000
"""In one answer, of all series together; each series has at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolution:
    """Of one thing: the observations of each of its attributes, in the order in which they are answered."""

    subject: Subject
    series: Mapping[AttributeKey, Sequence[Observed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolutions:
    """`content_range` is that of a 206; empty when all is there."""

    each: Sequence[Evolution]
    content_range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What of a thing a request asks for and its token reaches."""

    rights: BrokerRights
    asks: Wanted

    @property
    def is_whole(self) -> bool:
        """Whether no attribute is left out, but those that are personal."""
        asks = self.asks
        return self.rights.attributes is None and asks.dataset_ids is None and asks.projection is None

    def keeps(self, subject: Subject) -> Callable[[AttributeKey], bool]:
        """Whether an attribute is to be answered."""
        hidden = personal_attributes(tuple(subject.thing.types))
        reached = self.rights.attributes
        datasets = self.asks.dataset_ids
        projected = self.asks.projection

        def kept(key: AttributeKey) -> bool:
            if key.name in hidden or (reached is not None and key.name not in reached and key.name != "scope"):
                return False
            if datasets is not None and key.name != "scope" and (key.dataset_id or "@none") not in datasets:
                return False
            return projected is None or projected.keeps(key.name)

        return kept


@dataclass(slots=True)
class Plan:
    """The series to read, by thing."""

    by_subject: dict[int, dict[Series, AttributeKey]] = field(default_factory=dict)

    @property
    def series(self) -> list[Series]:
        return [series for several in self.by_subject.values() for series in several]


def plan(subjects: Sequence[Subject], interval: Interval, sight: Sight) -> Plan:
    found = _few_series(subjects, sight) or series_of([subject.id for subject in subjects], interval)
    names = attributes_of({series.attribute_id for series in found})
    keeps = {subject.id: sight.keeps(subject) for subject in subjects}
    made = Plan({subject.id: {} for subject in subjects})
    for series in found:
        key = names[series.attribute_id]
        if keeps[series.entity_id](key):
            made.by_subject[series.entity_id][series] = key
    return made


def _few_series(subjects: Sequence[Subject], sight: Sight) -> list[Series]:
    """Those that may be, when the request names its attributes: that is read sooner than which there are. Empty: too many."""
    projected = sight.asks.projection
    named = None if projected is None else projected.attrs or projected.pick
    if named is None:
        return []
    ids = attributes_named(named.names)
    if len(ids) * len(subjects) > _FEW:
        return []
    return [Series(subject.id, id_) for subject in subjects for id_ in ids]


def evolutions(subjects: Sequence[Subject], wish: Wish, sight: Sight) -> Evolutions:
    """Of these things, in their order; one whose instances are none is there without attributes."""
    planned = plan(subjects, wish.interval, sight)
    every = planned.series
    cap = max(1, min(settings.PARVIS_TEMPORAL_PAGE, MOST_INSTANCES // max(1, len(every))))
    most = min(wish.last or cap + 1, cap + 1)
    rows = observations(every, wish.interval, newest=wish.last is not None, most=most)
    boundary = _boundary(rows.values(), cap, newest=wish.last is not None)
    if boundary is not None:
        rows = {
            series: _within(several, boundary, cap, newest=wish.last is not None) for series, several in rows.items()
        }
    if (selection := sight.asks.query.scope) is not None:
        spans = spans_in_scope(subjects, selection)
        rows = {one: [row for row in several if _is_in(spans[one.entity_id], row)] for one, several in rows.items()}
    each = [
        Evolution(
            subject=subject,
            series={key: rows[series] for series, key in planned.by_subject[subject.id].items() if series in rows},
        )
        for subject in subjects
    ]
    return Evolutions(
        each=each, content_range="" if boundary is None else _content_range(rows.values(), wish, boundary)
    )


def _is_in(spans: Sequence[Span], row: Observed) -> bool:
    return any(span.holds(row.at) for span in spans)


def _boundary(rows: Collection[Sequence[Observed]], cap: int, *, newest: bool) -> datetime | None:
    """The last instant up to which every series is complete; None when all are complete to their end."""
    ends = [_last_whole_instant(several, cap) for several in rows if len(several) > cap]
    if not ends:
        return None
    return max(ends) if newest else min(ends)


def _last_whole_instant(rows: Sequence[Observed], cap: int) -> datetime:
    """The client goes on after it: instances of one instant are not told apart, unless they alone are too many."""
    beyond = rows[cap].at
    return next((row.at for row in reversed(rows[:cap]) if row.at != beyond), beyond)


def _within(rows: Sequence[Observed], boundary: datetime, cap: int, *, newest: bool) -> list[Observed]:
    return [row for row in rows[:cap] if (row.at >= boundary if newest else row.at <= boundary)]


def _content_range(rows: Collection[Sequence[Observed]], wish: Wish, boundary: datetime) -> str:
    instants = [row.at for several in rows for row in several] or [boundary]
    if wish.last is None:
        start = wish.interval.start or min(instants)
        return f"date-time {instant_text(start)}-{instant_text(max(instants))}/*"
    start = (
        wish.interval.end
        if wish.relation in (Relation.BEFORE, Relation.BETWEEN) and wish.interval.end
        else max(instants)
    )
    return f"date-time {instant_text(start)}-{instant_text(min(instants))}/{wish.last}"
