"""The live map of the territory, and beside it what packages want the operator to see (`Panel` on "ControlRoom")."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from parvis.capabilities.design.menus import visible
from parvis.kernel.access import signed_in
from parvis.kernel.contributions import Shell, ThingState
from parvis.kernel.urn import SYSTEM
from parvis.telemetry.context.states import LABELS

WORST_FIRST = (ThingState.FAULT, ThingState.WARNING, ThingState.OK, ThingState.OFF, ThingState.UNKNOWN)


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    _check(request)
    context = {
        "words": {
            "newAlarm": _("Nouvelle alarme :"),
            "noMap": _("Cet appareil ne peut pas dessiner la carte."),
            "unavailable": _("Les équipements n’ont pas pu être chargés."),
        },
        "states": [(state, LABELS[state]) for state in WORST_FIRST],
        "system": SYSTEM,
    }
    return render(request, "control_room/home.html", context)


@signed_in
@require_safe
def side(request: HttpRequest) -> HttpResponse:
    """What stands beside the map, alone: fetched again when an alarm changes."""
    _check(request)
    return render(request, "control_room/side.html", {"system": SYSTEM})


def _check(request: HttpRequest) -> None:
    """For whom at least one page of the control room is open: each data door checks its own right again."""
    if not any(visible(request, Shell.CONTROL_ROOM)):
        raise PermissionDenied
