"""What supervision shows on the pages of others."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel.urn import Urn
from parvis.telemetry.supervision.models import Alarm, Rule
from parvis.telemetry.supervision.selectors import alarms_of_thing

CLOSED_SHOWN = 3


def unacknowledged_count(request: HttpRequest) -> int:
    return rights_of(request).scope("supervision.view").filter(Alarm.objects.unacknowledged()).count()


def thing_panel(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """The alarms of this thing that the reader may see; nothing for a thing that never had one."""
    scope = rights_of(request).scope("supervision.view")
    visible = set(scope.filter(Alarm.objects.filter(entity_urn=str(urn))).values_list("pk", flat=True))
    found = [alarm for alarm in alarms_of_thing(urn, closed=CLOSED_SHOWN) if alarm.pk in visible]
    return {"alarms": found} if found else None


def alarm_page(urn: Urn) -> str | None:
    return reverse("control_room:supervision:alarm", args=[urn.local]) if _exists(Alarm, urn) else None


def rule_page(urn: Urn) -> str | None:
    return reverse("backoffice:supervision:rule", args=[urn.local]) if _exists(Rule, urn) else None


def _exists(model: type[Alarm] | type[Rule], urn: Urn) -> bool:
    return urn.local.isdecimal() and model.objects.filter(pk=int(urn.local)).exists()
