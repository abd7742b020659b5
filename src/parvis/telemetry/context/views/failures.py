"""Changes that could not be handled: what went wrong, try again, or let go."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.selectors import failed_changes
from parvis.telemetry.context.services import discard_change, replay_change

PAGE_SIZE = 25


@requires("context.operate")
def failures(request: HttpRequest) -> HttpResponse:
    page = Paginator(failed_changes(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "context/failures.html", {"page": page})


@requires("context.operate")
@require_POST
def replay(request: HttpRequest, change_id: int) -> HttpResponse:
    if replay_change(change_id=change_id, now=clock.now()):
        messages.success(request, _("Le changement sera traité à nouveau dans un instant."))
    return redirect("backoffice:context:failures")


@requires("context.operate")
@require_POST
def discard(request: HttpRequest, change_id: int) -> HttpResponse:
    if discard_change(change_id=change_id):
        messages.success(request, _("Le changement est abandonné."))
    return redirect("backoffice:context:failures")
