"""What waits for this agent: figures that lead to lists, then everything their rights open."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.capabilities.design.counters import figures
from parvis.capabilities.design.menus import entries
from parvis.kernel.access import signed_in
from parvis.kernel.contributions import Shell


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    if not getattr(request.user, "is_agent", False):
        raise PermissionDenied
    context = {
        "figures": list(figures(request, Shell.BACKOFFICE)),
        "shortcuts": entries(request, Shell.BACKOFFICE),
    }
    return render(request, "backoffice/home.html", context)
