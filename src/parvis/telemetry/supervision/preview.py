"""How many alarms a rule would have raised, before it is switched on (ISA-18.2 clause 9: rationalise, then enable)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from parvis.foundations.organisations.selectors import with_services
from parvis.telemetry.context.models import Entity
from parvis.telemetry.history.models import Attribute, Observation
from parvis.telemetry.supervision.rules.conditions import Condition
from parvis.telemetry.supervision.rules.replay import count_alarms
from parvis.telemetry.supervision.rules.tracking import Reading

SPAN = timedelta(hours=24)

MOST_READINGS = 300_000
"""About two seconds of replay; a rule that looks at more is judged on the first things only, and the screen says so."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`things` were looked at and `troubled` of them would have raised; `whole` is False when some were left out."""

    alarms: int
    things: int
    troubled: int
    readings: int
    whole: bool


def preview(
    *, entity_type: str, attribute: str, organisation_id: int | None, condition: Condition, now: datetime
) -> Preview:
    alarms = things = troubled = seen = 0
    whole = True
    past = _past(entity_type, attribute, organisation_id, as_bool=isinstance(condition.threshold, bool), now=now)
    for _entity, rows in groupby(past, key=itemgetter(0)):
        if seen >= MOST_READINGS:
            whole = False
            break
        readings = [reading for _, reading in rows]
        seen += len(readings)
        raised = count_alarms(condition, readings, now)
        alarms += raised
        things += 1
        troubled += raised > 0
    return Preview(alarms=alarms, things=things, troubled=troubled, readings=seen, whole=whole)


def _past(
    entity_type: str, attribute: str, organisation_id: int | None, *, as_bool: bool, now: datetime
) -> Iterator[tuple[int, Reading]]:
    """Readings of the last day, a thing after the other. History keeps booleans as 0 and 1."""
    things = Entity.objects.filter(type=entity_type)
    if organisation_id is not None:
        things = things.filter(organisation_id__in=with_services(organisation_id))
    known = Attribute.objects.filter(name=attribute, dataset_id="").values_list("id", flat=True).first()
    if known is None:
        return
    rows = (
        Observation.objects.filter(
            entity_id__in=things.values("pk"), attribute_id=known, observed_at__gte=now - SPAN, observed_at__lt=now
        )
        .order_by("entity_id", "observed_at")
        .values_list("entity_id", "observed_at", "value", "document")
    )
    for entity_id, observed_at, number, document in rows.iterator(chunk_size=5000):
        value: Any = (document or {}).get("value") if number is None else bool(number) if as_bool else number
        if value is None:  # a record of deletion
            continue
        yield entity_id, Reading(value=value, observed_at=observed_at)
