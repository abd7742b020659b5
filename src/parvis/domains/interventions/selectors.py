"""Reads of interventions. Nothing here looks at rights: views narrow by `permissions`."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When

from parvis.capabilities.design.maps import locate, territory_plan
from parvis.domains.interventions.models import Intervention, InterventionEvent
from parvis.domains.interventions.models.intervention import InterventionQuerySet
from parvis.domains.interventions.rules import Place, Priority, State, Stop, round_order
from parvis.domains.interventions.values import InterventionRef
from parvis.foundations.organisations.models import Team
from parvis.foundations.organisations.selectors import with_services
from parvis.kernel.urn import Urn

MOST_OF_A_DAY = 200
"""More than a team does in a week: beyond, the list of the day says there is more."""


def interventions() -> InterventionQuerySet:
    return Intervention.objects.select_related("organisation", "team")


def intervention_for_cause(cause_urn: str) -> InterventionRef | None:
    """The open one, else the latest."""
    found = (
        Intervention.objects.filter(causes__cause_urn=cause_urn)
        .order_by("-causes__is_open", "-opened_at", "-id")
        .first()
    )
    if found is None:
        return None
    return InterventionRef(urn=str(found.urn), number=found.number, state=found.state, created=False)


def of_thing(urn: Urn, visible: InterventionQuerySet, *, ended: int) -> list[Intervention]:
    """The open ones, and the `ended` latest of the others."""
    found = visible.filter(thing_urn=str(urn))
    return [*found.open().most_urgent_first(), *found.ended().order_by("-ended_at", "-id")[:ended]]


def of_cause(urn: Urn, visible: InterventionQuerySet) -> list[Intervention]:
    return list(visible.filter(causes__cause_urn=str(urn)).order_by("-opened_at", "-id")[:5])


def intervention_by_urn(urn: Urn) -> Intervention | None:
    return Intervention.objects.filter(pk=int(urn.local)).first() if urn.local.isdecimal() else None


def story(intervention: Intervention) -> list[InterventionEvent]:
    """Newest first."""
    return list(intervention.events.select_related("by").order_by("-at", "-id"))


def teams_for(intervention: Intervention) -> QuerySet[Team]:
    """Of the organisation that answers and of its services; those who do this kind of work first."""
    skilled = Case(
        When(subjects__contains=[intervention.subject], then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return (
        Team.objects.filter(organisation_id__in=with_services(intervention.organisation_id))
        .select_related("organisation")
        .order_by(skilled, "name", "id")
    )


def day_of(mine: InterventionQuerySet, *, start: Place | None = None) -> list[Intervention]:
    """What is to be done, in the order to do it."""
    found = {one.pk: one for one in mine.for_crew().most_urgent_first()[:MOST_OF_A_DAY]}
    return [found[key] for key in round_order([_stop(one) for one in found.values()], start)]


def _stop(intervention: Intervention) -> Stop:
    return Stop(
        key=intervention.pk,
        priority=Priority(intervention.priority),
        started=intervention.state == State.IN_PROGRESS,
        longitude=intervention.longitude,
        latitude=intervention.latitude,
    )


@dataclass(frozen=True, kw_only=True)
class Point:
    """Of an intervention, in the coordinates of the drawn territory."""

    intervention: Intervention
    x: int
    y: int


def points(shown: Sequence[Intervention]) -> list[Point]:
    """Empty before a territory is loaded."""
    if territory_plan() is None:
        return []
    placed = [one for one in shown if one.longitude is not None and one.latitude is not None]
    located = [(one, locate(one.longitude or 0.0, one.latitude or 0.0)) for one in placed]
    return [Point(intervention=one, x=where.x, y=where.y) for one, where in located if where is not None]
