"""Who may see, open, assign and do the work.

Agents of an office see what their organisation answers for. A crew sees what is on the list of its own teams, wherever the
organisation that asked for it stands.
"""

from django.http import HttpRequest

from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.models.intervention import InterventionQuerySet
from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.models import User
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.selectors import entity
from parvis.telemetry.supervision.models import Alarm
from parvis.telemetry.supervision.selectors import alarm_by_urn

VIEW = "interventions.view"
OPEN = "interventions.open"
ASSIGN = "interventions.assign"
PERFORM = "interventions.perform"


def visible(request: HttpRequest, interventions: InterventionQuerySet) -> InterventionQuerySet:
    return _narrowed(request, interventions, VIEW)


def assignable(request: HttpRequest, interventions: InterventionQuerySet) -> InterventionQuerySet:
    return _narrowed(request, interventions, ASSIGN)


def performable(request: HttpRequest, interventions: InterventionQuerySet) -> InterventionQuerySet:
    """Those of the teams of which the person is a member, where their right to do the work holds."""
    of_teams = interventions.filter(team__in=agent(request).teams.values("pk"))
    return _narrowed(request, of_teams, PERFORM, organisation="team__organisation_id")


def may_assign(request: HttpRequest, intervention: Intervention) -> bool:
    return rights_of(request).may(
        ASSIGN, organisation=intervention.organisation_id, area=intervention.area_code or None
    )


def may_open_for(request: HttpRequest, organisation_id: int, area_code: str) -> bool:
    return rights_of(request).may(OPEN, organisation=organisation_id, area=area_code or None)


def visible_alarm(request: HttpRequest, urn: str) -> Alarm | None:
    """The alarm an intervention is asked for, when the person may see it: its end will close the alarm."""
    alarm = alarm_by_urn(urn)
    if alarm is None:
        return None
    seen = rights_of(request).may("supervision.view", organisation=alarm.organisation_id, area=alarm.area_code or None)
    return alarm if seen else None


def visible_thing(request: HttpRequest, urn: str) -> Entity | None:
    return entity(urn) if urn and rights_of(request).may("context.view") else None


def agent(request: HttpRequest) -> User:
    """Behind `@requires`, the one who asks is an account."""
    user = request.user
    assert isinstance(user, User)
    return user


def _narrowed(
    request: HttpRequest, interventions: InterventionQuerySet, permission: str, *, organisation: str = "organisation_id"
) -> InterventionQuerySet:
    found = rights_of(request).scope(permission).filter(interventions, organisation=organisation)
    assert isinstance(found, InterventionQuerySet)
    return found
