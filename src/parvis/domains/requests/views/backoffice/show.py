"""Everything about one request on one screen, and the decisions on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from parvis.domains.requests import photos, tracking
from parvis.domains.requests.models import Request
from parvis.domains.requests.selectors import explain, lookup, triage
from parvis.domains.requests.selectors.places import commune_names
from parvis.domains.requests.services.correspondence import renew_code
from parvis.domains.requests.services.personal import reveal_contact
from parvis.domains.requests.services.steps import StaleRequest
from parvis.domains.requests.views.backoffice.actions import ACTIONS, Action, blank_form, offered
from parvis.domains.requests.views.backoffice.rights import agent_of, check, may, scope_of, visible_or_404
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal

NEAR_M = 100


def _page(
    request: HttpRequest,
    service_request: Request,
    *,
    refused: Action | None = None,
    form: Any = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    commune = commune_names().get(service_request.area_code, "")
    may_triage = may(request, "requests.triage", service_request)
    seen = triage.visible(scope_of(request, "requests.view"))
    near = lookup.near(
        category=None,
        longitude=service_request.longitude,
        latitude=service_request.latitude,
        exclude_id=service_request.pk,
        radius_m=NEAR_M,
    )
    reachable = set(seen.filter(pk__in=[other.id for other in near]).values_list("pk", flat=True))
    context = {
        "service_request": service_request,
        "commune": commune,
        "competence": explain.competence(service_request, commune),
        "stages": explain.stages(service_request),
        "steps": list(service_request.steps.select_related("author", "organisation").order_by("-at", "-id")),
        "photos": photos.of(service_request),
        "near": [other for other in near if other.id in reachable],
        "near_m": NEAR_M,
        "actions": [
            (action, form if action is refused else blank_form(action, service_request), action is refused)
            for action in (offered(service_request) if may_triage else [])
        ],
        "refused_form": form if refused else None,
        "may_read_contact": may(request, "requests.contact", service_request),
        **more,
    }
    return render(request, "requests/backoffice/show.html", context, status=status)


@requires("requests.view")
@never_cache
@require_GET
def page(request: HttpRequest, request_id: int) -> HttpResponse:
    return _page(request, visible_or_404(request, request_id))


@requires("requests.triage")
@never_cache
@require_POST
def act(request: HttpRequest, request_id: int, action: str) -> HttpResponse:
    wanted = ACTIONS.get(action)
    if wanted is None:
        raise Http404
    service_request = visible_or_404(request, request_id)
    check(request, "requests.triage", service_request)
    form = wanted.form(request.POST, auto_id=f"{wanted.code}_%s")
    if not form.is_valid():
        return _page(request, service_request, refused=wanted, form=form, status=422)
    try:
        wanted.run(service_request, form, agent_of(request), clock.now())
    except StaleRequest as refusal:
        # The text stays; the version becomes the present one, so that sending again is a decision on what is now read.
        fresh = visible_or_404(request, request_id)
        form.data = form.data.copy()
        form.data["version"] = str(fresh.version)
        form.add_error(None, str(refusal))
        return _page(request, fresh, refused=wanted, form=form, status=409)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _page(request, visible_or_404(request, request_id), refused=wanted, form=form, status=refusal.status)
    messages.success(request, str(wanted.done))
    still_mine = triage.visible(scope_of(request, "requests.view")).filter(pk=request_id).exists()
    return redirect("backoffice:requests:show", request_id) if still_mine else redirect("backoffice:requests:list")


@requires("requests.contact")
@never_cache
@require_POST
def contact(request: HttpRequest, request_id: int) -> HttpResponse:
    """Shows who reported, once, and writes it in the journal."""
    service_request = visible_or_404(request, request_id)
    check(request, "requests.contact", service_request)
    shown = reveal_contact(request_id=service_request.pk, by=agent_of(request), now=clock.now())
    return _page(request, service_request, contact=shown)


@requires("requests.contact")
@never_cache
@require_POST
def renew(request: HttpRequest, request_id: int) -> HttpResponse:
    """A new tracking code, to be read to the person."""
    service_request = visible_or_404(request, request_id)
    check(request, "requests.contact", service_request)
    try:
        code = renew_code(request_id=service_request.pk, by=agent_of(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("backoffice:requests:show", request_id)
    messages.success(request, _("L’ancien code ne fonctionne plus."))
    return _page(request, visible_or_404(request, request_id), new_code=tracking.spaced(code))


@requires("requests.view")
@require_GET
def photo(request: HttpRequest, request_id: int, photo_id: int, variant: str) -> HttpResponse:
    return photos.serve(visible_or_404(request, request_id), photo_id, variant)
