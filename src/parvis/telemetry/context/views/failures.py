"""Changes that could not be handled: what went wrong, try again, or let go."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.selectors import failed_changes
from parvis.telemetry.context.services import discard_change, replay_change

PAGE_SIZE = 25
OPERATE = "context.operate"


def _check(request: HttpRequest) -> None:
    """The queue is the platform's: a change let go is lost to every organisation whose service was to follow it."""
    if not rights_of(request).covers(OPERATE, organisation_id=None, area_code=None):
        raise PermissionDenied


@requires(OPERATE)
def failures(request: HttpRequest) -> HttpResponse:
    _check(request)
    page = Paginator(failed_changes(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "context/failures.html", {"page": page})


@requires(OPERATE)
@require_POST
def replay(request: HttpRequest, change_id: int) -> HttpResponse:
    _check(request)
    if replay_change(change_id=change_id, now=clock.now()):
        messages.success(request, _("Le changement sera traité à nouveau dans un instant."))
    return redirect("backoffice:context:failures")


@requires(OPERATE)
@require_POST
def discard(request: HttpRequest, change_id: int) -> HttpResponse:
    _check(request)
    if discard_change(change_id=change_id):
        messages.success(request, _("Le changement est abandonné."))
    return redirect("backoffice:context:failures")
