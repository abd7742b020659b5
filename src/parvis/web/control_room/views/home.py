"""The live map of the territory."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.capabilities.design.menus import visible
from parvis.foundations.territory.selectors import bounds
from parvis.kernel.access import signed_in
from parvis.kernel.contributions import Shell


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """For whom at least one entry of the control room is open: the data doors check each right again."""
    if not any(visible(request, Shell.CONTROL_ROOM)):
        raise PermissionDenied
    return render(request, "control_room/home.html", {"bounds": bounds()})
