"""The live map of the territory, and beside it what packages want the operator to see (`Panel` on "ControlRoom")."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from parvis.capabilities.design.menus import visible
from parvis.kernel.access import signed_in
from parvis.kernel.contributions import Shell, ThingState
from parvis.kernel.urn import SYSTEM

STATES = {
    ThingState.FAULT: _("En panne"),
    ThingState.WARNING: _("À surveiller"),
    ThingState.OK: _("En service"),
    ThingState.OFF: _("À l’arrêt"),
    ThingState.UNKNOWN: _("Sans nouvelles"),
}
"""Worst first: the order of the legend."""


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    _check(request)
    words: dict[str, Any] = {
        "states": {state: str(label) for state, label in STATES.items()},
        "newAlarm": str(_("Nouvelle alarme :")),
        "unavailable": str(_("Les équipements n’ont pas pu être chargés.")),
    }
    return render(request, "control_room/home.html", {"words": words, "states": STATES.items(), "system": SYSTEM})


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
