"""What supervision shows on the pages of others."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from parvis.kernel.urn import Urn
from parvis.telemetry.supervision import permissions
from parvis.telemetry.supervision.models import Alarm, Rule
from parvis.telemetry.supervision.selectors import alarms_of_thing

CLOSED_SHOWN = 3
SHOWN_BESIDE_MAP = 30


def unacknowledged_count(request: HttpRequest) -> int:
    return permissions.visible_alarms(request, Alarm.objects.unacknowledged()).count()


def control_room_panel(request: HttpRequest, urn: Urn) -> Mapping[str, Any]:
    """Beside the live map: the most urgent of what is open."""
    visible = permissions.visible_alarms(request, Alarm.objects.open())
    shown = list(visible.most_urgent_first()[: SHOWN_BESIDE_MAP + 1])
    total = visible.count() if len(shown) > SHOWN_BESIDE_MAP else len(shown)
    return {"alarms": shown[:SHOWN_BESIDE_MAP], "total": total}


def thing_panel(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """The alarms of this thing that the reader may see; nothing for a thing that never had one."""
    found = alarms_of_thing(urn, permissions.visible_alarms(request, Alarm.objects.all()), closed=CLOSED_SHOWN)
    return {"alarms": found} if found else None


def alarm_page(urn: Urn) -> str | None:
    return reverse("control_room:supervision:alarm", args=[urn.local]) if _exists(Alarm, urn) else None


def rule_page(urn: Urn) -> str | None:
    return reverse("backoffice:supervision:rule", args=[urn.local]) if _exists(Rule, urn) else None


def _exists(model: type[Alarm] | type[Rule], urn: Urn) -> bool:
    return urn.local.isdecimal() and model.objects.filter(pk=int(urn.local)).exists()
