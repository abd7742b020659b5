"""What interventions show on the pages of others."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from parvis.domains.interventions import permissions, selectors
from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import State
from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.urn import Urn

ENDED_SHOWN = 3


def thing_panel(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    visible = permissions.visible(request, selectors.interventions())
    return _panel(request, selectors.of_thing(urn, visible, ended=ENDED_SHOWN), {"thing": str(urn)})


def alarm_panel(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    visible = permissions.visible(request, selectors.interventions())
    alarm = permissions.visible_alarm(request, str(urn))
    found = selectors.of_cause(urn, visible)
    wanted = alarm is not None and alarm.is_open and not any(one.is_open for one in found)
    return _panel(request, found, {"cause": str(urn)} if wanted else {})


def request_panel(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """Its own domain opens interventions for a request: here they are only shown."""
    visible = permissions.visible(request, selectors.interventions())
    return _panel(request, selectors.of_cause(urn, visible), {})


def _panel(request: HttpRequest, found: list[Intervention], origin: dict[str, str]) -> Mapping[str, Any] | None:
    may_open = bool(origin) and rights_of(request).may(permissions.OPEN)
    if not found and not may_open:
        return None
    open_url = f"{reverse('backoffice:interventions:new')}?{urlencode(origin)}" if may_open else ""
    return {"interventions": found, "open_url": open_url}


def to_assign_count(request: HttpRequest) -> int:
    return permissions.assignable(request, Intervention.objects.filter(state=State.OPEN)).count()


def overdue_count(request: HttpRequest) -> int:
    return permissions.visible(request, Intervention.objects.overdue(clock.now())).count()


def to_do_count(request: HttpRequest) -> int:
    return permissions.performable(request, Intervention.objects.for_crew()).count()


def page(urn: Urn) -> str | None:
    found = selectors.intervention_by_urn(urn)
    return reverse("backoffice:interventions:detail", args=[found.pk]) if found else None
